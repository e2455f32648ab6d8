"""The demo organization of ``openslot up --demo``."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from openslot.cli.transactions import in_transaction
from openslot.config import Settings
from openslot.core.errors import Unauthenticated
from openslot.db.data_directory import write
from openslot.db.pool import Conn
from openslot.presenters.uris import Uris
from openslot.services import access, demo, sign_in_links

TOKEN_FILE = "demo-token"  # noqa: S105 -- a file's name


CONSOLE_LINK_VALID = timedelta(days=1)


class Seeded(NamedTuple):
    """What the greeting of a demo shows."""

    token: str
    console: str
    """A link that signs its owner in, once."""


def seed(settings: Settings) -> Seeded:
    """Create the demo organization unless it exists, and return a token of its owner and a link to the console.

    The token of the last start is returned as long as it is valid, so that clients that use it keep working.
    """
    path = settings.data_dir / TOKEN_FILE

    async def work(conn: Conn, settings: Settings) -> Seeded:
        now = datetime.now(UTC)
        owner = await demo.ensure(conn, now=now)
        kept = path.read_text(encoding="ascii").strip() if path.exists() else None
        console = await sign_in_links.issue(
            conn, owner.organization_id, owner.id, uris=Uris(settings.base_url, settings.api_url), now=now,
            valid=CONSOLE_LINK_VALID,
        )  # fmt: skip
        try:
            is_good = (await access.authenticate(conn, kept, now=now)).user.id == owner.id
        except Unauthenticated:
            is_good = False
        token = kept if is_good and kept is not None else await demo.issue_token(conn, owner, now=now)
        return Seeded(token, console)

    seeded = in_transaction(settings, work)
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, seeded.token)
    return seeded
