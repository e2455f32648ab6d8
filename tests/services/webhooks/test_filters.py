"""Which event types a webhook subscription may be narrowed down to. Source: webhooks, section 8."""

from conftest import Clock
from factories import Organization, make_event_type, principal_of
from openslot.core.errors import FieldError, Invalid
from openslot.core.ids import new_id
from openslot.db.pool import Conn
from openslot.services.webhooks import filters
from services.conftest import refusal_of

CREATED = ["invitee.created"]


async def test_members_name_event_types_that_they_own_or_serve_and_admins_any(
    conn: Conn, organization: Organization, elsewhere: Organization, clock: Clock
) -> None:
    own = await make_event_type(conn, organization.member.user, now=clock.now)
    served = await make_event_type(
        conn,
        organization.owner.user,
        now=clock.now,
        pooling_type="round_robin",
        hosts=[organization.owner.id, organization.member.id],
    )
    named = [own, organization.event_type_id, served, elsewhere.event_type_id, new_id()]

    details = {}
    for caller in (organization.admin, organization.member):
        principal = await principal_of(conn, caller, now=clock.now)
        try:
            await filters.check(conn, principal, named, CREATED)
        except Invalid as exc:
            details[principal.user.role] = exc.details

    unknown = [FieldError(f"event_types[{index}]", "is not a known event type") for index in range(5)]
    assert details == {"admin": (unknown[3], unknown[4]), "user": (unknown[1], unknown[3], unknown[4])}


async def test_events_about_no_event_type_go_with_all_event_types_alone(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    principal = await principal_of(conn, organization.owner, now=clock.now)
    events = ["routing_form_submission.created", "contact.created", *CREATED, "contact.created"]

    refusals = [
        await refusal_of(filters.check(conn, principal, event_type_ids, events))
        for event_type_ids in (None, [organization.event_type_id])
    ]

    assert refusals == [
        None,
        (
            "Invalid: event_types contact.created is about no event type;"
            " event_types routing_form_submission.created is about no event type"
        ),
    ]


async def test_what_was_named_before_is_not_looked_up_again(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    principal = await principal_of(conn, organization.owner, now=clock.now)

    assert await refusal_of(filters.check(conn, principal, [new_id()], CREATED, known=True)) is None
    assert (
        await refusal_of(filters.check(conn, principal, [new_id()], ["contact.created"], known=True))
        == "Invalid: event_types contact.created is about no event type"
    )
