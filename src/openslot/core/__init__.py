"""Scheduling rules, pure: values in, values out, ``now`` is an argument."""
