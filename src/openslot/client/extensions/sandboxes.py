"""Sandboxes: the clock, and what is sent."""

from typing import ClassVar

from openslot.client.operation import One, Sortable
from openslot.client.parameters import Event
from openslot.wire import sandboxes
from openslot.wire.sandboxes import KeptMail, KeptWebhook, Sandbox

NO_SANDBOX = "The organization is not a sandbox."


class GetSandbox(One[Sandbox]):
    """The sandbox that the caller's organization is, with what its clock shows."""

    path = "/openslot/sandbox"
    scopes: ClassVar = ("organizations:read",)
    absent: ClassVar = NO_SANDBOX


class UpdateSandbox(One[Sandbox]):
    """Change what the sandbox sends, and which plan it imitates; what is left out stays as it is."""

    method: ClassVar = "PATCH"
    path = "/openslot/sandbox"
    scopes: ClassVar = ("organizations:write",)
    absent: ClassVar = NO_SANDBOX
    body: sandboxes.ChangeSandbox


class MoveClock(One[Sandbox]):
    """Set or advance the clock of the sandbox, and do what is due by then. Webhooks follow within a second."""

    method: ClassVar = "POST"
    path = "/openslot/sandbox/clock"
    scopes: ClassVar = ("organizations:write",)
    absent: ClassVar = NO_SANDBOX
    answers_with: ClassVar = 200
    conflicts: ClassVar = "The time is earlier than the clock shows, and something is booked."
    body: sandboxes.MoveClock


class ResetSandbox(One[Sandbox]):
    """Delete all that was booked, said and sent in the sandbox, and give it the real time."""

    method: ClassVar = "POST"
    path = "/openslot/sandbox/reset"
    scopes: ClassVar = ("organizations:write",)
    absent: ClassVar = NO_SANDBOX
    answers_with: ClassVar = 200


class ListKeptMails(Sortable[KeptMail], kw_only=True):
    """The mail that the sandbox has kept in place of sending it, the oldest first."""

    path = "/openslot/sandbox/mails"
    scopes: ClassVar = ("organizations:read",)
    absent: ClassVar = NO_SANDBOX
    to: str | None = None


class ListKeptWebhooks(Sortable[KeptWebhook], kw_only=True):
    """The webhook deliveries of the sandbox with their bodies, sent or not, the oldest first."""

    path = "/openslot/sandbox/webhooks"
    scopes: ClassVar = ("webhooks:read",)
    absent: ClassVar = NO_SANDBOX
    sort_fields: ClassVar = ("sequence",)
    usual_sort: ClassVar = "sequence:asc"
    event: Event | None = None
