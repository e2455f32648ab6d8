"""Hooks that give schemathesis values of the service, and filter out refusals that no schema can express.

Generated ids are unknown to the service. Most ids of a request are replaced by ids of resources that exist, and starts
by available ones, so that requests get past the first check.
"""

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import available_timezones

import httpx
import schemathesis
from hypothesis import strategies as st
from schemathesis import HookContext, Response
from schemathesis.core.failures import Failure
from schemathesis.generation.case import Case
from scripts.fuzz import rules
from scripts.fuzz.discovery import Discovery

API = os.environ["FUZZ_API_URL"]
MOSTLY, OFTEN, SOMETIMES = 0.8, 0.5, 0.2
MAX_KNOWN = 50
"""URIs kept of each resource; later ones replace earlier ones."""
_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ID = re.compile(_UUID, re.IGNORECASE)
_URI = re.compile(rf"https?://[!-~]+/(\w+)/{_UUID}", re.IGNORECASE)
_PLACE = re.compile(r"(\w+)/\{(\w+)\}")
_CALLED = {"availability_schedules": "user_availability_schedules"}
"""The name of a resource in its URIs, if paths have another name."""

_LEFT_ALONE = {"access_tokens", "organization_memberships"}
"""What callers stand on: their requests may read it, not delete it."""

_random = Random(int(os.environ["FUZZ_SEED"]))  # noqa: S311 -- the same seed, the same requests
_known: defaultdict[str, list[str]] = defaultdict(list)
"""URIs by resource."""
_starts: dict[str, list[str]] = {}
"""Available starts, by the event type's URI."""

schemathesis.openapi.format("timezone", st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"})))
schemathesis.openapi.format("region", st.sampled_from(["IT", "TH", "US", "US-CA", "DE", "DE-BY", "GB"]))


def _discover() -> None:
    """Collect the resources of the service, and the available starts."""
    token = os.environ["FUZZ_LOOKING_TOKEN"]
    with httpx.Client(base_url=API, headers={"Authorization": f"Bearer {token}"}, timeout=30) as http:
        discovery = Discovery(http)
        discovery.run()
    for answer in discovery.answers:
        _learn(answer)
    _starts.update(discovery.starts)


def _learn(value: object) -> None:
    for text in _texts(value):
        if found := _URI.fullmatch(text):
            known = _known[found[1]]
            if text not in known:
                known.append(text)
                del known[: -MAX_KNOWN if len(known) > MAX_KNOWN else 0]


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for inner in value.values():
                yield from _texts(inner)
        case list():
            for inner in value:
                yield from _texts(inner)
        case _:
            pass


def _existing(text: str) -> str:
    """``text``; a URI is mostly replaced by that of an existing resource of the same kind."""
    found = _URI.fullmatch(text)
    known = _known.get(found[1], []) if found else []
    return _random.choice(known) if known and _random.random() < MOSTLY else text


def _with_existing(value: Any) -> Any:
    match value:
        case str():
            return _existing(value)
        case dict():
            return {key: _with_existing(inner) for key, inner in value.items()}
        case list():
            return [_with_existing(inner) for inner in value]
        case _:
            return value


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:  # noqa: ARG001 -- schemathesis's
    """Make a request refer to existing resources."""
    if not _known:
        _discover()
    for resource, name in _PLACE.findall(case.path):
        given = (case.path_parameters or {}).get(name)
        known = _known.get(_CALLED.get(resource, resource), [])
        if case.method == "DELETE" and resource in _LEFT_ALONE:
            continue
        if known and isinstance(given, str) and _ID.fullmatch(given) and _random.random() < MOSTLY:
            uri = _random.choice(known)
            case.path_parameters[name] = uri.rpartition("/")[2]
            if resource == "invitees" and "event_uuid" in case.path_parameters:
                case.path_parameters["event_uuid"] = uri.split("/")[-3]
    for name, value in list((case.query or {}).items()):
        case.query[name] = _with_existing(value)
    _set_window(case.query)
    if isinstance(case.body, dict | list):
        case.body = _with_existing(case.body)
    if isinstance(case.body, dict):
        _set_available_start(case.body)


def _set_window(query: Any) -> None:
    """Mostly replace a window of time by an allowed one."""
    names = {"start_time", "end_time"}
    is_window = isinstance(query, dict) and names <= query.keys() and all(_is_instant(query[name]) for name in names)
    if is_window and _random.random() < MOSTLY:
        begin = datetime.now(UTC) + timedelta(days=_random.randrange(1, 20))
        query |= {"start_time": begin.isoformat(), "end_time": (begin + timedelta(days=3)).isoformat()}


def _set_available_start(body: dict[Any, Any]) -> None:
    """Mostly replace a start by an available one."""
    starts = _starts.get(body["event_type"], []) if isinstance(body.get("event_type"), str) else []
    if starts and _is_instant(body.get("start_time")) and _random.random() < MOSTLY:
        body["start_time"] = _random.choice(starts)
        if _random.random() < OFTEN:
            body.pop("duration", None)


def _is_instant(text: object) -> bool:
    return isinstance(text, str) and re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d", text) is not None


@schemathesis.hook
def after_call(context: HookContext, case: Case[Any], response: Response) -> None:  # noqa: ARG001 -- schemathesis's
    """Collect the resources that a request created."""
    if response.status_code in {200, 201} and case.method != "GET":
        try:
            _learn(response.json())
        except ValueError:
            return


@schemathesis.hook
def filter_failure(context: HookContext, failure: Failure, case: Case[Any], response: Response) -> bool:  # noqa: ARG001
    """Whether a failure counts: ``rules`` does not document it."""
    return not rules.is_documented(failure, case, response)
