"""Erasing people by their e-mail addresses. Ours, but for the body, which is that of Calendly's request."""

from typing import Annotated

from msgspec import Meta, Struct

from openslot.wire.bounds import EMAIL
from openslot.wire.codec import Timestamp
from openslot.wire.common import Open

MOST_ADDRESSES = 100
"""As many as Calendly takes at a time. Source: help.calendly.com, "How to delete personal data in Calendly"."""


class EraseInvitees(Struct):
    """Body of POST /data_compliance/deletion/invitees and of POST /openslot/erasures."""

    emails: Annotated[list[Annotated[str, EMAIL]], Meta(min_length=1, max_length=MOST_ADDRESSES)]


class Erasure(Open, kw_only=True):
    """A receipt: how much was erased, and nothing that tells of whom."""

    uri: str
    addresses: int
    """How many different ones were asked for."""
    erased: dict[str, int]
    """Rows that were changed or deleted, by table; tables without any are left out."""
    canceled: int
    """How many invitees of events to come were canceled."""
    asked_by: str | None
    """URI of the user; None: the operator, on the command line."""
    created_at: Timestamp
