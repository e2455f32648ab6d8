"""Small makers of test data: explicit keywords, sensible values for the rest."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx

from openslot.core.ids import new_id
from openslot.core.routing import Condition, Destination, Route
from openslot.db import event_types, routing_forms
from openslot.db.event_type_hosts import NewHost
from openslot.db.event_types import NewEventType
from openslot.db.pool import Conn
from openslot.db.routing_forms import RoutingForm
from openslot.db.users import User
from openslot.db.webhook_subscriptions import WebhookSubscription
from openslot.presenters.uris import Uris
from openslot.security.outbound import OutboundPolicy
from openslot.security.vault import Vault
from openslot.services import access, access_tokens, accounts, grouping, routing
from openslot.services.access import Principal
from openslot.services.accounts import NewMember
from openslot.services.booking import booking
from openslot.services.booking.command import Booked, Booking
from openslot.services.grouping import Wanted
from openslot.services.routing import Submission
from openslot.services.webhooks import subscriptions
from openslot.services.webhooks.subscriptions import Wanted as WantedSubscription
from openslot.wire.common import Tracking
from openslot.wire.routing_forms import CustomMessage, RoutingQuestionSetting

_numbers = itertools.count(1)

PAGES = "https://book.example"
API = f"{PAGES}/api/v2"
URIS = Uris(PAGES, API)


@dataclass(frozen=True)
class Member:
    """A user with a token."""

    user: User
    token: str

    @property
    def id(self) -> UUID:
        return self.user.id

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True)
class Organization:
    """An organization with one member in each role; the owner has a 30-minute event type."""

    id: UUID
    owner: Member
    admin: Member
    member: Member
    event_type_id: UUID
    marker: str = field(default="")

    @property
    def headers(self) -> dict[str, str]:
        return self.owner.headers


async def make_member(conn: Conn, organization_id: UUID, *, role: str, now: datetime, name: str = "") -> Member:
    number = next(_numbers)
    unique = f"{role}-{number}-{new_id().hex[:8]}"
    member = NewMember(
        name=name or f"{role.title()} {number}", email=f"{unique}@example.com", timezone="Europe/Rome", role=role
    )
    user = await accounts.add_member(conn, organization_id, member, now=now)
    return Member(user, await access_tokens.issue(conn, user, name="test", now=now))


async def make_organization(conn: Conn, *, now: datetime) -> Organization:
    organization_id = await accounts.create_organization(conn, "Kiln & Co", now=now)
    owner, admin, member = [
        await make_member(conn, organization_id, role=role, now=now) for role in ("owner", "admin", "user")
    ]
    event_type_id = await make_event_type(conn, owner.user, now=now)
    return Organization(organization_id, owner, admin, member, event_type_id)


async def make_event_type(
    conn: Conn, host: User, *, now: datetime, hosts: Sequence[UUID | NewHost] | None = None, **values: Any
) -> UUID:
    """An event type of ``host``: 30 minutes on a 30-minute grid, no notice, no buffers, unless ``values`` differ.

    ``hosts`` are those who serve it, where it is not ``host`` alone.
    """
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "name": f"Kiln tour {number}",
        "slug": f"kiln-tour-{number}",
        "duration_minutes": 30,
        "notice_minutes": 0,
        "range_kind": "indefinite",
        "range_days": None,
    }
    new = NewEventType(id=new_id(), organization_id=host.organization_id, owner_id=host.id, **(defaults | values))
    await event_types.insert(conn, new, hosts=[host.id] if hosts is None else hosts, now=now)
    return new.id


async def make_group(
    conn: Conn,
    organization: Organization,
    *,
    now: datetime,
    name: str = "",
    admins: Sequence[Member] = (),
    members: Sequence[Member] = (),
) -> UUID:
    """A group with these admins and members."""
    wanted = [Wanted(one.id, role) for role, listed in (("admin", admins), ("member", members)) for one in listed]
    principal = await principal_of(conn, organization.owner, now=now)
    async with conn.transaction():
        made = await grouping.create(conn, principal, name or f"Group {next(_numbers)}", wanted, now=now)
    return made.id


async def make_routing_form(
    conn: Conn, organization: Organization, *, now: datetime, status: str = "published"
) -> RoutingForm:
    """A form whose second answer leads to an event type, an external page, or a message."""
    need = str(new_id())
    form = RoutingForm(
        id=new_id(),
        organization_id=organization.id,
        name="How can we help?",
        status=status,
        questions=[
            RoutingQuestionSetting(str(new_id()), "Work e-mail", "email", True, None),
            RoutingQuestionSetting(need, "What do you need?", "radios", True, ["Meeting", "Docs", "Job"]),
            RoutingQuestionSetting(str(new_id()), "Anything else?", "textarea", False, None),
        ],
        routes=[
            Route([Condition(need, ["Meeting"])], Destination(event_type_id=organization.event_type_id)),
            Route([Condition(need, ["Docs"])], Destination(external_url="https://example.com/docs")),
        ],
        fallback=Destination(custom_message=CustomMessage("Thank you", "We will write to you.")),
        created_at=now,
        updated_at=now,
    )
    await routing_forms.insert(conn, form)
    return form


def booking_body(event_type_uri: str, start_time: str, **changes: object) -> dict[str, Any]:
    """A body of POST /invitees for an event type without location and questions."""
    return {
        "event_type": event_type_uri,
        "start_time": start_time,
        "invitee": {"name": "Ada Example", "email": "ada@example.org", "timezone": "Europe/Rome"},
    } | changes


@dataclass(frozen=True)
class Caller:
    """A caller of the API; paths are what comes after ``/api/v2``."""

    http: httpx.AsyncClient
    headers: Mapping[str, str]

    async def get(self, path: str, params: Mapping[str, Any] | None = None) -> httpx.Response:
        return await self.http.get(API + path, params=params, headers=self.headers)

    async def post(self, path: str, body: object = None) -> httpx.Response:
        return await self.http.post(API + path, json=body, headers=self.headers)

    async def delete(self, path: str, body: object = None) -> httpx.Response:
        return await self.http.request("DELETE", API + path, json=body, headers=self.headers)

    async def patch(self, path: str, body: object) -> httpx.Response:
        return await self.http.patch(API + path, json=body, headers=self.headers)

    async def put(self, path: str, body: object) -> httpx.Response:
        return await self.http.put(API + path, json=body, headers=self.headers)


async def make_token(
    conn: Conn,
    member: Member,
    *,
    now: datetime,
    scopes: Sequence[str] | None = None,
    expires_at: datetime | None = None,
) -> Member:
    """The same user with another token."""
    token = await access_tokens.issue(
        conn,
        member.user,
        name="another",
        now=now,
        scopes=None if scopes is None else list(scopes),
        expires_at=expires_at,
    )
    return Member(member.user, token)


async def principal_of(conn: Conn, member: Member, *, now: datetime) -> Principal:
    """The member as services see a caller."""
    return await access.authenticate(conn, member.token, now=now)


def booking_of(organization: Organization, start_time: datetime, **values: Any) -> Booking:
    """A booking of the organization's event type by Ada, unless ``values`` differ."""
    defaults: dict[str, Any] = {
        "organization_id": organization.id,
        "event_type_id": organization.event_type_id,
        "start_time": start_time,
        "name": "Ada Example",
        "email": "ada@example.org",
        "timezone": "Europe/Rome",
    }
    return Booking(**(defaults | values))


async def make_booking(
    conn: Conn, organization: Organization, start_time: datetime, *, now: datetime, **values: Any
) -> Booked:
    """A stored booking."""
    async with conn.transaction():
        return await booking.book(conn, booking_of(organization, start_time, **values), uris=URIS, now=now)


async def make_submission(
    conn: Conn, form: RoutingForm, *, now: datetime, need: str = "Meeting", tracking: Tracking | None = None
) -> Submission:
    """A stored submission of a form of ``make_routing_form``."""
    email, choice, _ = (question.uuid for question in form.questions)
    answers = {email: "ada@example.org", choice: need}
    async with conn.transaction():
        return await routing.submit(conn, form.id, answers, tracking or Tracking(), uris=URIS, now=now)


async def make_subscription(
    conn: Conn,
    member: Member,
    *,
    vault: Vault,
    now: datetime,
    events: Sequence[str] = ("invitee.created", "invitee.canceled"),
    scope: str = "organization",
    url: str = "https://hooks.example/receiver",
    signing_key: str | None = None,
    group_id: UUID | None = None,
    outbound: OutboundPolicy | None = None,
    event_type_ids: list[UUID] | None = None,
) -> WebhookSubscription:
    """A stored subscription of the member's."""
    wanted = WantedSubscription(
        url=url,
        events=list(events),
        scope=scope,
        user_id=member.id if scope == "user" else None,
        group_id=group_id,
        signing_key=signing_key,
        event_type_ids=event_type_ids,
    )
    return await subscriptions.subscribe(
        conn,
        await principal_of(conn, member, now=now),
        wanted,
        vault=vault,
        outbound=outbound or OutboundPolicy(),
        now=now,
    )
