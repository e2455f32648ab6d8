"""Invitees: listing, reading, and booking over the API."""

from contextlib import suppress
from dataclasses import replace
from typing import Literal, TypeVar
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from openslot.api.calls import Call, ThisCall
from openslot.api.decoding import draft_of, path_id, query_of, uri_id
from openslot.api.errors import to_response
from openslot.api.pagination import PageQuery, by_creation, page_request, paged
from openslot.api.replies import CREATED, resource
from openslot.api.scheduled_events import visible_event
from openslot.api.shapes import unrelated
from openslot.core.errors import Invalid, NotFound
from openslot.core.ids import new_id
from openslot.db import invitees
from openslot.edges import AnyRequest
from openslot.presenters import invitees as present
from openslot.services import serving
from openslot.services.booking import book_or_request, form
from openslot.services.booking.book_or_request import Refused
from openslot.services.booking.command import Booking, GivenAnswer
from openslot.wire.common import Tracking
from openslot.wire.invitees import CreateInvitee

B = TypeVar("B", bound=CreateInvitee)

SORTING = by_creation("invitees")


class ListInvitees(PageQuery, kw_only=True):
    """Source: GET /scheduled_events/{uuid}/invitees."""

    status: Literal["active", "canceled"] | None = None
    email: str | None = None


@get("/scheduled_events/{uuid:str}/invitees", scope="scheduled_events:read")
async def list_event_invitees(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """For hosts, admins and owners."""
    query = await query_of(request, ListInvitees)
    event = await visible_event(call, uuid)
    page = await invitees.list_page(
        call.conn,
        call.organization_id,
        event.id,
        page_request(query, SORTING),
        status=query.status,
        email=query.email,
    )
    path = f"/scheduled_events/{event.id}/invitees"
    return paged(request, call.uris, path, query, page, lambda row: present.invitee(row, call.uris))


@get("/scheduled_events/{event_uuid:str}/invitees/{invitee_uuid:str}", scope="scheduled_events:read")
async def get_event_invitee(call: ThisCall, event_uuid: FromPath[str], invitee_uuid: FromPath[str]) -> Response[bytes]:
    """For hosts, admins and owners.

    Raises:
        NotFound: no such invitee of the event.
    """
    event = await visible_event(call, event_uuid, "You do not have permission to view this event")
    found = await invitees.get(call.conn, call.organization_id, path_id(invitee_uuid, "invitee"))
    if found is None or found.scheduled_event_id != event.id:
        raise NotFound("invitee")
    return resource(present.invitee(found, call.uris))


@post("/invitees", scope="scheduled_events:write")
async def create_event_invitee(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Books a slot. Source: behaviours, section 10."""
    _, wanted = await wanted_booking(call, request, CreateInvitee)
    return await take(call, wanted)


async def take(call: Call, wanted: Booking) -> Response[bytes]:
    """Book; the response is the invitee."""
    outcome = await book_or_request.as_member(call.conn, call.principal, wanted, uris=call.uris, now=call.now)
    if isinstance(outcome, Refused):
        return to_response(outcome.reason)  # not raised, which would undo the record of what is owed
    call.rates.count_taking(call.principal, [host.user_id for host in outcome.event.hosts], now=call.real_now)
    return resource(present.invitee(outcome.invitee, call.uris), status=CREATED)


async def wanted_booking(call: Call, request: AnyRequest, kind: type[B]) -> tuple[B, Booking]:
    """The body of a booking, and the command that it stands for.

    Raises:
        Invalid: some fields can't be read or, as far as the others show, would be refused; each is named.
    """
    body, wrong = await draft_of(request, kind)
    if body is None:
        raise form.invalid_booking(wrong)
    errors = list(wrong)
    event_type_id = None
    try:
        event_type_id = uri_id(body.event_type, "event_types", "event_type")
    except Invalid as exc:
        errors += unrelated(exc.details, errors)
    wanted = _command(body, event_type_id or new_id(), call)
    if not errors:
        return body, wanted  # the rest is checked when it is booked
    if any(one.parameter.partition(".")[0] == "location" for one in wrong):
        wanted = replace(wanted, location=None)
    try:
        await _check(call, wanted, is_named=event_type_id is not None)
    except Invalid as exc:
        errors += unrelated(exc.details, errors)
    raise form.invalid_booking(errors)


async def _check(call: Call, wanted: Booking, *, is_named: bool) -> None:
    """Check what was filled in by the rules of the event type, or by those of all where it is not known."""
    with suppress(NotFound):
        if is_named:
            form.check(await serving.find(call.conn, call.organization_id, wanted.event_type_id), wanted)
            return
    form.check(form.UnknownForm(), replace(wanted, location=None, answers=()))


def _command(body: CreateInvitee, event_type_id: UUID, call: Call) -> Booking:
    invitee, tracking = body.invitee, body.tracking
    return Booking(
        organization_id=call.organization_id,
        event_type_id=event_type_id,
        start_time=body.start_time,
        email=invitee.email,
        timezone=invitee.timezone,
        name=invitee.name,
        first_name=invitee.first_name,
        last_name=invitee.last_name,
        text_reminder_number=invitee.text_reminder_number,
        location=body.location,
        answers=[GivenAnswer(one.question, one.answer, one.position) for one in body.questions_and_answers],
        tracking=(
            Tracking()
            if tracking is None
            else Tracking(**{name: getattr(tracking, name) for name in Tracking.__struct_fields__})
        ),
        guests=body.event_guests,
        scheduling_method="api",
        scheduled_by_id=call.user_id,
    )


HANDLERS = [list_event_invitees, get_event_invitee, create_event_invitee]
