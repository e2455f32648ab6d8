"""``openslot user``: adds, invites, lists, changes and deactivates the members of an organization."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import click
from msgspec import UNSET

from openslot.cli.database import load_settings
from openslot.cli.organization import organization_option, the_organization
from openslot.cli.output import print_json, print_table
from openslot.cli.pictures import file_argument, print_picture, read_upload, remove_option
from openslot.cli.transactions import data_dir_option, in_transaction, json_option
from openslot.cli.values import read_values
from openslot.config import Settings
from openslot.core.errors import FieldError, Invalid
from openslot.db import memberships, sandboxes
from openslot.db.pool import Conn
from openslot.presenters import organizations as present
from openslot.presenters import pictures as present_pictures
from openslot.presenters import preferences as present_preferences
from openslot.presenters.uris import Uris
from openslot.services import (
    access,
    access_tokens,
    accounts,
    inviting,
    membership,
    passwords,
    pictures,
    preferences,
    sign_in_links,
)
from openslot.services.accounts import NewMember
from openslot.wire.pictures import Picture
from openslot.wire.preferences import ChangeHostPreferences, HostPreferences
from openslot.wire.users import OrganizationMembership

Role = Literal["admin", "user"]


@click.group()
def user() -> None:
    """The members of an organization."""


@user.command()
@click.option("--name", required=True, help="Full name.")
@click.option("--email", required=True, help="E-mail address; no other user has it.")
@click.option("--timezone", default="UTC", show_default=True, help="IANA time zone, such as Europe/Rome.")
@click.option("--role", type=click.Choice(["user", "admin"]), default="user", show_default=True)
@organization_option
@data_dir_option
@json_option
def add(  # noqa: PLR0917 -- one argument per option
    name: str,
    email: str,
    timezone: str,
    role: Role,
    organization: str | None,
    data_dir: Path | None,
    as_json: bool,  # noqa: FBT001 -- click passes it by name
) -> None:
    """Add a user with working hours, a 30-minute event type and a token."""
    member = NewMember(name=name, email=email, timezone=timezone, role=role)

    async def work(conn: Conn, settings: Settings) -> dict[str, str]:
        found = await the_organization(conn, organization)
        now = await sandboxes.clock(conn, found.id, datetime.now(UTC))
        made = await accounts.add_member(conn, found.id, member, now=now)
        uris = Uris(settings.base_url, settings.api_url)
        await accounts.add_first_event_type(conn, made, uris=uris, now=now)
        token = await access_tokens.issue(conn, made, name="openslot user add", now=now)
        return {"user": uris.user(made.id), "scheduling_url": uris.profile_page(made.slug), "token": token}

    made = in_transaction(load_settings(data_dir=data_dir), work)
    if as_json:
        print_json(made)
        return
    click.echo(f"User          {made['user']}\nBooking page  {made['scheduling_url']}")
    click.echo(f"Token         {made['token']}\n\nKeep the token: it is shown only now.")


@user.command()
@click.argument("email")
@click.option("--role", type=click.Choice(["user", "admin"]), default="user", show_default=True)
@organization_option
@data_dir_option
@json_option
def invite(email: str, role: Role, organization: str | None, data_dir: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """Invite somebody by mail, also who was deactivated. The link is printed too, and works for 30 days."""

    async def work(conn: Conn, settings: Settings) -> dict[str, str]:
        operator = await access.operator(conn, (await the_organization(conn, organization)).id)
        uris = Uris(settings.base_url, settings.api_url)
        sent = await inviting.invite(conn, operator, email, role=role, uris=uris, now=datetime.now(UTC))
        invitation = sent.invitation
        return {
            "invitation": uris.organization_invitation(invitation.organization_id, invitation.id),
            "link": sent.link,
        }

    made = in_transaction(load_settings(data_dir=data_dir), work)
    if as_json:
        print_json(made)
        return
    click.echo(f"Invitation  {made['invitation']}\nLink        {made['link']}")
    click.echo("\nThe link is shown only here and in the mail. Whoever has it can accept within 30 days.")


@user.command("list")
@organization_option
@data_dir_option
@json_option
def list_users(organization: str | None, data_dir: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """List the members of an organization, the oldest first."""

    async def work(conn: Conn, settings: Settings) -> list[OrganizationMembership]:
        found = await memberships.list_all(conn, (await the_organization(conn, organization)).id)
        uris = Uris(settings.base_url, settings.api_url)
        return [present.membership(one, uris) for one in found]

    found = in_transaction(load_settings(data_dir=data_dir), work)
    if as_json:
        print_json(found)
        return
    print_table([["EMAIL", "NAME", "ROLE", "TIMEZONE", "PAGE"], *[
        [one.user.email, one.user.name, one.role, one.user.timezone, one.user.scheduling_url] for one in found
    ]])  # fmt: skip


@user.command()
@click.argument("email")
@data_dir_option
@json_option
def deactivate(email: str, data_dir: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """End a user's membership: no token works any more, no event type takes bookings. What is booked stays."""

    async def work(conn: Conn, settings: Settings) -> OrganizationMembership:
        member = await accounts.member_by_email(conn, email)
        found = await memberships.of_user(conn, member.organization_id, member.id)
        if found is None:
            raise Invalid(FieldError("email", "is deactivated already"))
        uris = Uris(settings.base_url, settings.api_url)
        operator = await access.operator(conn, member.organization_id)
        now = await sandboxes.clock(conn, member.organization_id, datetime.now(UTC))
        await membership.remove(conn, operator, found.id, uris=uris, now=now)
        return present.membership(found, uris)

    ended = in_transaction(load_settings(data_dir=data_dir), work)
    if as_json:
        print_json(ended)
        return
    click.echo(f"{ended.user.email} is deactivated.")


@user.command()
@click.argument("email")
@click.option("--stdin", is_flag=True, help="Read the password from standard input, its first line.")
@data_dir_option
def password(email: str, stdin: bool, data_dir: Path | None) -> None:  # noqa: FBT001 -- click passes it by name
    """Set a user's password, for signing in. Every session of the user ends."""
    new = _line_of_stdin() if stdin else click.prompt("New password", hide_input=True, confirmation_prompt=True)

    async def work(conn: Conn, _: Settings) -> None:
        member = await accounts.member_by_email(conn, email)
        password_hash = await passwords.hashed(new, member.email, member.name)
        await passwords.change(conn, member, password_hash, now=datetime.now(UTC))

    in_transaction(load_settings(data_dir=data_dir), work)
    click.echo(f"{email} has a new password.")


@user.command("sign-in-link")
@click.argument("email")
@data_dir_option
@json_option
def sign_in_link(email: str, data_dir: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """Print a link that signs a user in once, within 20 minutes, for who has no password and gets no mail."""

    async def work(conn: Conn, settings: Settings) -> str:
        member = await accounts.member_by_email(conn, email)
        uris = Uris(settings.base_url, settings.api_url)
        return await sign_in_links.issue(conn, member.organization_id, member.id, uris=uris, now=datetime.now(UTC))

    link = in_transaction(load_settings(data_dir=data_dir), work)
    if as_json:
        print_json({"link": link})
        return
    click.echo(f"{link}\n\nWhoever has the link can sign in as {email}. It works once, within 20 minutes.")


@user.command("set")
@click.argument("email")
@click.argument("values", nargs=-1, required=True, metavar="NAME=VALUE...")
@data_dir_option
@json_option
def set_values(email: str, values: tuple[str, ...], data_dir: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """Change a user's time zone, hours, week, holidays or address.

    The names are those of PATCH /openslot/users: timezone, slug, week_start, holiday_region, worked_holidays and
    availability, which is JSON such as {"timezone": "Europe/Rome", "rules": [...]}.
    """
    wanted = read_values(values, ChangeHostPreferences)
    if wanted.hosts_for is not UNSET:
        raise click.UsageError("hosts_for is changed over the API alone, by the user")

    async def work(conn: Conn, settings: Settings) -> HostPreferences:
        member = await accounts.member_by_email(conn, email)
        operator = await access.operator(conn, member.organization_id)
        now = await sandboxes.clock(conn, member.organization_id, datetime.now(UTC))
        changed = await preferences.change_user(conn, operator, member.id, wanted, now=now)
        uris = Uris(settings.base_url, settings.api_url)
        return present_preferences.host_preferences(member.id, member.organization_id, changed, uris)

    changed = in_transaction(load_settings(data_dir=data_dir), work)
    if as_json:
        print_json(changed)
        return
    click.echo(f"{email} is changed.")


@user.command()
@click.argument("email")
@file_argument
@remove_option
@data_dir_option
@json_option
def picture(email: str, file: Path | None, remove: bool, data_dir: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """Set a user's picture from a PNG, JPEG, WebP or GIF file, or remove it."""
    upload = read_upload(file, remove=remove)

    async def work(conn: Conn, settings: Settings) -> Picture | None:
        member = await accounts.member_by_email(conn, email)
        operator = await access.operator(conn, member.organization_id)
        now = await sandboxes.clock(conn, member.organization_id, datetime.now(UTC))
        if upload is None:
            await pictures.remove_of_user(conn, operator, member.id, now=now)
            return None
        made = await pictures.set_of_user(conn, operator, member.id, upload, now=now)
        return present_pictures.picture(made, Uris(settings.base_url, settings.api_url))

    made = in_transaction(load_settings(data_dir=data_dir), work)
    print_picture(made, of=f"The picture of {email}", as_json=as_json)


def _line_of_stdin() -> str:
    return sys.stdin.readline().rstrip("\r\n")
