"""The steps of a flow in YAML: how each of its actions becomes an effect for an event."""

from collections.abc import Callable
from os import environ
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from openslot.connector import definition
from openslot.connector.recipes.actions import Action, Http, Letter, Slack
from openslot.connector.recipes.addresses import Mailbox, mailboxes
from openslot.connector.recipes.conditions import Holds, compiled_all
from openslot.connector.recipes.durations import duration
from openslot.connector.recipes.effects import (
    FOR_GOOD,
    ChatMessage,
    ConnectorCall,
    Effect,
    HttpRequest,
)
from openslot.connector.recipes.errors import located_at
from openslot.connector.recipes.escapes import in_header, in_slack, in_url
from openslot.connector.recipes.filters import as_text
from openslot.connector.recipes.mail import MAIL_FROM, SMTP_URL, Mail
from openslot.connector.recipes.placeholders import Context, TemplateError
from openslot.connector.recipes.templates import Template, compiled, filled, parse

Build = Callable[[Context, str], Effect | None]
"""From the context and the key by which the other side recognizes a repetition; ``None``: there is nothing to do."""


class Step(Struct, frozen=True):
    """An action that is ready to be performed."""

    id: str
    """Its digest, and a number among those with the same: a run's progress names its steps by it."""
    words: str
    name: str | None
    conditions: tuple[Holds, ...]
    build: Build


def steps(actions: list[Action], folder: Path) -> list[Step]:
    """The actions, ready to be performed; tables of conditions are in ``folder``.

    Raises:
        RecipeError: one is no action.
    """
    seen: list[str] = []
    found = []
    for place, action in enumerate(actions):
        digest = action.digest()
        step_id = f"{digest} {seen.count(digest)}"
        seen.append(digest)
        with located_at(f"actions[{place}]"):
            found.append(
                Step(step_id, action.words(), action.name, compiled_all(action.conditions, folder), _build(action))
            )
    return found


_PARAMETERS = {one.method_name: one.parameters for one in definition.ACTIONS}
"""By the name of the action."""


def _build(action: Action) -> Build:
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
    return builds[0]


def _connector(name: str, arguments: dict[str, Any]) -> Build:
    templates = compiled(arguments)
    parameters = _PARAMETERS[name]
    unknown = sorted(set(arguments) - {one.key for one in parameters})
    if unknown:
        known = ", ".join(one.key for one in parameters)
        raise ValueError(f"{name} takes {known}, and no {', '.join(unknown)}")
    needed = [one.key for one in parameters if one.required]
    missing = sorted(set(needed) - set(arguments))
    if missing:
        raise ValueError(f"{name} needs {', '.join(missing)}: write it under 'with'")

    def build(context: Context, _: str) -> Effect:
        given = filled(templates, context)
        for key in needed:
            if not isinstance(given[key], str) or not given[key]:
                raise TemplateError(f"{name} needs {key}, and there is none: {given[key]!r}")
        return ConnectorCall(name, given)

    return build


def _http(spec: Http) -> Build:
    if sum(one is not UNSET for one in (spec.json, spec.form, spec.body)) > 1:
        raise ValueError("an http action has one of json, form and body")
    url, headers = parse(spec.url), compiled(spec.headers)
    json, form, body = compiled(spec.json), compiled(spec.form), compiled(spec.body)
    timeout = duration(spec.timeout).total_seconds()
    if timeout <= 0:
        raise ValueError("a timeout is longer than nothing")
    success = frozenset(spec.success)
    for_good = FOR_GOOD if isinstance(spec.give_up, UnsetType) else frozenset(spec.give_up)

    def build(context: Context, key: str) -> Effect:
        given = {name: in_header(as_text(value)) for name, value in filled(headers, context).items()}
        content: bytes | None = None
        if json is not UNSET:
            content = msgspec.json.encode(filled(json, context))
            given = {"Content-Type": "application/json", **given}
        elif form is not UNSET:
            pairs = filled(form, context).items()
            content = "&".join(f"{in_url(name)}={in_url(as_text(value))}" for name, value in pairs).encode()
            given = {"Content-Type": "application/x-www-form-urlencoded", **given}
        elif body is not UNSET:
            content = as_text(filled(body, context)).encode()
        return HttpRequest(spec.method, url.render_url(context), given, content, key, timeout, success, for_good)

    return build


def _mail(spec: Letter) -> Build:
    to, subject, text = parse(spec.to), parse(spec.subject), parse(spec.text)
    sender = parse(f"{{{{ env.{MAIL_FROM} | default('') }}}}" if spec.sender is None else spec.sender)

    def build(context: Context, key: str) -> Effect | None:
        recipients = mailboxes(to, context)
        if recipients is None:
            return None
        if not recipients:
            raise TemplateError("there is nobody to mail to")
        return Mail(
            environ.get(SMTP_URL, ""),
            _sender(sender, context),
            tuple(recipients),
            subject.render(context),
            text.render(context),
            key,
        )

    return build


def _sender(template: Template, context: Context) -> Mailbox | None:
    found = mailboxes(template, context) or []
    if len(found) > 1:
        raise TemplateError("a mail is from one address")
    return found[0] if found else None


def _slack(spec: Slack) -> Build:
    url, text = parse(spec.url), parse(spec.text)
    return lambda context, key: ChatMessage(url.render_url(context), text.render(context, in_slack), key)
