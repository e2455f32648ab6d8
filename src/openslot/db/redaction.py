"""Texts that mention a person: addresses are replaced in every table that may hold one, for erasure."""

from collections.abc import Sequence
from typing import Any, LiteralString
from uuid import UUID

from openslot.db.mentions import like, pattern
from openslot.db.personal_data import DOMAIN
from openslot.db.pool import Conn

ADDRESS = f"erased@{DOMAIN}"
"""Replaces an address within a text; each erased invitee gets a different one."""
# A cheap filter comes before the pattern, which is slow. COLLATE "C" lowers only ASCII, thirty times as fast as a
# locale's rules.
_MENTIONED: LiteralString = """
    CASE WHEN lower({0} COLLATE "C") LIKE ANY (%(likes)s) THEN {0} ~* %(pattern)s ELSE false END
"""


async def list_mentioning_events(conn: Conn, organization_id: UUID, addresses: Sequence[str]) -> list[UUID]:
    """The events that mention one of the addresses; this reads the whole event log of the organization once."""
    cursor = await conn.execute(
        f"""
        SELECT id FROM events
        WHERE organization_id = %(organization_id)s AND erased_at IS NULL
          AND {_MENTIONED.format("payload")}
        """,
        _mentions(organization_id, addresses),
    )
    return [event_id for (event_id,) in await cursor.fetchall()]


async def redact_events(
    conn: Conn, organization_id: UUID, event_ids: Sequence[UUID], addresses: Sequence[str]
) -> list[UUID]:
    """Replace the addresses in the payloads of those events that have no tombstone; return the events changed."""
    cursor = await conn.execute(
        """
        WITH redacted AS (
            UPDATE events SET payload = regexp_replace(payload, %(pattern)s, %(address)s, 'gi')
            WHERE organization_id = %(organization_id)s AND id = ANY (%(ids)s) AND erased_at IS NULL
            RETURNING id
        ), released AS (  -- a receiver may quote the old payload in its answer, which must not be recorded
            UPDATE deliveries SET claimed_by = NULL FROM redacted
            WHERE deliveries.organization_id = %(organization_id)s AND deliveries.event_id = redacted.id
              AND deliveries.state = 'pending'
        )
        SELECT id FROM redacted
        """,
        _mentions(organization_id, addresses) | {"ids": list(event_ids)},
    )
    return [event_id for (event_id,) in await cursor.fetchall()]


async def redact_texts(conn: Conn, organization_id: UUID, addresses: Sequence[str]) -> dict[str, int]:
    """Replace the addresses in all other texts; return the number of rows changed by table."""
    params = _mentions(organization_id, addresses)
    return {table: (await conn.execute(statement, params)).rowcount for table, statement in _REDACTIONS.items()}


async def redact_jobs(conn: Conn, organization_id: UUID, addresses: Sequence[str]) -> int:
    """Replace the addresses in the arguments of jobs, and cancel the jobs that mention one."""
    cursor = await conn.execute(
        f"""
        UPDATE procrastinate_jobs
        SET args = regexp_replace(args::text, %(pattern)s, %(address)s, 'gi')::jsonb,
            status = CASE status WHEN 'todo' THEN 'cancelled' ELSE status END
        WHERE args ->> 'organization_id' = %(organization_id)s::text AND {_MENTIONED.format("args::text")}
        """,
        _mentions(organization_id, addresses),
    )
    return cursor.rowcount


def _redaction(table: LiteralString, *, also: LiteralString = "", **columns: LiteralString) -> LiteralString:
    """A statement that redacts columns, given with their types; ``also`` is what it sets besides."""
    changes: LiteralString = ", ".join(
        f"{name} = regexp_replace({name}::text, %(pattern)s, %(address)s, 'gi')::{kind}"
        for name, kind in columns.items()
    )
    text: LiteralString = f"concat_ws(E'\\n', {', '.join(columns)})"
    return f"""
        UPDATE {table} SET {changes}{also}
        WHERE organization_id = %(organization_id)s AND {_MENTIONED.format(text)}
    """


_REDACTIONS: dict[str, LiteralString] = {
    "invitees": _redaction(
        "invitees", name="text", first_name="text", last_name="text", questions_and_answers="jsonb",
        tracking="jsonb", location="jsonb", cancellation="jsonb", payment="jsonb",
    ),
    "scheduled_events": _redaction("scheduled_events", location="jsonb", cancellation="jsonb"),
    "routing_form_submissions": _redaction("routing_form_submissions", questions_and_answers="jsonb", tracking="jsonb"),
    "holds": _redaction("holds", booking="jsonb"),
    "contacts": _redaction(
        "contacts", name="text", job_title="text", company="text", state="text", city="text", linkedin="text",
        custom_fields="jsonb",
    ),
    # The keys keep names apart, and hold the address too. Redacted, two of them could become one.
    "contact_field_definitions": _redaction(
        "contact_field_definitions", also=", label_key = id::text", label="text", options="jsonb"
    ),
    "contact_lists": _redaction("contact_lists", also=", name_key = id::text", name="text"),
    "contact_notes": _redaction("contact_notes", title="text", body="text"),
    "meeting_recaps": _redaction(
        "meeting_recaps", summary_md="text", action_items_md="text", discussion_md="text", transcript="text",
        share_link="text",
    ),
    "delivery_attempts": _redaction("delivery_attempts", error="text", response_excerpt="text"),
    # The rows stay: the next message about a meeting needs the sequence of the last.
    "mails": f"""
        UPDATE mails SET recipient = %(address)s, facts = NULL, subject = NULL, text = NULL, html = NULL,
            calendar = NULL, error = NULL, state = CASE state WHEN 'waiting' THEN 'failed' ELSE state END,
            finished_at = coalesce(finished_at, created_at)
        WHERE organization_id = %(organization_id)s
          AND {_MENTIONED.format("concat_ws(' ', recipient, facts::text, error, subject, text, html, calendar)")}
    """,
    "kept_mails": f"""
        DELETE FROM kept_mails WHERE organization_id = %(organization_id)s
          AND {_MENTIONED.format("concat_ws(' ', recipient, subject, text)")}
    """,
}  # fmt: skip


def _mentions(organization_id: UUID, addresses: Sequence[str]) -> dict[str, Any]:
    return {
        "organization_id": organization_id, "address": ADDRESS, "pattern": pattern(addresses),
        "likes": [like(one) for one in addresses],
    }  # fmt: skip
