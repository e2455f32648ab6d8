"""Flows in YAML: a trigger, conditions, and actions with templates. ``docs/flows.md`` describes the format.

What an action has done is recorded before the next one begins, so a run that fails goes on where it stopped.
"""

import csv
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from os import environ
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from openslot.client import answers
from openslot.connector.actions import AsyncConnector
from openslot.connector.deeds import ChatMessage, Deed, HttpRequest, Mail
from openslot.connector.flows import Attempt, Backoff, Flow, Moment
from openslot.connector.templates import Template, TemplateError, in_slack, in_url, parse
from openslot.connector.triggers import Event, event_id
from openslot.wire import codec

SMTP_URL = "OPENSLOT_FLOW_SMTP_URL"
MAIL_FROM = "OPENSLOT_FLOW_MAIL_FROM"

_DURATION = re.compile(r"(-?\d+)\s*(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_PREVIOUS = "there is no steps."
Context = Mapping[str, Any]


class RecipeError(Exception):
    """The file is no flow; the message says where and why."""


class _Retries(Struct, forbid_unknown_fields=True):
    attempts: int = Backoff().attempts
    first: str = "10s"
    longest: str = "6h"


class _Condition(Struct, forbid_unknown_fields=True):
    """Holds if ``value`` meets every test that is there; or if a row of the table ``csv`` has the values of ``has``."""

    value: Any = UNSET
    equals: Any = UNSET
    is_not: Any = UNSET
    one_of: list[Any] | UnsetType = UNSET
    contains: str | UnsetType = UNSET
    starts_with: str | UnsetType = UNSET
    ends_with: str | UnsetType = UNSET
    is_empty: bool | UnsetType = UNSET
    csv: str | UnsetType = UNSET
    has: dict[str, str] | UnsetType = UNSET


class _Http(Struct, forbid_unknown_fields=True):
    url: str
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    headers: dict[str, str] = {}
    json: Any = UNSET
    form: dict[str, str] | UnsetType = UNSET
    body: str | UnsetType = UNSET


class _Mail(Struct, forbid_unknown_fields=True, rename={"sender": "from"}):
    to: str
    subject: str
    text: str
    sender: str | None = None


class _Slack(Struct, forbid_unknown_fields=True):
    url: str
    text: str


class _Action(Struct, forbid_unknown_fields=True, rename={"arguments": "with", "name": "as"}):
    connector: (
        Literal["create_invitee_no_show", "delete_invitee_no_show", "get_event_type", "get_event_types"] | None
    ) = None
    arguments: dict[str, Any] = {}
    http: _Http | None = None
    mail: _Mail | None = None
    slack: _Slack | None = None
    name: str | None = None
    conditions: list[_Condition] = []


class _Recipe(Struct, forbid_unknown_fields=True):
    flow: str
    trigger: str | list[str]
    actions: list[_Action]
    after: Moment | None = None
    delay: str | None = None
    retries: _Retries = field(default_factory=_Retries)
    conditions: list[_Condition] = []


class ConnectorCall(Struct, frozen=True):
    """One of the connector's actions."""

    connector: AsyncConnector | None
    name: str
    arguments: dict[str, Any]

    def told(self) -> dict[str, Any]:
        return {"connector": self.name, "with": self.arguments}

    async def do(self) -> Any:
        try:
            answer = await getattr(self.connector, self.name)(**self.arguments)
        except TypeError as exc:
            raise TemplateError(f"{self.name}: {exc}") from exc
        return answers.builtins(answer)


Build = Callable[[Context, AsyncConnector | None, str], Deed]
Holds = Callable[[Context], bool]


class _Step(Struct, frozen=True):
    name: str | None
    conditions: tuple[Holds, ...]
    build: Build


class _Progress(Struct):
    done: int = 0
    steps: dict[str, Any] = {}


class Recipe:
    """The actions of a flow in YAML; see ``flows.Performer``."""

    def __init__(self, conditions: Sequence[Holds], steps: Sequence[_Step]) -> None:
        self._conditions = conditions
        self._steps = steps

    async def perform(self, event: Event, connector: AsyncConnector, attempt: Attempt) -> None:
        """Do what is not done yet, one after the other.

        Raises:
            Exception: what an action raised; those before it are not done again.
        """
        progress = _Progress() if attempt.progress is None else codec.decode(attempt.progress, _Progress)
        context = context_of(event) | {"steps": progress.steps}
        if not all(holds(context) for holds in self._conditions):
            return
        for place, step in enumerate(self._steps):
            if place < progress.done:
                continue
            if all(holds(context) for holds in step.conditions):
                answer = await step.build(context, connector, _key(event, place)).do()
                if step.name is not None:
                    progress.steps[step.name] = answer
            progress.done = place + 1
            await attempt.note(msgspec.json.encode(progress).decode())

    def preview(self, event: Event) -> list[dict[str, Any]]:
        """What would be done, in words; nothing is.

        Raises:
            TemplateError: a template does not fit the event.
        """
        context = context_of(event) | {"steps": {}}
        if not all(holds(context) for holds in self._conditions):
            return []
        told: list[dict[str, Any]] = []
        for place, step in enumerate(self._steps):
            try:
                if all(holds(context) for holds in step.conditions):
                    told.append(step.build(context, None, _key(event, place)).told())
            except TemplateError as exc:
                if not str(exc).startswith(_PREVIOUS):
                    raise
                told.append({"later": f"depends on what an earlier action answers ({exc})"})
        return told


def context_of(event: Event) -> dict[str, Any]:
    """What templates see: the delivery as the API documents it, ``id``, and ``env`` for the process's variables."""
    body: dict[str, Any] = answers.builtins(event)
    return {**body, "id": event_id(event), "env": environ}


def load(file: Path) -> list[Flow]:
    """The flows of a file, one to a document.

    Raises:
        RecipeError: the file can't be read as flows.
    """
    import yaml  # noqa: PLC0415 -- slow import, and Python flows need none

    try:
        documents = list(yaml.safe_load_all(file.read_text("utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as exc:
        raise RecipeError(f"{file} is no YAML: {exc}") from exc
    flows = []
    for document in documents:
        try:
            flows.append(_flow(msgspec.convert(document, _Recipe), file.parent))
        except (msgspec.ValidationError, ValueError) as exc:
            raise RecipeError(f"{file}: {exc}") from exc
    return flows


def _flow(recipe: _Recipe, folder: Path) -> Flow:
    retries = recipe.retries
    backoff = Backoff(retries.attempts, duration(retries.first), duration(retries.longest))
    flow = Flow(recipe.flow, backoff=backoff)
    events = [recipe.trigger] if isinstance(recipe.trigger, str) else recipe.trigger
    conditions = [_condition(one, folder) for one in recipe.conditions]
    if not recipe.actions:
        raise RecipeError("a flow needs actions")
    performer = Recipe(conditions, [_step(action, folder) for action in recipe.actions])
    delay = duration(recipe.delay) if recipe.delay else timedelta()
    flow.perform("actions", performer, *events, after=recipe.after, delay=delay)
    return flow


def duration(text: str) -> timedelta:
    """``90s``, ``15m``, ``2h``, ``1d``, with a minus sign for earlier.

    Raises:
        ValueError: not so.
    """
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no duration: write 90s, 15m, 2h or 1d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _step(action: _Action, folder: Path) -> _Step:
    builds: list[Build] = []
    if action.connector is not None:
        builds.append(_connector(action.connector, action.arguments))
    elif action.arguments:
        raise ValueError("'with' belongs to 'connector'")
    if action.http is not None:
        builds.append(_http(action.http))
    if action.mail is not None:
        builds.append(_mail(action.mail))
    if action.slack is not None:
        builds.append(_slack(action.slack))
    if len(builds) != 1:
        raise ValueError("an action is one of connector, http, mail and slack")
    return _Step(action.name, tuple(_condition(one, folder) for one in action.conditions), builds[0])


def _connector(name: str, arguments: dict[str, Any]) -> Build:
    compiled = _compiled(arguments)
    return lambda context, connector, _: ConnectorCall(connector, name, _filled(compiled, context))


def _http(spec: _Http) -> Build:
    if sum(one is not UNSET for one in (spec.json, spec.form, spec.body)) > 1:
        raise ValueError("an http action has one of json, form and body")
    url, headers = parse(spec.url), _compiled(spec.headers)
    json, form, body = _compiled(spec.json), _compiled(spec.form), _compiled(spec.body)

    def build(context: Context, _: AsyncConnector | None, key: str) -> Deed:
        given = {name: _one_line(value) for name, value in _filled(headers, context).items()}
        content: bytes | None = None
        if json is not UNSET:
            content = msgspec.json.encode(_filled(json, context))
            given = {"Content-Type": "application/json", **given}
        elif form is not UNSET:
            pairs = _filled(form, context).items()
            content = "&".join(f"{in_url(name)}={in_url(str(value))}" for name, value in pairs).encode()
            given = {"Content-Type": "application/x-www-form-urlencoded", **given}
        elif body is not UNSET:
            content = str(_filled(body, context)).encode()
        return HttpRequest(spec.method, url.render_url(context), given, content, key)

    return build


def _mail(spec: _Mail) -> Build:
    to, subject, text = parse(spec.to), parse(spec.subject), parse(spec.text)
    sender = None if spec.sender is None else parse(spec.sender)

    def build(context: Context, _: AsyncConnector | None, key: str) -> Deed:
        written_by = environ.get(MAIL_FROM, "") if sender is None else sender.render(context)
        smtp_url = environ.get(SMTP_URL, "")
        return Mail(smtp_url, written_by, to.render(context), subject.render(context), text.render(context), key)

    return build


def _slack(spec: _Slack) -> Build:
    url, text = parse(spec.url), parse(spec.text)
    return lambda context, _, key: ChatMessage(url.render_url(context), text.render(context, in_slack), key)


def _condition(spec: _Condition, folder: Path) -> Holds:
    if (spec.csv is UNSET) == (spec.value is UNSET) or (spec.csv is UNSET) != (spec.has is UNSET):
        raise ValueError("a condition has a value and tests of it, or csv and has")
    if isinstance(spec.csv, str):
        table, wanted = folder / spec.csv, _compiled(spec.has)
        return lambda context: _has_row(table, _filled(wanted, context))
    tests = {name: getattr(spec, name) for name in _TESTS if getattr(spec, name) is not UNSET}
    if not tests:
        raise ValueError(f"a condition tests its value by one of {', '.join(_TESTS)}")
    value, compiled = _compiled(spec.value), _compiled(tests)

    def holds(context: Context) -> bool:
        found = _filled(value, context)
        return all(_TESTS[name](found, wanted) for name, wanted in _filled(compiled, context).items())

    return holds


def _same(one: Any, other: Any) -> bool:
    return bool(one == other or _plain(one) == _plain(other))


def _plain(value: Any) -> str:
    return "" if value is None else str(value).strip().casefold()


_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": _same,
    "is_not": lambda found, wanted: not _same(found, wanted),
    "one_of": lambda found, wanted: any(_same(found, one) for one in wanted),
    "contains": lambda found, wanted: (
        any(_same(one, wanted) for one in found) if isinstance(found, list) else _plain(wanted) in _plain(found)
    ),
    "starts_with": lambda found, wanted: _plain(found).startswith(_plain(wanted)),
    "ends_with": lambda found, wanted: _plain(found).endswith(_plain(wanted)),
    "is_empty": lambda found, wanted: (found is None or found in ("", [], {})) == wanted,
}
"""Letters' case does not count."""


def _has_row(table: Path, wanted: Mapping[str, Any]) -> bool:
    with table.open(encoding="utf-8-sig", newline="") as rows:
        reader = csv.DictReader(rows)
        missing = set(wanted) - set(reader.fieldnames or ())
        if missing:
            raise TemplateError(f"{table.name} has no column {', '.join(sorted(missing))}")
        return any(all(_same(row[name] or "", value) for name, value in wanted.items()) for row in reader)


def _compiled(value: Any) -> Any:
    """``value`` with its texts as templates."""
    if isinstance(value, str):
        return parse(value)
    if isinstance(value, Mapping):
        return {name: _compiled(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_compiled(entry) for entry in value]
    return value


def _filled(value: Any, context: Context) -> Any:
    """What ``_compiled`` has made, with what the templates stand for."""
    if isinstance(value, Template):
        return value.value(context)
    if isinstance(value, Mapping):
        return {name: _filled(entry, context) for name, entry in value.items()}
    if isinstance(value, list):
        return [_filled(entry, context) for entry in value]
    return value


def _one_line(value: Any) -> str:
    return " ".join(str("" if value is None else value).split())


def _key(event: Event, place: int) -> str:
    """What the other side can tell a repetition by."""
    return hashlib.sha256(f"{event_id(event)} {place}".encode()).hexdigest()[:32]
