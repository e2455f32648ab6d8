"""``openslot token``: creates, lists and revokes personal access tokens."""

import json
import re
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import click

from openslot.cli.database import load_settings
from openslot.cli.transactions import data_dir_option, in_transaction, json_option
from openslot.config import Settings
from openslot.core.ids import parse_id
from openslot.core.scopes import SCOPES
from openslot.db.access_tokens import AccessToken
from openslot.db.pool import Conn
from openslot.presenters.uris import Uris
from openslot.services import access_tokens, accounts
from openslot.wire import codec
from openslot.wire.codec import Timestamp, parse_instant

UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1)}
MAX_DAYS = 36_500


class End(click.ParamType[datetime]):
    """``90d``, ``12h``, a date (its whole day, in UTC) or an instant such as 2027-01-31T18:00:00Z."""

    name = "WHEN"

    def convert(self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The instant of ``value``; a length counts from now.

        Raises:
            click.BadParameter: ``value`` is none of the forms, or a length of more than ``MAX_DAYS``.
        """
        if isinstance(value, datetime):
            return value
        if length := re.fullmatch(r"([1-9][0-9]{0,5})([hd])", value, re.ASCII):
            lasting = int(length[1]) * UNITS[length[2]]
            if lasting > timedelta(days=MAX_DAYS):
                self.fail(f"at most {MAX_DAYS}d", param, ctx)
            return datetime.now(UTC) + lasting
        try:
            if re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
                day = date.fromisoformat(value)
                return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
            return parse_instant(value)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is none of 90d, 12h, 2027-01-31 and 2027-01-31T18:00:00Z", param, ctx)


@click.group()
def token() -> None:
    """Personal access tokens."""


@token.command()
@click.option("--email", required=True, help="E-mail address of the token's user.")
@click.option("--name", default="openslot token create", help="What the token is for.")
@click.option(
    "--scope", "scopes", multiple=True, type=click.Choice(sorted(SCOPES)), metavar="SCOPE",
    help="What it may do, such as scheduled_events:read; may be repeated. Without one, all that its user may.",
)  # fmt: skip
@click.option("--expires", type=End(), help="When it expires: 90d, 12h, 2027-01-31. Without it, never.")
@data_dir_option
@json_option
def create(
    email: str,
    name: str,
    scopes: tuple[str, ...],
    expires: datetime | None,
    data_dir: Path | None,
    as_json: bool,  # noqa: FBT001 -- click passes it by name
) -> None:
    """Create a token; it is shown once."""

    async def work(conn: Conn, settings: Settings) -> dict[str, str]:
        user = await accounts.member_by_email(conn, email)
        made = await access_tokens.issue(
            conn, user, name=name, scopes=scopes or None, expires_at=expires, now=datetime.now(UTC)
        )
        return {
            "token": made,
            "user": Uris(settings.base_url, settings.api_url).user(user.id),
            "api_url": settings.api_url,
        }

    made = in_transaction(load_settings(data_dir=data_dir), work)
    click.echo(json.dumps(made) if as_json else made["token"])


@token.command("list")
@click.option("--email", help="Only the tokens of this user.")
@click.option("--all", "with_ended", is_flag=True, help="Also those that were revoked or have expired.")
@data_dir_option
@json_option
def list_tokens(email: str | None, with_ended: bool, data_dir: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """List the valid tokens, by user, the oldest first. Their texts are stored nowhere."""
    now = datetime.now(UTC)

    async def work(conn: Conn, _: Settings) -> list[AccessToken]:
        user = None if email is None else await accounts.member_by_email(conn, email)
        found = await access_tokens.listing(conn, user)
        return [one for one in found if with_ended or access_tokens.ended_at(one, now=now) is None]

    found = in_transaction(load_settings(data_dir=data_dir), work)
    if as_json:
        click.echo(codec.encode([_as_json(one) for one in found]).decode())
        return
    for one in found:
        click.echo(f"{one.id}  {one.email}  {one.name}")
        click.echo(f"    made {_shown(one.created_at)}, {_state(one, now)}; scopes: {' '.join(_scopes(one))}")
    if not found:
        click.echo("There is none.")


@token.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--stdin", is_flag=True, help="Read tokens, not ids, one per line: for a token that has leaked.")
@click.option("--email", help="With --all: e-mail address of the user.")
@click.option("--all", "every", is_flag=True, help="Every token of the user.")
@data_dir_option
@json_option
def revoke(
    ids: tuple[str, ...],
    stdin: bool,  # noqa: FBT001 -- click passes it by name
    email: str | None,
    every: bool,  # noqa: FBT001
    data_dir: Path | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Revoke tokens, by their ids from 'openslot token list' or by their texts. It can't be undone.

    The next call with one of them is refused. What was created with it stays, webhook subscriptions included.
    """
    wanted = [_id(text) for text in ids]
    texts = _lines_of_stdin() if stdin else []
    if (email is None) == every or (every and (wanted or stdin)) or not (every or wanted or texts):
        raise click.UsageError("give ids, or --stdin, or --email together with --all")
    now = datetime.now(UTC)

    async def work(conn: Conn, _: Settings) -> list[AccessToken]:
        if email is not None:
            return await access_tokens.revoke_all(conn, await accounts.member_by_email(conn, email), now=now)
        return await access_tokens.revoke(conn, ids=wanted, texts=texts, now=now)

    ended = in_transaction(load_settings(data_dir=data_dir), work)
    if as_json:
        click.echo(codec.encode([_as_json(one) for one in ended]).decode())
        return
    for one in ended:
        was = access_tokens.ended_at(one, now=now)
        note = "revoked" if was is None else f"had ended before, {_shown(was)}"
        click.echo(f"{one.id}  {one.email}  {one.name}: {note}")
    if not ended:
        click.echo("There was none that worked.")


def _id(text: str) -> UUID:
    found = parse_id(text)
    if found is None:
        # It may be a token, which must not be repeated where logs may keep it.
        raise click.UsageError("an id is a UUID from 'openslot token list'; the token itself goes to --stdin")
    return found


def _lines_of_stdin() -> Sequence[str]:
    lines = [line.strip() for line in sys.stdin]
    return list(dict.fromkeys(line for line in lines if line))


def _as_json(one: AccessToken) -> dict[str, object]:
    return {
        "id": str(one.id), "email": one.email, "user_name": one.user_name, "name": one.name, "scopes": one.scopes,
        "created_at": Timestamp.of(one.created_at),
        "expires_at": None if one.expires_at is None else Timestamp.of(one.expires_at),
        "revoked_at": None if one.revoked_at is None else Timestamp.of(one.revoked_at),
    }  # fmt: skip


def _scopes(one: AccessToken) -> list[str]:
    return ["all"] if one.scopes is None else one.scopes or ["none"]


def _state(one: AccessToken, now: datetime) -> str:
    if one.revoked_at is not None:
        return f"revoked {_shown(one.revoked_at)}"
    if one.expires_at is None:
        return "never expires"
    return f"{'expires' if one.expires_at > now else 'expired'} {_shown(one.expires_at)}"


def _shown(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
