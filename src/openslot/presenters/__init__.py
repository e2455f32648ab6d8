"""Rows and core values to wire shapes; API bodies and webhook payloads come from here alike."""
