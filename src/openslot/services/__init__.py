"""Use cases, one verb per file; each takes a connection and ``now`` and commits nothing itself."""
