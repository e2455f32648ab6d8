"""Tokens, passwords, signatures, encrypted credentials, and the policy for outgoing requests."""
