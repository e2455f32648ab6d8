"""A service for those who ask what has happened."""

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

from openslot.client.testing import Received, Reply, StandIn
from openslot.wire.codec import Timestamp

from ..conftest import page

FORM_EVENT = "routing_form_submission.created"
API = "https://api.calendly.com"
BEGAN = datetime(2031, 4, 1, 8, tzinfo=UTC)
Json = dict[str, Any]


class World:
    """A service that nobody is told by: meetings with invitees, and a form with submissions."""

    def __init__(self, api: StandIn, samples: Json) -> None:
        self.api = api
        self.now = BEGAN
        self.meetings: dict[str, Json] = {}
        self.invitees: dict[str, list[Json]] = {}
        self.submissions: list[Json] = []
        self._samples = samples
        api.on("GET", "/scheduled_events", self.list_meetings)
        self.form: Json = {
            "uri": f"{API}/routing_forms/1", "organization": "x", "name": "Which tour?", "status": "published",
            "questions": [], "created_at": self._stamp(), "updated_at": self._stamp(),
        }  # fmt: skip
        api.on("GET", "/routing_forms", page(self.form))
        api.on("GET", "/routing_form_submissions", self.list_submissions)

    def clock(self) -> float:
        return self.now.timestamp()

    def later(self, **how: float) -> None:
        self.now += timedelta(**how)

    def book(self, number: int, *, meeting: int | None = None) -> Json:
        """A booking of a meeting of its own, or of one that is there."""
        payload = copy.deepcopy(self._samples["deliveries"]["invitee.created"]["payload"])
        scheduled = payload.pop("scheduled_event")
        uri = f"{API}/scheduled_events/{meeting or number}"
        if uri not in self.meetings:
            counter = {"total": 0, "active": 0, "limit": 9}
            self.meetings[uri] = {**scheduled, "uri": uri, "updated_at": self._stamp(), "invitees_counter": counter}
            self.invitees[uri] = []
            self.api.on("GET", f"/scheduled_events/{meeting or number}/invitees", lambda _: page(*self.invitees[uri]))
        invitee = {**payload, "uri": f"{uri}/invitees/{number}", "event": uri}
        invitee["created_at"] = invitee["updated_at"] = self._stamp()
        self.invitees[uri].append(invitee)
        self._count(uri)
        return invitee

    def cancel(self, invitee: Json) -> None:
        cancellation = {"canceled_by": "Ada", "reason": None, "canceler_type": "invitee", "created_at": self._stamp()}
        invitee |= {"status": "canceled", "cancellation": cancellation, "updated_at": self._stamp()}
        self._count(invitee["event"])

    def mark(self, invitee: Json, number: int) -> None:
        invitee["no_show"] = {"uri": f"{API}/invitee_no_shows/{number}", "created_at": self._stamp()}

    def submit(self, number: int) -> None:
        submission = copy.deepcopy(self._samples["deliveries"][FORM_EVENT]["payload"])
        self.submissions.append({**submission, "uri": f"{API}/submissions/{number}", "created_at": self._stamp()})

    def _count(self, uri: str) -> None:
        invitees = self.invitees[uri]
        active = sum(one["status"] == "active" for one in invitees)
        self.meetings[uri]["invitees_counter"] = {"total": len(invitees), "active": active, "limit": 9}

    def list_meetings(self, request: Received) -> Reply:
        since = request.query["min_start_time"]
        return page(*(one for one in self.meetings.values() if one["start_time"] >= since))

    def list_submissions(self, _: Received) -> Reply:
        return page(*sorted(self.submissions, key=lambda one: str(one["created_at"]), reverse=True))

    def _stamp(self) -> str:
        return str(Timestamp.of(self.now))
