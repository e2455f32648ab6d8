"""The outside world behind protocols; vendors of one kind will stand side by side here."""
