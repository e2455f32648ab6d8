"""Mails about meetings: who gets which (``announcing``), what they say (``letters``), how they are sent (``sending``).

They are written in the transaction of what they are about; the worker composes and sends them (ADR 0043).
"""
