"""A demo organization: three hosts in three zones, event types of different shapes, a routing form."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from openslot.core.ids import new_id
from openslot.core.kinds import Kind, Pooling
from openslot.core.routing import Condition, Destination, Route
from openslot.db import event_types, routing_forms, users
from openslot.db.event_types import NewEventType
from openslot.db.pool import Conn
from openslot.db.routing_forms import RoutingForm
from openslot.db.users import User
from openslot.services import access_tokens, accounts
from openslot.services.accounts import NewMember
from openslot.wire.event_types import CustomQuestion, LocationConfiguration
from openslot.wire.routing_forms import CustomMessage, RoutingQuestionSetting

OWNER_EMAIL = "ada@demo.example"
_HOSTS = [
    NewMember(name="Ada Lovelace", email=OWNER_EMAIL, timezone="Europe/Rome", role="owner"),
    NewMember(name="Somchai Jaidee", email="somchai@demo.example", timezone="Asia/Bangkok", role="user"),
    NewMember(name="Grace Hopper", email="grace@demo.example", timezone="America/New_York", role="admin"),
]


async def ensure(conn: Conn, *, now: datetime) -> User:
    """The demo organization's owner; everything is made at the first call."""
    owner = await users.get_by_email(conn, OWNER_EMAIL)
    if owner is not None:
        return owner
    organization_id = await accounts.create_organization(conn, "Demo", now=now)
    ada, somchai, grace = [await accounts.add_member(conn, organization_id, one, now=now) for one in _HOSTS]
    intro = await _intro_call(conn, ada, now)
    await _kiln_visit(conn, ada, now)
    await _quick_question(conn, somchai, now)
    await _code_review(conn, grace, now)
    await _glaze_class(conn, ada, now)
    await _talk_to_the_team(conn, [ada, somchai, grace], now)
    await _routing_form(conn, organization_id, intro, now)
    return ada


async def issue_token(conn: Conn, owner: User, *, now: datetime) -> str:
    """A token of the demo's owner."""
    return await access_tokens.issue(conn, owner, name="demo", now=now)


async def _intro_call(conn: Conn, host: User, now: datetime) -> UUID:
    """The plainest shape: no location, no questions."""
    new = NewEventType(
        id=new_id(),
        organization_id=host.organization_id,
        owner_id=host.id,
        name="Intro call",
        slug="intro-call",
        duration_minutes=30,
        color="#0b6e4f",
        description_plain="Half an hour to get to know each other.",
        notice_minutes=60,
    )
    await event_types.insert(conn, new, hosts=[host.id], now=now)
    return new.id


async def _kiln_visit(conn: Conn, host: User, now: datetime) -> None:
    """A place, buffers on both sides, questions of every type."""
    new = NewEventType(
        id=new_id(),
        organization_id=host.organization_id,
        owner_id=host.id,
        name="Workshop visit",
        slug="workshop-visit",
        duration_minutes=60,
        color="#b35900",
        description_plain="See the kiln and choose your tiles.",
        position=1,
        locations=[LocationConfiguration("physical", "4 Brickyard Lane, Rome", "Ring twice")],
        custom_questions=[
            CustomQuestion("How many visitors?", "string", 0, True, True, [], False),
            CustomQuestion("What would you like to see?", "multi_select", 1, True, False, ["Kiln", "Shop"], True),
            CustomQuestion("How did you hear of us?", "single_select", 2, True, False, ["A friend", "Search"], False),
            CustomQuestion("A number to reach you on the day", "phone_number", 3, True, False, [], False),
            CustomQuestion("Anything else?", "text", 4, True, False, [], False),
        ],
        buffer_before_minutes=15,
        buffer_after_minutes=30,
        notice_minutes=24 * 60,
        increment_minutes=60,
    )
    await event_types.insert(conn, new, hosts=[host.id], now=now)


async def _quick_question(conn: Conn, host: User, now: datetime) -> None:
    """A choice of locations, one of which the invitee fills in; short steps."""
    new = NewEventType(
        id=new_id(),
        organization_id=host.organization_id,
        owner_id=host.id,
        name="Quick question",
        slug="quick-question",
        duration_minutes=15,
        color="#6741d9",
        description_plain="Fifteen minutes by phone, or wherever you like.",
        notice_minutes=30,
        increment_minutes=15,
        locations=[
            LocationConfiguration("outbound_call"),
            LocationConfiguration("inbound_call", phone_number="+6625550123"),
            LocationConfiguration("ask_invitee"),
        ],
    )
    await event_types.insert(conn, new, hosts=[host.id], now=now)


async def _code_review(conn: Conn, host: User, now: datetime) -> None:
    """A custom location and a required question with several lines."""
    new = NewEventType(
        id=new_id(),
        organization_id=host.organization_id,
        owner_id=host.id,
        name="Code review",
        slug="code-review",
        duration_minutes=45,
        color="#c2255c",
        description_plain="Bring a change, leave with fewer lines.",
        locations=[LocationConfiguration("custom", "A link is sent the day before")],
        custom_questions=[CustomQuestion("Which change?", "text", 0, True, True, [], False)],
        buffer_after_minutes=15,
    )
    await event_types.insert(conn, new, hosts=[host.id], now=now)


async def _glaze_class(conn: Conn, host: User, now: datetime) -> None:
    """A group: eight seats in the same event."""
    new = NewEventType(
        id=new_id(),
        organization_id=host.organization_id,
        owner_id=host.id,
        name="Glaze class",
        slug="glaze-class",
        kind=Kind.GROUP,
        seats=8,
        duration_minutes=90,
        color="#0c8599",
        description_plain="Mix, dip and fire with seven others.",
        position=2,
        increment_minutes=90,
        locations=[LocationConfiguration("physical", "4 Brickyard Lane, Rome")],
    )
    await event_types.insert(conn, new, hosts=[host.id], now=now)


async def _talk_to_the_team(conn: Conn, hosts: Sequence[User], now: datetime) -> None:
    """A round robin of three time zones, with durations to choose from."""
    new = NewEventType(
        id=new_id(),
        organization_id=hosts[0].organization_id,
        owner_id=hosts[0].id,
        name="Talk to the team",
        slug="talk-to-the-team",
        pooling_type=Pooling.ROUND_ROBIN,
        duration_minutes=30,
        duration_options=[15, 30, 60],
        color="#5f3dc4",
        description_plain="Whoever of us is free.",
        position=3,
        increment_minutes=15,
    )
    await event_types.insert(conn, new, hosts=[host.id for host in hosts], now=now)


async def _routing_form(conn: Conn, organization_id: UUID, intro: UUID, now: datetime) -> None:
    """One form with the three kinds of results."""
    size = str(new_id())
    form = RoutingForm(
        id=new_id(),
        organization_id=organization_id,
        name="How can we help?",
        status="published",
        questions=[
            RoutingQuestionSetting(str(new_id()), "Your name", "name", True, None),
            RoutingQuestionSetting(str(new_id()), "Work e-mail", "email", True, None),
            RoutingQuestionSetting(
                size, "What do you need?", "radios", True, ["A meeting", "The documentation", "A job"]
            ),
        ],
        routes=[
            Route([Condition(size, ["A meeting"])], Destination(event_type_id=intro)),
            Route([Condition(size, ["The documentation"])], Destination(external_url="https://example.com/docs")),
        ],
        fallback=Destination(
            custom_message=CustomMessage("Thank you", "We read every message and answer within two days.")
        ),
        created_at=now,
        updated_at=now,
    )
    await routing_forms.insert(conn, form)
