"""Whose token it is, and whether they may act for their organization: asked once, told by the API, as steps."""

from collections.abc import Callable
from typing import TypeVar

from openslot.client import Core, Forbidden, operations
from openslot.client.steps import Once, Steps
from openslot.wire.users import User

R = TypeVar("R")


class Membership:
    """What the API has told of the owner of a token. Safe to use from several tasks and threads."""

    def __init__(self) -> None:
        self._me: Once[User] = Once()
        self.is_plain_member = False
        """Turns true when the API tells us."""

    def identify(self, core: Core) -> Steps[User]:
        """The owner; asked for by the first who calls, and waited for by the others. A failure is not remembered."""
        return self._me.get(core.exchange(operations.GetCurrentUser()))

    def whole_or_own(self, whole: Callable[[], Steps[R]], own: Callable[[], Steps[R]]) -> Steps[R]:
        """``whole``, which is about the organization; ``own``, about the caller alone, where they are a plain member.

        Only owners and admins may act for an organization. A plain member is told 403; we then do ``own``, which they
        may, and remember it once it is done: where both are refused, it is not about their role. Neither is it where
        the token lacks a scope, and that error stands.

        Source: behaviours, section 7.
        """
        if not self.is_plain_member:
            try:
                return (yield from whole())
            except Forbidden as exc:
                if exc.required_scopes:
                    raise
        done = yield from own()
        self.is_plain_member = True
        return done
