"""Flows in YAML: a trigger, conditions, and actions with templates. ``docs/flows.md`` describes the format.

What an action has done is recorded before the next one begins, so a run that fails goes on where it stopped.
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from os import environ
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field

from openslot.client import answers
from openslot.connector.actions import AsyncConnector
from openslot.connector.flows import Attempt, Backoff, Flow, Moment
from openslot.connector.recipes.actions import Action
from openslot.connector.recipes.conditions import Condition, Holds, compiled_all
from openslot.connector.recipes.durations import duration
from openslot.connector.recipes.effects import Clients
from openslot.connector.recipes.errors import RecipeError, located_at, misfit
from openslot.connector.recipes.http_client import HttpClient
from openslot.connector.recipes.placeholders import Context, TemplateError, Veiled, VeiledOrLacking
from openslot.connector.recipes.steps import Step, steps
from openslot.connector.triggers import Event, event_id
from openslot.wire import codec

_KEY_LETTERS = 32
UNNAMED_BYTES = 16 * 1024
"""The longest answer, as JSON, that is kept with what is done in case that it is given a name meanwhile."""


class _Retries(Struct, forbid_unknown_fields=True):
    attempts: Annotated[int, Meta(ge=1)] = Backoff().attempts
    first: str = "10s"
    longest: str = "6h"

    def backoff(self) -> Backoff:
        first, longest = duration(self.first), duration(self.longest)
        if first < timedelta():
            raise ValueError("'first' is a wait: it has no minus sign")
        if longest < first:
            raise ValueError("'longest' is shorter than 'first'")
        return Backoff(self.attempts, first, longest)


class _Recipe(Struct, forbid_unknown_fields=True):
    flow: Annotated[str, Meta(min_length=1)]
    trigger: str | list[str]
    actions: list[Action]
    after: Moment | None = None
    delay: str | None = None
    at_once: Annotated[int, Meta(ge=1)] = Flow("").at_once
    retries: _Retries = field(default_factory=_Retries)
    conditions: list[Condition] = []


class _Progress(Struct):
    answers: dict[str, Any] = {}
    """What each step that is done has answered, by the step's id: the file may change meanwhile."""
    done: list[str] = []
    """The steps in words, for display."""


class Preview(Struct, frozen=True):
    """What a flow would do about an event."""

    effects: list[dict[str, Any]]
    """In words, in their order."""
    lacking: list[str]
    """Variables of the process that they need and that have no value."""


class Recipe:
    """The actions of a flow in YAML; see ``flows.Performer``."""

    def __init__(self, flow: str, conditions: Sequence[Holds], steps: Sequence[Step], http: HttpClient) -> None:
        """``flow`` is its name; ``http`` may be shared by several."""
        self._flow = flow
        self._http = http
        self._conditions = conditions
        self._steps = steps

    async def perform(self, event: Event, connector: AsyncConnector, attempt: Attempt) -> None:
        """Do what is not done yet, one after the other.

        Raises:
            Exception: what an action raised; those before it are not done again.
        """
        clients = Clients(connector, self._http)
        progress = _Progress() if attempt.progress is None else codec.decode(attempt.progress, _Progress)
        named: dict[str, Any] = {}
        context = context_of(event) | {"steps": named}
        if not await _all_hold(self._conditions, context):
            return
        for step in self._steps:
            if step.id not in progress.answers:
                if not await _all_hold(step.conditions, context):
                    continue
                effect = step.build(context, self._key(event, step))
                if effect is None:
                    continue
                answer = await effect.perform(clients)
                progress.answers[step.id] = _kept(answer) if step.name is None else answer
                progress.done.append(step.words)
                await attempt.note(msgspec.json.encode(progress).decode())
            if step.name is not None:
                named[step.name] = progress.answers[step.id]

    async def aclose(self) -> None:
        """Close the HTTP client's connections of the running loop."""
        await self._http.aclose()

    async def preview(self, event: Event) -> Preview:
        """What would be done; nothing is. Variables of the process and answers are shown as their paths.

        Raises:
            GiveUp: a template does not fit the event, or a table has not its columns.
            OSError: a table is not there.
        """
        context = context_of(event) | {"steps": {}}
        env = VeiledOrLacking({name: value for name, value in environ.items() if value})
        answered = Veiled()
        shown = context | {"env": env, "steps": answered}
        effects: list[dict[str, Any]] = []
        all_depend = await _unknown(self._conditions, context, env)
        for step in self._steps if all_depend is not False else ():
            depends = await _unknown(step.conditions, context, env)
            if depends is not False:
                effect = step.build(shown, self._key(event, step))
                what = {"nothing": f"{step.words}: there is nobody to go to"} if effect is None else effect.describe()
                on = [one for one in (all_depend, depends) if one]
                effects.append({**what, "if": f"{' and '.join(on)} meets the conditions"} if on else what)
            if step.name is not None:
                answered[step.name] = None
        return Preview(effects, sorted(env.lacking))

    def _key(self, event: Event, step: Step) -> str:
        """The key by which the other side recognizes a repetition."""
        what = f"{event_id(event)}\n{self._flow}\n{step.id}"
        return hashlib.sha256(what.encode()).hexdigest()[:_KEY_LETTERS]


async def _all_hold(conditions: Sequence[Holds], context: Context) -> bool:
    for holds in conditions:
        if not await holds(context):
            return False
    return True


async def _unknown(conditions: Sequence[Holds], context: Context, env: VeiledOrLacking) -> str | Literal[False] | None:
    """``False`` where they don't hold, ``None`` where they do, else what it depends on, which is not there yet."""
    try:
        return None if await _all_hold(conditions, context) else False
    except TemplateError as exc:
        match exc.missing:
            case ("steps", _, *_):
                return "what an earlier action answers"
            case ("env", name):
                env.lacking.add(name)
                return f"env.{name}"
        raise


def _kept(answer: Any) -> Any:
    """What is kept of an answer that has no name."""
    if len(msgspec.json.encode(answer)) <= UNNAMED_BYTES:
        return answer
    return {"status": answer["status"], "body": None} if "status" in answer and "body" in answer else None


def done_of(progress: str) -> list[str]:
    """The actions, in words, that a run with this ``Run.progress`` has done."""
    return codec.decode(progress, _Progress).done


def context_of(event: Event) -> dict[str, Any]:
    """What templates see: the delivery as the API documents it, ``id``, and ``env`` for the process's variables.

    A list or an object that is null is an empty one there, as it is for flows in Python.
    """
    body: dict[str, Any] = answers.builtins(event, as_it_came=lambda one: one.value is not None)
    return {**body, "id": event_id(event), "env": environ}


def load(file: Path) -> list[Flow]:
    """The flows of a file, one to a document.

    Raises:
        RecipeError: the file can't be read as flows.
    """
    import yaml  # noqa: PLC0415 -- slow import, and Python flows need none

    try:
        # nothing after a --- is no document
        documents = [one for one in yaml.safe_load_all(file.read_text("utf-8")) if one is not None]
    except (yaml.YAMLError, UnicodeDecodeError) as exc:
        raise RecipeError(f"{file} is no YAML (what begins with a brace stands in quotes): {exc}") from exc
    if not documents:
        raise RecipeError(f"{file} holds no flow: it is empty")
    flows = []
    http = HttpClient()  # one for the file: each would have a TLS context of its own
    for number, document in enumerate(documents, 1):
        with located_at(str(file) if len(documents) == 1 else f"{file}, flow {number}"):
            flows.append(_flow(_read(document), file.parent, http))
    return flows


def _read(document: Any) -> _Recipe:
    try:
        return msgspec.convert(document, _Recipe)
    except msgspec.ValidationError as exc:
        raise misfit(exc, _Recipe) from exc


def _flow(recipe: _Recipe, folder: Path, http: HttpClient) -> Flow:
    with located_at("retries"):
        flow = Flow(recipe.flow, backoff=recipe.retries.backoff(), at_once=recipe.at_once)
    conditions = compiled_all(recipe.conditions, folder)
    if not recipe.actions:
        raise RecipeError("a flow needs actions")
    performer = Recipe(recipe.flow, conditions, steps(recipe.actions, folder), http)
    events = [recipe.trigger] if isinstance(recipe.trigger, str) else recipe.trigger
    with located_at("delay"):
        delay = duration(recipe.delay) if recipe.delay else timedelta()
        if recipe.after is None and delay < timedelta():
            raise ValueError("nothing runs before its event: 'after' names the time of the meeting that counts")
    with located_at("trigger"):
        flow.perform("actions", performer, *events, after=recipe.after, delay=delay)
    return flow
