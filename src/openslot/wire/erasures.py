"""Erasing personal data by e-mail address: OpenSlot's own calls, with the body of Calendly's."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from openslot.wire.bounds import EMAIL
from openslot.wire.codec import Timestamp
from openslot.wire.common import Open

MAX_ADDRESSES = 100
"""As many as Calendly accepts at a time. Source: help.calendly.com, "How to delete personal data in Calendly"."""


class EraseInvitees(Struct):
    """Body of POST /data_compliance/deletion/invitees and of POST /openslot/erasures."""

    emails: Annotated[list[Annotated[str, EMAIL]], Meta(min_length=1, max_length=MAX_ADDRESSES)]


class EraseEvents(Struct):
    """Body of POST /data_compliance/deletion/events: the scheduled events that start in a span of time in the past."""

    start_time: Timestamp
    """The first start. It is before ``end_time``, by 24 months at most."""
    end_time: Timestamp
    """The last start; in the past."""


class Erasure(Open, kw_only=True):
    """The receipt of an erasure: how much was erased, and nothing that identifies anybody."""

    uri: str
    addresses: int
    """How many different addresses the request had; 0 where scheduled events were erased by their time."""
    erased: dict[str, int]
    """Rows that were changed or deleted, by table; a table without any is left out."""
    canceled: int
    """How many invitees of future events were canceled."""
    asked_by: str | None
    """URI of the user who made the request; ``None``: the operator, on the command line."""
    created_at: Timestamp
    start_time: Timestamp | UnsetType = UNSET
    """The first start of the scheduled events that were erased by their time. Left out: it was by address."""
    end_time: Timestamp | UnsetType = UNSET
    """The last one."""
