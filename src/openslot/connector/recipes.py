"""Flows in YAML: a trigger, conditions, and actions with templates. ``docs/flows.md`` describes the format.

What an action has done is recorded before the next one begins, so a run that fails goes on where it stopped.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from os import environ
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from openslot.client import answers
from openslot.connector.actions import AsyncConnector
from openslot.connector.conditions import Condition, Holds
from openslot.connector.deeds import ChatMessage, Deed, HttpRequest, Mail
from openslot.connector.flows import Attempt, Backoff, Flow, Moment
from openslot.connector.templates import Context, TemplateError, compiled, filled, in_slack, in_url, parse
from openslot.connector.triggers import Event, event_id
from openslot.wire import codec

SMTP_URL = "OPENSLOT_FLOW_SMTP_URL"
MAIL_FROM = "OPENSLOT_FLOW_MAIL_FROM"

_DURATION = re.compile(r"(-?\d+)\s*(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_PREVIOUS = "there is no steps."


class RecipeError(Exception):
    """The file is no flow; the message says where and why."""


class _Retries(Struct, forbid_unknown_fields=True):
    attempts: int = Backoff().attempts
    first: str = "10s"
    longest: str = "6h"


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
    conditions: list[Condition] = []


class _Recipe(Struct, forbid_unknown_fields=True):
    flow: str
    trigger: str | list[str]
    actions: list[_Action]
    after: Moment | None = None
    delay: str | None = None
    retries: _Retries = field(default_factory=_Retries)
    conditions: list[Condition] = []


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
        if not await _all_hold(self._conditions, context):
            return
        for place, step in enumerate(self._steps):
            if place < progress.done:
                continue
            if await _all_hold(step.conditions, context):
                answer = await step.build(context, connector, _key(event, place)).do()
                if step.name is not None:
                    progress.steps[step.name] = answer
            progress.done = place + 1
            await attempt.note(msgspec.json.encode(progress).decode())

    async def preview(self, event: Event) -> list[dict[str, Any]]:
        """What would be done, in words; nothing is.

        Raises:
            GiveUp: a template does not fit the event, or a table has not its columns. OSError: a table is not there.
        """
        context = context_of(event) | {"steps": {}}
        if not await _all_hold(self._conditions, context):
            return []
        told: list[dict[str, Any]] = []
        for place, step in enumerate(self._steps):
            try:
                if await _all_hold(step.conditions, context):
                    told.append(step.build(context, None, _key(event, place)).told())
            except TemplateError as exc:
                if not str(exc).startswith(_PREVIOUS):
                    raise
                told.append({"later": f"depends on what an earlier action answers ({exc})"})
        return told


async def _all_hold(conditions: Sequence[Holds], context: Context) -> bool:
    for holds in conditions:
        if not await holds(context):
            return False
    return True


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
    conditions = [one.compiled(folder) for one in recipe.conditions]
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
    return _Step(action.name, tuple(one.compiled(folder) for one in action.conditions), builds[0])


def _connector(name: str, arguments: dict[str, Any]) -> Build:
    templates = compiled(arguments)
    return lambda context, connector, _: ConnectorCall(connector, name, filled(templates, context))


def _http(spec: _Http) -> Build:
    if sum(one is not UNSET for one in (spec.json, spec.form, spec.body)) > 1:
        raise ValueError("an http action has one of json, form and body")
    url, headers = parse(spec.url), compiled(spec.headers)
    json, form, body = compiled(spec.json), compiled(spec.form), compiled(spec.body)

    def build(context: Context, _: AsyncConnector | None, key: str) -> Deed:
        given = {name: _one_line(value) for name, value in filled(headers, context).items()}
        content: bytes | None = None
        if json is not UNSET:
            content = msgspec.json.encode(filled(json, context))
            given = {"Content-Type": "application/json", **given}
        elif form is not UNSET:
            pairs = filled(form, context).items()
            content = "&".join(f"{in_url(name)}={in_url(str(value))}" for name, value in pairs).encode()
            given = {"Content-Type": "application/x-www-form-urlencoded", **given}
        elif body is not UNSET:
            content = str(filled(body, context)).encode()
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


def _one_line(value: Any) -> str:
    return " ".join(str("" if value is None else value).split())


def _key(event: Event, place: int) -> str:
    """What the other side can tell a repetition by."""
    return hashlib.sha256(f"{event_id(event)} {place}".encode()).hexdigest()[:32]
