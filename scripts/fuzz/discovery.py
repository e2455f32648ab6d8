"""What a service has at the start of a run: every list of its document, after something of each kind is made."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

Json = dict[str, Any]
READ_EVENTS = 6
"""Events whose invitees are read."""


class Discovery:
    """Reads a service with the token of a caller; ``answers`` has all that it found."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self.answers: list[Json] = []
        self.starts: dict[str, list[str]] = {}
        """Available starts, by the event type's URI."""

    def run(self) -> None:
        """Make something of each kind, then read all lists."""
        me = self._read("/users/me")["resource"]
        values = {"user": me["uri"], "organization": me["current_organization"]} | _window()
        self._make(values["user"])
        for name, path in (("event_type", "/event_types"), ("form", "/routing_forms"), ("contact", "/contacts")):
            listed = self._read(path, organization=values["organization"])["collection"]
            values |= {name: listed[0]["uri"]} if listed else {}
        for path, query in _lists(self._http.get("/openapi.json").raise_for_status().json(), values):
            self._look(path, query)
        self._look_closer(values["organization"])

    def _make(self, user: str) -> None:
        """Whatever the demo lacks; what is there from an earlier run is refused."""
        address = {"email": "glaze@example.org", "is_primary": True}
        made = self._post("/contacts", {"name": "Zoë Glaze", "emails": [address]})
        contact = made.get("resource", {}).get("uri")
        if contact:
            self._post("/contact_lists", {"name": "Glaziers", "contacts": [contact]})
            self._post("/notes", {"contact": contact, "title": "Ovens"})
        options = [{"label": "Big"}, {"label": "Small"}]
        field = {"label": "Kiln", "field_type": "single_select", "options": options}
        self._post("/contacts/custom_field_definitions", field)
        self._post("/openslot/teams", {"name": "Masters", "members": [{"user": user}]})
        self._post("/openslot/oauth_applications", {"name": "CRM", "redirect_uris": ["https://crm.example/callback"]})

    def _look_closer(self, organization: str) -> None:
        """At what is below a resource: the invitees of events, and the starts of event types."""
        events = self._read("/scheduled_events", organization=organization, count="20")["collection"]
        for event in events[:READ_EVENTS]:
            self._look(f"/scheduled_events/{event['uri'].rpartition('/')[2]}/invitees", {})
        window = _window()
        for one in self._read("/event_types", organization=organization, active="true")["collection"]:
            times = self._look("/event_type_available_times", window | {"event_type": one["uri"]})
            self.starts[one["uri"]] = [time["start_time"] for time in times.get("collection", [])]

    def _read(self, path: str, **query: str) -> Json:
        answer: Json = self._http.get(path, params=query).raise_for_status().json()
        self.answers.append(answer)
        return answer

    def _look(self, path: str, query: dict[str, str]) -> Json:
        """The same, where a caller may be refused."""
        answer = self._http.get(path, params=query)
        return self._read(path, **query) if answer.is_success else {}

    def _post(self, path: str, body: Json) -> Json:
        answer = self._http.post(path, json=body)
        found: Json = answer.json() if answer.is_success else {}
        self.answers.append(found)
        return found


def _window() -> dict[str, str]:
    begin = datetime.now(UTC) + timedelta(hours=1)
    return {"start_time": begin.isoformat(), "end_time": (begin + timedelta(days=7)).isoformat()}


def _lists(document: Json, values: dict[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Every path that can be read with these values alone, and its query."""
    values |= {"scope": "organization", "event": "invitee.created", "region": "IT", "year": str(datetime.now(UTC).year)}
    for path, item in document["paths"].items():
        if "get" in item and "{" not in path:
            named = [one["name"] for one in item["get"]["parameters"] if one.get("required")]
            by_organization = [one["name"] for one in item["get"]["parameters"] if one["name"] == "organization"]
            if values.keys() >= set(named):
                yield path, {name: values[name] for name in (*named, *by_organization)}
