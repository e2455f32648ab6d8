"""E-mails to the owner of a webhook subscription that fails, before and when it is disabled (rules, section 14)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Self
from uuid import UUID
from zoneinfo import ZoneInfo

from openslot.core.ids import new_id
from openslot.db import users, webhook_subscription_states
from openslot.db.pool import Conn
from openslot.db.users import User
from openslot.db.webhook_subscription_states import Unwarned
from openslot.db.webhook_subscriptions import destination_of
from openslot.i18n import languages
from openslot.i18n.formatting import Formats
from openslot.presenters.uris import Uris
from openslot.providers.mail import Message
from openslot.services import notifications, outbox
from openslot.telemetry import correlation
from openslot.wire.codec import Timestamp
from openslot.wire.webhooks import SubscriptionAlarm


@dataclass(frozen=True, kw_only=True)
class Failing:
    """A subscription that gets nothing through."""

    organization_id: UUID
    subscription_id: UUID
    creator_id: UUID | None
    callback_url: str
    since: datetime
    answer: str
    """What came of the last attempt."""

    @classmethod
    def of(cls, one: Unwarned) -> Self:
        """The same, read from the database."""
        answer = one.last_error if one.last_status is None else f"HTTP {one.last_status}"
        return cls(
            organization_id=one.organization_id,
            subscription_id=one.id,
            creator_id=one.creator_id,
            callback_url=one.callback_url,
            since=one.retry_started_at,
            answer=answer or "no answer",
        )


async def failing(conn: Conn, alarm: Failing, *, uris: Uris, now: datetime) -> None:
    """Tell the owner once that deliveries fail; again only after some got through."""
    if await webhook_subscription_states.mark_warned(conn, alarm.organization_id, alarm.subscription_id, now=now):
        await _record(conn, "webhook_subscription.failing", alarm, uris=uris, now=now)
        await _mail(conn, alarm, _about_failing, now=now)


async def disabled(conn: Conn, alarm: Failing, *, uris: Uris, now: datetime) -> None:
    """Tell the owner that nothing more is sent, and how to go on."""
    await _record(conn, "webhook_subscription.disabled", alarm, uris=uris, now=now)
    await _mail(conn, alarm, _about_disabled, now=now)


async def given_up(conn: Conn, alarm: Failing, delivery_id: UUID, *, uris: Uris, now: datetime) -> None:
    """Tell the owner that one delivery is not tried any more, while others get through."""
    await _record(conn, "webhook_subscription.delivery_failed", alarm, uris=uris, now=now)
    await _mail(conn, alarm, partial(_about_given_up, str(delivery_id)), now=now)


async def _record(conn: Conn, name: str, alarm: Failing, *, uris: Uris, now: datetime) -> None:
    await outbox.record(
        conn,
        name,
        organization_id=alarm.organization_id,
        chain_id=alarm.subscription_id,
        correlation_id=correlation.current(),
        user_ids=[] if alarm.creator_id is None else [alarm.creator_id],
        payload=SubscriptionAlarm(
            uri=uris.webhook_subscription(alarm.subscription_id),
            callback_url=alarm.callback_url,
            failing_since=Timestamp.of(alarm.since),
            last_answer=alarm.answer,
        ),
        uris=uris,
        now=now,
    )


Words = tuple[str, str]
"""A subject and a text."""


async def _mail(conn: Conn, alarm: Failing, words: "Callable[[Failing, User], Words]", *, now: datetime) -> None:
    """Write to the user who made the subscription and to the organization's owners, each in their own language."""
    owners = await users.list_owners(conn, alarm.organization_id)
    if alarm.creator_id is not None and all(one.id != alarm.creator_id for one in owners):
        creator = await users.get(conn, alarm.creator_id)
        owners += [] if creator is None else [creator]
    mails = []
    for one in owners:
        subject, text = words(alarm, one)
        mails.append(Message(id=new_id(), to=one.email, subject=subject, text=text))
    await notifications.defer_mail(conn, *mails, organization_id=alarm.organization_id, now=now)


def _about_failing(alarm: Failing, user: User) -> Words:
    _ = languages.choose(user.locale, "").translations.gettext
    return _("A webhook receiver does not accept what happens"), _(
        "Hello %(name)s,\n\n"
        "since %(since)s nothing gets through to\n\n"
        "    %(url)s\n\n"
        "The last attempt ended with: %(answer)s\n\n"
        "Nothing is lost: every delivery is tried again with growing waits. If it goes on like this for days, the"
        " subscription is disabled, and what it missed is kept. What came back so far:\n\n"
        "    openslot webhook deliveries %(id)s\n"
    ) % _facts(alarm, user)


def _about_disabled(alarm: Failing, user: User) -> Words:
    _ = languages.choose(user.locale, "").translations.gettext
    return _("A webhook subscription was disabled"), _(
        "Hello %(name)s,\n\n"
        "since %(since)s nothing got through to\n\n"
        "    %(url)s\n\n"
        "The last attempt ended with: %(answer)s\n\n"
        "The subscription is disabled now, and what happens meanwhile is kept for it. Once the receiver is mended,"
        " enable it again, and everything is delivered in order:\n\n"
        "    openslot webhook enable %(id)s\n"
    ) % _facts(alarm, user)


def _about_given_up(delivery_id: str, alarm: Failing, user: User) -> Words:
    _ = languages.choose(user.locale, "").translations.gettext
    return _("A webhook delivery was given up"), _(
        "Hello %(name)s,\n\n"
        "one delivery was refused at every attempt by\n\n"
        "    %(url)s\n\n"
        "The last attempt ended with: %(answer)s\n\n"
        "Others get through, so the subscription goes on. Once the receiver takes it, have it delivered again:\n\n"
        "    openslot webhook redeliver %(delivery)s\n"
    ) % (_facts(alarm, user) | {"delivery": delivery_id})


def _facts(alarm: Failing, user: User) -> dict[str, str]:
    formats = Formats.of(languages.choose(user.locale, ""), ZoneInfo(user.timezone))
    since = f"{formats.full_date(formats.day(alarm.since))}, {formats.time(alarm.since)}"
    return {
        "name": user.name, "since": since, "url": destination_of(alarm.callback_url), "answer": alarm.answer,
        "id": str(alarm.subscription_id),
    }  # fmt: skip
