"""Tokens, passwords, signatures, stored credentials and the guard of outgoing requests."""
