"""Imports a routing form from a file's content: a new one, or another content for one that is there."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from openslot.core.choices import choice_meant, tidy_choices
from openslot.core.errors import Conflict, FieldError, Invalid
from openslot.core.ids import new_id
from openslot.core.routing import Condition, Destination, Route
from openslot.db import event_types, routing_forms
from openslot.db.pool import Conn
from openslot.db.routing_forms import RoutingForm
from openslot.wire.characters import one_line
from openslot.wire.routing_form_files import DestinationInFile, QuestionInFile, RouteInFile, RoutingFormFile
from openslot.wire.routing_forms import RoutingQuestionSetting

WITH_CHOICES = frozenset({"select", "radios"})
WEB = ("https://", "http://")


async def import_form(
    conn: Conn, organization_id: UUID, content: RoutingFormFile, *, replace: bool, now: datetime
) -> RoutingForm:
    """Store a form. ``replace``: one of the same name gets the new content, and its links and submissions stay.

    Questions of the same name stay the same questions.

    Raises:
        Invalid: questions, routes or destinations that fit nothing; all are named.
        Conflict: there is a form of this name, and it is not to be replaced.
    """
    wrong: list[FieldError] = []
    name = one_line(content.name)
    before = await routing_forms.get_by_name(conn, organization_id, name)
    if before is not None and not replace:
        raise Conflict(f"there is a routing form {name!r} already: use --replace to change it")
    questions = _questions(content.questions, [] if before is None else before.questions, wrong)
    routes = [
        Route(
            _conditions(route, index, questions, wrong),
            await _destination(conn, organization_id, route.to, f"routes[{index}].to", wrong),
        )
        for index, route in enumerate(content.routes)
    ]
    fallback = await _destination(conn, organization_id, content.otherwise, "otherwise", wrong)
    if wrong:
        raise Invalid(*wrong)
    form = RoutingForm(
        id=new_id() if before is None else before.id,
        organization_id=organization_id,
        name=name,
        status=content.status,
        questions=list(questions.values()),
        routes=routes,
        fallback=fallback,
        created_at=now if before is None else before.created_at,
        updated_at=now,
    )
    await (routing_forms.insert if before is None else routing_forms.update)(conn, form)
    return form


def _questions(
    wanted: Sequence[QuestionInFile], before: Sequence[RoutingQuestionSetting], wrong: list[FieldError]
) -> dict[str, RoutingQuestionSetting]:
    """The questions by name."""
    ids = {one.name: one.uuid for one in before}
    found: dict[str, RoutingQuestionSetting] = {}
    for index, one in enumerate(wanted):
        name, choices = one_line(one.name), tidy_choices(one.choices)
        if not name or name in found:
            wrong.append(FieldError(f"questions[{index}].name", "must be another name than those before"))
        if bool(choices) != (one.type in WITH_CHOICES):
            wrong.append(FieldError(f"questions[{index}].choices", "are for select and radios, which need some"))
        if one.hidden and one.required:
            wrong.append(FieldError(f"questions[{index}].required", "must be false for a hidden question"))
        found[name] = RoutingQuestionSetting(
            ids.get(name, str(new_id())), name, one.type, one.required, choices or None, one.hidden
        )
    return found


def _conditions(
    route: RouteInFile, index: int, questions: Mapping[str, RoutingQuestionSetting], wrong: list[FieldError]
) -> list[Condition]:
    found = []
    if not route.when:
        wrong.append(FieldError(f"routes[{index}].when", "must name an answer; what always applies is 'otherwise'"))
    for name, answers in route.when.items():
        question = questions.get(one_line(name))
        equals = [answers] if isinstance(answers, str) else answers
        if question is None:
            wrong.append(FieldError(f"routes[{index}].when", f"{name!r} is no question of the form"))
            continue
        choices = question.answer_choices
        strange = [one for one in equals if choices is not None and choice_meant(one, choices) is None]
        wrong += [FieldError(f"routes[{index}].when", f"{one!r} is no choice of {name!r}") for one in strange]
        found.append(Condition(question.uuid, equals))
    return found


async def _destination(
    conn: Conn, organization_id: UUID, wanted: DestinationInFile, where: str, wrong: list[FieldError]
) -> Destination:
    given = [one for one in (wanted.event_type, wanted.url, wanted.message) if one is not None]
    if len(given) != 1:
        wrong.append(FieldError(where, "must have one of event_type, url and message"))
    if wanted.url is not None and not wanted.url.startswith(WEB):
        wrong.append(FieldError(f"{where}.url", "must begin with https:// or http://"))
    if wanted.event_type is None:
        return Destination(external_url=wanted.url, custom_message=wanted.message)
    owner, _, slug = wanted.event_type.strip("/").rpartition("/")
    found = await event_types.get_by_slugs(conn, owner, slug)
    if found is None or found.organization_id != organization_id:
        wrong.append(FieldError(f"{where}.event_type", f"{wanted.event_type!r} is no event type of the organization"))
        return Destination()
    return Destination(event_type_id=found.id)
