"""The job queue's tables and functions, as its library ships them.

Procrastinate's next schema change gets a migration of its own here, which runs the library's matching file.
"""

from procrastinate.schema import SchemaManager
from yoyo import step

__depends__ = {"0001.initial"}


def apply(conn):
    conn.cursor().execute(SchemaManager.get_schema())


steps = [step(apply)]
