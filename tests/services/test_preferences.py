"""How a host's days and weeks are reckoned, and the organization's. Source: ADR 0029."""

from typing import Any

import pytest

from conftest import Clock
from factories import Organization, principal_of
from openslot.core.errors import FieldError, Invalid
from openslot.core.holidays import list_names
from openslot.core.ids import new_id
from openslot.db import former_slugs, organizations, users
from openslot.db.pool import Conn
from openslot.db.users import Preferences
from openslot.services import preferences
from openslot.wire.availability_schedules import Hours
from openslot.wire.preferences import ChangeHostPreferences, ChangeOrganizationPreferences
from services.conftest import refusal_of

EVENINGS: list[dict[str, Any]] = [{"type": "wday", "wday": "tuesday", "intervals": [{"from": "18:00", "to": "21:00"}]}]


async def test_what_is_set_changes_and_the_rest_stays(conn: Conn, organization: Organization, clock: Clock) -> None:
    member = await principal_of(conn, organization.member, now=clock.now)
    worked = list_names("IT", clock.now.year)[0]
    wanted = ChangeHostPreferences(
        week_start="sunday",
        holiday_region="IT",
        worked_holidays=[worked],
        availability=Hours("Asia/Bangkok", EVENINGS),
    )

    changed = await preferences.change_user(
        conn,
        member,
        member.user.id,
        wanted,
        hosts_for=[organization.admin.id, organization.id, organization.admin.id],
        now=clock.now,
    )
    again = await preferences.change_user(conn, member, member.user.id, ChangeHostPreferences(), now=clock.now)

    assert changed == Preferences(
        slug=organization.member.user.slug,
        timezone="Europe/Rome",
        week_start=6,
        holiday_region="IT",
        worked_holidays=[worked],
        schedule_timezone="Asia/Bangkok",
        schedule_rules=EVENINGS,
        hosts_for=[organization.admin.id, organization.id],
    )
    assert again == changed


async def test_every_wrong_preference_is_named_and_nothing_changes(
    conn: Conn, organization: Organization, elsewhere: Organization, clock: Clock
) -> None:
    member = await principal_of(conn, organization.member, now=clock.now)
    before = await preferences.of_user(conn, member, member.user.id)
    wanted = ChangeHostPreferences(
        slug="-",
        timezone="Mars/Base",
        week_start="sunday",
        holiday_region="IT",
        worked_holidays=["Moon Day"],
        availability=Hours("UTC", [{"type": "moon"}]),
    )
    with pytest.raises(Invalid) as refused:
        await preferences.change_user(
            conn,
            member,
            member.user.id,
            wanted,
            hosts_for=[organization.admin.id, elsewhere.owner.id],
            now=clock.now,
        )
    with pytest.raises(Invalid) as no_region:
        await preferences.change_user(
            conn, member, member.user.id, ChangeHostPreferences(holiday_region="XX"), now=clock.now
        )

    assert [one.parameter for one in refused.value.details] == [
        "worked_holidays[0]",
        "slug",
        "timezone",
        "availability",
        "hosts_for[1]",
    ]
    assert no_region.value.details == (
        FieldError("holiday_region", "is not a known country or region, such as IT or US-CA"),
    )
    assert await preferences.of_user(conn, member, member.user.id) == before


async def test_a_page_s_old_address_leads_to_the_new_one_and_is_nobody_else_s(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    member, owner = [await principal_of(conn, one, now=clock.now) for one in (organization.member, organization.owner)]
    old, new = member.user.slug, f"ada-{new_id().hex}"
    await preferences.change_user(conn, member, member.user.id, ChangeHostPreferences(slug=new.upper()), now=clock.now)

    refusals = [
        await refusal_of(
            preferences.change_user(conn, owner, owner.user.id, ChangeHostPreferences(slug=slug), now=clock.now)
        )
        for slug in (old, new, "api")
    ]

    assert await former_slugs.find_page(conn, old) == new
    assert refusals == [f"Conflict: the page /{slug} is, or was, somebody else's" for slug in (old, new, "api")]
    assert await preferences.change_user(
        conn, member, member.user.id, ChangeHostPreferences(slug=old), now=clock.now
    ) == await users.get_preferences(conn, member.user.id)
    assert await former_slugs.find_page(conn, new) == old


async def test_the_organization_s_preferences_are_changed_by_admins(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    admin, member = [await principal_of(conn, one, now=clock.now) for one in (organization.admin, organization.member)]
    wanted = ChangeOrganizationPreferences(timezone="Asia/Bangkok", week_start="sunday")

    changed = await preferences.change_organization(conn, admin, wanted, now=clock.now)
    refusals = [
        await refusal_of(preferences.change_organization(conn, caller, change, now=clock.now))
        for caller, change in ((member, wanted), (admin, ChangeOrganizationPreferences(timezone="Mars/Base")))
    ]

    assert changed == organizations.Preferences("Asia/Bangkok", 6, None)
    assert refusals == [
        "Forbidden: You do not have permission",
        "Invalid: timezone is not an IANA time zone, such as Europe/Rome",
    ]
    assert await preferences.of_organization(conn, organization.id) == changed
