"""Narrowing a webhook subscription down to event types: which ones somebody may name, and for which events."""

from collections.abc import Sequence
from uuid import UUID

from openslot.core.errors import FieldError, Invalid
from openslot.core.roles import Action
from openslot.db import event_types
from openslot.db.pool import Conn
from openslot.services.access import Principal

_WITHOUT_EVENT_TYPE = frozenset({"routing_form_submission", "contact"})
"""Families of events that are about no event type: a subscription to some event types would never get them."""


async def check(
    conn: Conn,
    principal: Principal,
    event_type_ids: Sequence[UUID] | None,
    events: Sequence[str],
    *,
    known: bool = False,
) -> None:
    """Check that ``events`` can be narrowed down to these event types (None: to none), and by the caller.

    Admins and owners name any of the organization, members those they own or serve. ``known``: they were named before.

    Raises:
        Invalid: an event type that does not exist or is not the caller's, an event that is about none.
    """
    if event_type_ids is None:
        return
    errors = [
        FieldError("event_types", f"{event} is about no event type")
        for event in sorted(set(events))
        if event.partition(".")[0] in _WITHOUT_EVENT_TYPE
    ]
    if not known:
        user_id = None if principal.reaches_all(Action.MANAGE_EVENT_TYPE) else principal.user.id
        found = await event_types.list_known(conn, principal.organization_id, event_type_ids, user_id=user_id)
        errors += [
            FieldError(f"event_types[{index}]", "is not a known event type")
            for index, one in enumerate(event_type_ids)
            if one not in found
        ]
    if errors:
        raise Invalid(*errors)
