"""The demo organization of ``openslot up --demo``."""

from datetime import UTC, datetime

from openslot.cli.transactions import in_transaction
from openslot.config import Settings
from openslot.core.errors import Unauthenticated
from openslot.db.data_directory import write
from openslot.db.pool import Conn
from openslot.services import access, demo

TOKEN_FILE = "demo-token"  # noqa: S105 -- a file's name


def seed(settings: Settings) -> str:
    """Create the demo organization unless it exists, and return a token of its owner.

    The token of the last start is returned as long as it is valid, so that clients that use it keep working.
    """
    path = settings.data_dir / TOKEN_FILE

    async def work(conn: Conn, _: Settings) -> str:
        now = datetime.now(UTC)
        owner = await demo.ensure(conn, now=now)
        kept = path.read_text(encoding="ascii").strip() if path.exists() else None
        try:
            principal = await access.authenticate(conn, kept, now=now)
        except Unauthenticated:
            return await demo.issue_token(conn, owner, now=now)
        assert kept is not None
        return kept if principal.user.id == owner.id else await demo.issue_token(conn, owner, now=now)

    token = in_transaction(settings, work)
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, token)
    return token
