"""Receipts of erasures. They do not contain the erased addresses."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct
from psycopg.types.json import Jsonb

from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_one, fetch_page


class Erasure(Struct, frozen=True, kw_only=True):
    id: UUID
    organization_id: UUID
    addresses: int
    """The number of distinct addresses; 0 where scheduled events were erased by their time."""
    counts: dict[str, int]
    """Rows changed or deleted by table; tables without any are left out."""
    canceled: int
    """The number of invitees of future events that were canceled."""
    requested_by_id: UUID | None
    """None: the operator."""
    created_at: datetime
    start_time: datetime | None = None
    """The first start of the scheduled events that were erased by their time."""
    end_time: datetime | None = None
    """The last one."""


_SELECT: LiteralString = """
    SELECT id, organization_id, addresses, counts, canceled, asked_by_id AS requested_by_id, created_at, start_time,
        end_time
    FROM erasures
"""


async def insert(conn: Conn, erasure: Erasure) -> None:
    await conn.execute(
        """
        INSERT INTO erasures
            (id, organization_id, addresses, counts, canceled, asked_by_id, created_at, start_time, end_time)
        VALUES (%(id)s, %(organization_id)s, %(addresses)s, %(counts)s, %(canceled)s, %(requested_by_id)s,
                %(created_at)s, %(start_time)s, %(end_time)s)
        """,
        {name: getattr(erasure, name) for name in Erasure.__struct_fields__} | {"counts": Jsonb(erasure.counts)},
    )


async def get(conn: Conn, organization_id: UUID, erasure_id: UUID) -> Erasure | None:
    query: LiteralString = f"{_SELECT} WHERE organization_id = %(organization_id)s AND id = %(id)s"
    return await fetch_one(conn, Erasure, query, {"organization_id": organization_id, "id": erasure_id})


async def list_page(conn: Conn, organization_id: UUID, page: PageRequest) -> PageOf[Erasure]:
    """One page of an organization's receipts."""
    conditions: list[LiteralString] = ["organization_id = %(organization_id)s"]
    return await fetch_page(conn, Erasure, _SELECT, conditions, {"organization_id": organization_id}, page)
