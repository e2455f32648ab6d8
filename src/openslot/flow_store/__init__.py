"""The store of flows in PostgreSQL. It needs psycopg, which the connector does without, so it stands beside it."""

from openslot.flow_store.postgresql import PostgresStore

__all__ = ["PostgresStore"]
