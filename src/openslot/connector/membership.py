"""The owner of a token, and whether they may act for their organization: looked up once, as steps."""

from collections.abc import Callable
from typing import TypeVar

from openslot.client import Core, Forbidden, operations
from openslot.client.steps import Once, Steps
from openslot.wire.users import User

R = TypeVar("R")


class Membership:
    """What the API has shown of the owner of a token. Safe to use from several tasks and threads."""

    def __init__(self) -> None:
        self._me: Once[User] = Once()
        self.is_plain_member = False
        """Turns true once the API shows it."""

    def identify(self, core: Core) -> Steps[User]:
        """The owner; looked up by the first caller, and waited for by the others. A failure is not remembered."""
        return self._me.get(core.exchange(operations.GetCurrentUser()))

    def whole_or_own(self, whole: Callable[[], Steps[R]], own: Callable[[], Steps[R]]) -> Steps[R]:
        """``whole``, which is about the organization; ``own``, about the caller alone, where they are a plain member.

        Only owners and admins may act for an organization. A plain member gets 403; we then do ``own``, which they
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
