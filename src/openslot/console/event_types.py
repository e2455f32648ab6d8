"""Event types: a list of them, one to make, and the settings of one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import msgspec
from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Response
from msgspec import UnsetType

from openslot.accounts.sessions import Account, ThisAccount
from openslot.console import setting_fields
from openslot.console.page import render
from openslot.console.setting_fields import CARDS, LOCATIONS, QUESTIONS, SEATS, Body, Card, NotANumber, Setting
from openslot.core.errors import Conflict, FieldError, Invalid, NotFound
from openslot.core.ids import parse_id
from openslot.core.kinds import Kind
from openslot.core.roles import Action
from openslot.db import availability_schedules, event_types, memberships
from openslot.db.availability_schedules import Schedule
from openslot.html.fields import Choice, Field, Filled, filled, first, problems
from openslot.html.page import read
from openslot.presenters import event_type_settings as present
from openslot.presenters.event_types import scheduling_page
from openslot.services import access, event_type_settings, serving
from openslot.wire import codec
from openslot.wire.event_type_settings import ChangeEventType, CreateEventType

SCHEDULE, RANGE = "availability_schedule", "date_range"
SEEN = "seen"
"""The field with the settings as the form showed them."""
HTTP_CONFLICT, HTTP_UNPROCESSABLE = 409, 422


@read("/app/event-types")
async def show(account: ThisAccount) -> Response[bytes]:
    """Those that a host owns or serves; admins choose the host."""
    page, conn = account.page, account.conn
    host_id = parse_id(page.query.get("host", "")) or account.user.id
    await access.colleague(conn, account.principal, host_id, Action.LIST_EVENT_TYPES_OF_USER)
    found = await event_types.list_of_host(conn, account.user.organization_id, host_id)
    hosts = []
    if account.principal.reaches_all(Action.LIST_EVENT_TYPES):
        hosts = [
            Choice(str(one.user.id), one.user.name, is_chosen=one.user.id == host_id)
            for one in await memberships.list_all(conn, account.user.organization_id)
        ]
    context = {
        "event_types": [
            {
                "name": one.name,
                "url": page.to(f"/app/event-types/{one.id}"),
                "page": scheduling_page(one, page.uris),
                "length": page.formats.duration(one.duration_minutes),
                "owner": one.owner_name,
                "is_on": one.active,
                "is_secret": one.secret,
                "switch": page.to(f"/app/event-types/{one.id}/switch"),
            }
            for one in sorted(found, key=lambda one: (one.position, one.name.casefold()))
        ],
        "hosts": hosts,
        "action": page.to("/app/event-types"),
        "new": page.to("/app/event-types/new"),
    }
    return render(account, "event_types.html", "event-types", context)


@post("/app/event-types/{event_type_id:str}/switch", include_in_schema=False, status_code=303)
async def switch(account: ThisAccount, event_type_id: FromPath[str]) -> Redirect:
    """Let it be booked, or not any more."""
    is_on = first(filled(account.page.request), "active") == "1"
    await event_type_settings.change(
        account.conn, account.principal, _id(event_type_id), ChangeEventType(active=is_on), uris=account.page.uris,
        now=account.now,
    )  # fmt: skip
    return account.page.redirect(account.page.to("/app/event-types"))


@read("/app/event-types/new")
async def show_new(account: ThisAccount) -> Response[bytes]:
    """The short form for a new one."""
    return _new_form(account, {})


@post("/app/event-types", include_in_schema=False, status_code=303)
async def create(account: ThisAccount) -> Redirect | Response[bytes]:
    """Make one of the member's own, and go on to its settings."""
    data = filled(account.page.request)
    duration = first(data, "duration")
    is_group = first(data, "kind") == "group"
    wanted = CreateEventType(
        name=first(data, "name"),
        duration=int(duration) if duration.isdecimal() and len(duration) < 6 else 0,  # noqa: PLR2004
        kind="group" if is_group else "solo",
        active=True,
    )
    try:
        async with account.conn.transaction():
            made = await event_type_settings.create(
                account.conn, account.principal, account.user.id, wanted, uris=account.page.uris, now=account.now
            )
    except Invalid as error:
        return _new_form(account, data, error)
    return account.page.redirect(account.page.to(f"/app/event-types/{made.id}"))


@read("/app/event-types/{event_type_id:str}")
async def show_settings(account: ThisAccount, event_type_id: FromPath[str]) -> Response[bytes]:
    """Every setting of one."""
    editing = await _editing(account, _id(event_type_id))
    return _form(account, editing, editing.body)


@post("/app/event-types/{event_type_id:str}", include_in_schema=False, status_code=303)
async def change(account: ThisAccount, event_type_id: FromPath[str]) -> Redirect | Response[bytes]:
    """Store what was changed. What somebody else has changed meanwhile stays, and is named."""
    editing = await _editing(account, _id(event_type_id))
    data = filled(account.page.request)
    typed, errors = _typed(account, editing, data)
    seen = _seen(data) or editing.body
    theirs = [name for name in editing.body if name in seen and seen[name] != editing.body[name]]
    for name in theirs:
        if typed.get(name) == seen[name]:
            typed[name] = editing.body[name]
    if theirs:
        return _form(account, editing, typed, errors, theirs=theirs, status=HTTP_CONFLICT)
    wanted = {name: value for name, value in typed.items() if value != editing.body[name]}
    if not errors and wanted:
        errors = await _store(account, editing, wanted)
    if errors:
        return _form(account, editing, typed, errors, status=HTTP_UNPROCESSABLE)
    return account.page.redirect(account.page.to(f"/app/event-types/{editing.id}", saved="1"))


@post("/app/event-types/{event_type_id:str}/deletion", include_in_schema=False, status_code=303)
async def delete(account: ThisAccount, event_type_id: FromPath[str]) -> Redirect:
    """Delete one; what is booked stays."""
    known = _id(event_type_id)
    await event_type_settings.delete(account.conn, account.principal, known, uris=account.page.uris, now=account.now)
    return account.page.redirect(account.page.to("/app/event-types"))


@dataclass(frozen=True)
class _Editing:
    """An event type whose settings are shown."""

    id: UUID
    body: Body
    """The settings that the form has, as the API names and writes them."""
    is_group: bool
    address: str
    schedules: Sequence[Schedule]

    @property
    def cards(self) -> Sequence[Card]:
        if not self.is_group:
            return CARDS
        basics, *others = CARDS
        return (Card(basics.title, [*basics.settings, SEATS]), *others)


async def _editing(account: Account, event_type_id: UUID) -> _Editing:
    await serving.own(account.conn, account.principal, event_type_id)
    row = await serving.find(account.conn, account.user.organization_id, event_type_id)
    shown = json.loads(codec.encode(present.settings(row, account.page.uris)))
    shown[QUESTIONS] = setting_fields.in_order(shown[QUESTIONS])
    names = [setting.name for card in CARDS for setting in card.settings]
    names += [LOCATIONS, QUESTIONS, RANGE, SCHEDULE, *([SEATS.name] if row.kind == Kind.GROUP else [])]
    return _Editing(
        row.id,
        {name: shown[name] for name in names},
        row.kind == Kind.GROUP,
        scheduling_page(row, account.page.uris),
        await availability_schedules.list_all(account.conn, account.user.organization_id, row.owner_id),
    )


def _typed(account: Account, editing: _Editing, data: Filled) -> tuple[Body, dict[str, str]]:
    """The settings that were typed, and what can't be read, by field."""
    typed: Body = {}
    errors: dict[str, str] = {}
    for setting in (one for card in editing.cards for one in card.settings):
        try:
            typed[setting.name] = setting.read(data)
        except NotANumber:
            typed[setting.name] = first(data, setting.name)
            errors[setting.name] = account.page.gettext("Enter a whole number")
    typed[LOCATIONS] = setting_fields.read_locations(data)
    typed[QUESTIONS] = setting_fields.read_questions(data, editing.body[QUESTIONS])
    typed[RANGE] = setting_fields.read_range(data)
    typed[SCHEDULE] = first(data, SCHEDULE) or None
    return typed, errors


def _seen(data: Filled) -> Body | None:
    """The settings as the form showed them; None where that can't be read."""
    try:
        found = json.loads(first(data, SEEN))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


async def _store(account: Account, editing: _Editing, wanted: Body) -> dict[str, str]:
    """Store settings; what is wrong with them, by field."""
    try:
        body = msgspec.convert(wanted, ChangeEventType)
    except msgspec.ValidationError as error:
        return {_field_of(str(error).rpartition("$.")[2].rstrip("`")): str(error).partition(" - at")[0]}
    schedule_id = _id_of(body.availability_schedule)
    try:
        async with account.conn.transaction():
            await event_type_settings.change(
                account.conn, account.principal, editing.id, body, schedule_id=schedule_id, uris=account.page.uris,
                now=account.now,
            )  # fmt: skip
    except Conflict as error:
        return {"slug": str(error)}
    except Invalid as error:
        return _by_field(error.details)
    return {}


def _id_of(uri: str | UnsetType | None) -> UUID | UnsetType | None:
    return uri if isinstance(uri, UnsetType) or uri is None else parse_id(uri.rpartition("/")[2])


def _by_field(details: Sequence[FieldError]) -> dict[str, str]:
    found: dict[str, str] = {}
    for error in details:
        found.setdefault(_field_of(error.parameter), error.message)
    return found


def _field_of(parameter: str) -> str:
    """The field of the form for a parameter of the API."""
    name, _, rest = parameter.partition("[")
    index = rest.partition("]")[0]
    if name == LOCATIONS:
        return f"l{index or 0}-kind"
    if name == QUESTIONS:
        return f"q{index or 0}-name"
    if name.startswith(RANGE):
        return "range-kind"
    return name.partition(".")[0]


def _new_form(account: Account, data: Filled, error: Invalid | None = None) -> Response[bytes]:
    page = account.page
    errors = {} if error is None else _by_field(error.details)
    kind = first(data, "kind") or "solo"
    fields = [
        Field("name", page.gettext("Name"), required=True, value=first(data, "name"), error=errors.get("name")),
        Field(
            "duration", page.gettext("Minutes"), "number", required=True, value=first(data, "duration") or "30",
            error=errors.get("duration"),
        ),
        Field(
            "kind", page.gettext("For"), "radios", required=True,
            choices=(
                Choice("solo", page.gettext("One person or party at a time"), is_chosen=kind != "group"),
                Choice("group", page.gettext("A group, in which each books a seat"), is_chosen=kind == "group"),
            ),
        ),
    ]  # fmt: skip
    context = {
        "fields": fields,
        "problems": problems(page, fields) if error else [],
        "action": page.to("/app/event-types"),
        "back": page.to("/app/event-types"),
    }
    return render(account, "event_type_new.html", "event-types", context, status=HTTP_UNPROCESSABLE if error else 200)


def _form(
    account: Account,
    editing: _Editing,
    body: Body,
    errors: Mapping[str, str] | None = None,
    *,
    theirs: Sequence[str] = (),
    status: int = 200,
) -> Response[bytes]:
    page, errors = account.page, errors or {}

    def field(setting: Setting) -> Field:
        value = body[setting.name]
        text = value if isinstance(value, str) else setting.write(value)
        return setting.field(page, text, errors.get(setting.name))

    cards = [(page.gettext(card.title), [field(one) for one in card.settings]) for card in editing.cards]
    times = setting_fields.range_fields(page, body[RANGE], errors.get("range-kind"))
    schedule = Field(
        SCHEDULE, page.gettext("Hours"), "select", value=str(body[SCHEDULE] or ""), error=errors.get(SCHEDULE),
        choices=tuple(
            Choice("" if one.is_default else page.uris.availability_schedule(one.id), one.name,
                   is_chosen=body[SCHEDULE] == (None if one.is_default else page.uris.availability_schedule(one.id)))
            for one in sorted(editing.schedules, key=lambda one: not one.is_default)
        ),
    )  # fmt: skip
    locations = [[_marked(one, errors) for one in row] for row in setting_fields.location_rows(page, body[LOCATIONS])]
    questions = [[_marked(one, errors) for one in row] for row in setting_fields.question_rows(page, body[QUESTIONS])]
    everything = [
        *(one for _, fields in cards for one in fields), schedule, *times, *(one for row in locations for one in row),
        *(one for row in questions for one in row),
    ]  # fmt: skip
    labels = {one.name: page.gettext(one.label) for card in editing.cards for one in card.settings} | {
        LOCATIONS: page.gettext("Places"), QUESTIONS: page.gettext("Questions"), RANGE: page.gettext("How far ahead"),
        SCHEDULE: page.gettext("Hours"),
    }  # fmt: skip
    context = {
        "name": editing.body["name"],
        "address": editing.address,
        "cards": cards,
        "schedule": schedule,
        "times": times,
        "locations": locations,
        "questions": questions,
        "problems": [(f"#{one.first_id}", f"{one.label}: {one.error}") for one in everything if one.error],
        "theirs": [labels[name] for name in theirs],
        "seen": json.dumps(editing.body),
        "is_saved": page.query.get("saved") == "1" and status == 200,  # noqa: PLR2004
        "action": page.to(f"/app/event-types/{editing.id}"),
        "why": page.to(f"/app/event-types/{editing.id}/why"),
        "deletion": page.to(f"/app/event-types/{editing.id}/deletion"),
        "back": page.to("/app/event-types"),
    }
    return render(account, "event_type_settings.html", "event-types", context, status=status)


def _marked(field: Field, errors: Mapping[str, str]) -> Field:
    return replace(field, error=errors[field.name]) if field.name in errors else field


def _id(text: str) -> UUID:
    known = parse_id(text)
    if known is None:
        raise NotFound("event type")
    return known
