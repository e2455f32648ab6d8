"""Pages of lists: the query of an address to a page request, and back to the addresses of the neighbours."""

from collections.abc import Sequence

from openslot.accounts.page import AccountPage
from openslot.core import page_tokens
from openslot.core.errors import Invalid
from openslot.db.rows import Key, PageOf, PageRequest, R

TOKEN = "page"  # noqa: S105 -- the key of an address


def page_of(page: AccountPage, keys: tuple[Key, ...], kinds: Sequence[type], *, limit: int) -> PageRequest:
    """The page that the address names; the first one where it names none of this list."""
    token = page.query.get(TOKEN)
    if token:
        try:
            backward, cursor = page_tokens.read(token, kinds)
        except Invalid:
            return PageRequest(keys, limit)
        return PageRequest(keys, limit, cursor, backward)
    return PageRequest(keys, limit)


def neighbours(page: AccountPage, path: str, found: PageOf[R], **query: str) -> dict[str, str | None]:
    """The addresses of the pages before and after one; None where there is none. ``query`` is kept."""

    def address(cursor: tuple[object, ...] | None, *, backward: bool) -> str | None:
        if cursor is None:
            return None
        return page.to(path, **query, **{TOKEN: page_tokens.write(cursor, backward=backward)})

    return {"next": address(found.next, backward=False), "previous": address(found.previous, backward=True)}
