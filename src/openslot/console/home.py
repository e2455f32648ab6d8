"""The first page after signing in."""

from litestar.response import Response

from openslot.accounts.sessions import ThisAccount
from openslot.console.page import render
from openslot.html.page import read


@read("/app")
async def show(account: ThisAccount) -> Response[bytes]:
    """The member's booking page."""
    context = {"profile": account.page.uris.profile_page(account.user.slug)}
    return render(account, "home.html", "home", context)
