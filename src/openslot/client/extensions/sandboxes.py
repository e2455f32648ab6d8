"""Sandboxes: the clock, and what is sent."""

from typing import ClassVar

from openslot.client.operation import One
from openslot.wire import sandboxes
from openslot.wire.sandboxes import Sandbox


class GetSandbox(One[Sandbox]):
    """The sandbox that the caller's organization is, with what its clock shows."""

    path = "/openslot/sandbox"
    scopes: ClassVar = ("organizations:read",)


class UpdateSandbox(One[Sandbox]):
    """Change what the sandbox sends, and which plan it imitates; what is left out stays as it is."""

    method: ClassVar = "PATCH"
    path = "/openslot/sandbox"
    scopes: ClassVar = ("organizations:write",)
    body: sandboxes.ChangeSandbox


class MoveClock(One[Sandbox]):
    """Set or advance the clock of the sandbox, and do what is due by then. Webhooks follow within a second."""

    method: ClassVar = "POST"
    path = "/openslot/sandbox/clock"
    scopes: ClassVar = ("organizations:write",)
    answers_with: ClassVar = 200
    conflicts: ClassVar = "The time is earlier than the clock shows, and something is booked."
    body: sandboxes.MoveClock
