"""Event types as the tests of the pages meet them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from factories import Organization, make_event_type
from openslot.db.pool import Conn
from openslot.wire.event_types import CustomQuestion, LocationConfiguration


@dataclass(frozen=True)
class Offer:
    """An event type on its page."""

    path: str
    host: str


KILNS = CustomQuestion(
    name="What would you like to see?",
    type="single_select",
    position=0,
    enabled=True,
    required=True,
    answer_choices=["Kilns", "Glazes"],
    include_other=True,
)
CLAYS = CustomQuestion(
    name="Which clays do you know?",
    type="multi_select",
    position=1,
    enabled=True,
    required=False,
    answer_choices=["Stoneware", "Porcelain", "Raku"],
    include_other=True,
)
NOTE = CustomQuestion(
    name="Anything else?", type="text", position=2, enabled=True, required=False, answer_choices=[], include_other=False
)
PHONE = CustomQuestion(
    name="Mobile", type="phone_number", position=3, enabled=True, required=True, answer_choices=[], include_other=False
)
OLD = CustomQuestion(
    name="Retired", type="string", position=4, enabled=False, required=True, answer_choices=[], include_other=False
)
QUESTIONS = [PHONE, NOTE, OLD, CLAYS, KILNS]
"""In another order than they are shown."""
LOCATIONS = [
    LocationConfiguration("physical", location="Via dei Vascellari 12", additional_info="Ring twice"),
    LocationConfiguration("outbound_call"),
    LocationConfiguration("ask_invitee"),
]


async def put_on_show(conn: Conn, organization: Organization, *, now: datetime, **values: Any) -> Offer:
    """An event type of the owner, on the owner's profile."""
    host = organization.owner.user
    event_type_id = await make_event_type(conn, host, now=now, **values)
    cursor = await conn.execute("SELECT slug FROM event_types WHERE id = %s", (event_type_id,))
    row = await cursor.fetchone()
    assert row is not None
    return Offer(f"/{host.slug}/{row[0]}", host.name)
