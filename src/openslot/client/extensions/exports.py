"""Exports."""

from typing import Any, ClassVar, Literal

from openslot.client.operation import Lines


class Export(Lines[dict[str, Any]]):
    """All that the caller may read of one kind, as JSON lines.

    Each line is a resource as its list has it; a scheduled event has its `invitees` besides. Rows come in the order of
    their ids; those added meanwhile may be missing. All but one's own contacts is for admins and owners. If an answer
    breaks off, go on with `after`.
    """

    path = "/openslot/exports/{kind}"
    scopes: ClassVar = (
        "contacts:read",
        "event_types:read",
        "organizations:read",
        "routing_forms:read",
        "scheduled_events:read",
    )
    kind: Literal[
        "event_types",
        "scheduled_events",
        "contacts",
        "organization_memberships",
        "routing_forms",
        "routing_form_submissions",
    ]
    """Needs the scope of the same family, such as `event_types:read`."""
    after: str | None = None
    """The URI of the last resource that was read: only those after it follow."""
