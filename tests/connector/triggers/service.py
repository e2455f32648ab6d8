"""A service that keeps subscriptions, as OpenSlot does, or as Calendly may, and that fails when it is to."""

import itertools
from collections.abc import Callable
from typing import Any

from openslot.client.testing import HangUp, Received, Reply, StandIn

from ..conftest import page

Json = dict[str, Any]

CONFLICT = Reply(409, {"title": "Already Exists", "message": "Hook with this url already exists"})
Failure = Callable[[Callable[[], Reply]], Reply | HangUp]
"""What is answered instead of what the work would have given."""
IS_OTHER: dict[str, Callable[[Json], object]] = {
    "two at one URL": lambda one: (one["scope"], sorted(one["events"])),
    "one at a URL": lambda one: one["callback_url"],
}
"""What may not be the same in two subscriptions."""


class Service:
    """An API that keeps its subscriptions, and fails at one call."""

    def __init__(self, samples: Json, url: str, *there: Json, kind: str = "OpenSlot") -> None:
        """``there``: what the subscriptions at ``url`` have that the sample has not, numbered from 1."""
        self.sample = {**samples["webhook_subscription"], "callback_url": url}
        self.there: dict[str, Json] = {}
        self.least = 1
        """As few there were since the beginning."""
        self.calls: list[str] = []
        self.fails_at: int | None = None
        self.failure: Failure = hang_up
        self._me = samples["user"]
        self._changes = kind == "OpenSlot"
        self._key = IS_OTHER.get(kind, IS_OTHER["two at one URL"])
        self._numbers = itertools.count(1)
        for fields in there:
            self._add(fields)

    def answer(self, request: Received) -> Reply | HangUp:
        self.calls.append(f"{request.method} {request.path}")
        fails = len(self.calls) == self.fails_at
        answer = self.failure(lambda: self._answer(request)) if fails else self._answer(request)
        self.least = min(self.least, len(self.there))
        return answer

    def _answer(self, request: Received) -> Reply:  # noqa: PLR0911 -- one for each call
        *_, collection, last = request.path.split("/")
        match request.method, last:
            case "GET", "me":
                return Reply(json={"resource": self._me})
            case "GET", number if number in self.there:
                return self._audited(number) if self._changes else Reply(404)
            case "GET", _:
                return page(*(one for one in self.there.values() if one["scope"] == request.query["scope"]))
            case "POST", "webhook_subscriptions":
                return self._create(request.json())
            case "PATCH", number if self._changes:
                self.there[number] |= request.json()
                return self._audited(number)
            case "POST", "enable" if self._changes:
                self.there[collection] |= {"state": "active", "retry_started_at": None}
                return self._audited(collection)
            case "POST", "replay" if self._changes:
                return Reply(202, {"deliveries": 3})
            case "DELETE", number:
                return Reply(204 if self.there.pop(number, None) else 404)
        return Reply(404)

    def _create(self, body: Json) -> Reply:
        new = {"callback_url": body["url"], "user": None, **{key: body[key] for key in body if key != "url"}}
        if any(self._key({**self.sample, **new}) == self._key(one) for one in self.there.values()):
            return CONFLICT
        return Reply(201, {"resource": self._add(new)})

    def _add(self, fields: Json) -> Json:
        number = str(next(self._numbers))
        uri = f"https://api.calendly.com/webhook_subscriptions/{number}"
        self.there[number] = {**self.sample, **fields, "uri": uri}
        return self.there[number]

    def _audited(self, number: str) -> Reply:
        oldest = self.there[number]["retry_started_at"]
        more = {"event_types": None, "signed": False, "backlog": {"pending": 3, "oldest": oldest}}
        times = dict.fromkeys(("failing_since", "warned_at", "disabled_at"))
        return Reply(json={"resource": {**self.there[number], **more, **times}})


def serve(api: StandIn, service: Service) -> None:
    numbers = range(1, 9)
    for number in numbers:
        api.on("DELETE", f"/webhook_subscriptions/{number}", service.answer)
        api.on("PATCH", f"/openslot/webhook_subscriptions/{number}", service.answer)
        api.on("GET", f"/openslot/webhook_subscriptions/{number}", service.answer)
        for verb in ("enable", "replay"):
            api.on("POST", f"/openslot/webhook_subscriptions/{number}/{verb}", service.answer)
    for method, path in (("GET", "/users/me"), ("GET", "/webhook_subscriptions"), ("POST", "/webhook_subscriptions")):
        api.on(method, path, service.answer)


def refuse(status: int) -> Failure:
    return lambda _: Reply(status, {"title": "In trouble", "message": "..."})


def hang_up(_: Callable[[], Reply]) -> HangUp:
    return HangUp()


def hang_up_when_done(work: Callable[[], Reply]) -> HangUp:
    work()
    return HangUp()


KINDS = ["OpenSlot", *IS_OTHER]
