"""The link of a first start, by which the first organization is made in a browser."""

from openslot.cli.transactions import in_transaction
from openslot.config import Settings
from openslot.db.pool import Conn
from openslot.presenters.uris import Uris
from openslot.security import setup_links
from openslot.security.vault import secret_key
from openslot.services import setting_up


def link(settings: Settings) -> str | None:
    """The address of the page; None where there is an organization already."""

    async def work(conn: Conn, _: Settings) -> bool:
        return await setting_up.is_open(conn)

    if not in_transaction(settings, work):
        return None
    token = setup_links.token(secret_key(settings.secret_key, settings.data_dir))
    return Uris(settings.base_url, settings.api_url).set_up_page(token)
