"""A page of the console, with its navigation."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple

from litestar.response import Response

from openslot.accounts.page import AccountPage
from openslot.accounts.sessions import Account
from openslot.core.roles import Action


class Entry(NamedTuple):
    """One entry of the navigation."""

    name: str
    text: str
    url: str


@dataclass(frozen=True)
class ConsolePage(AccountPage):
    """What a handler of the console needs to answer with HTML."""

    folders: ClassVar[tuple[Path, ...]] = (Path(__file__).parent / "templates", *AccountPage.folders)


def navigation(account: Account) -> list[Entry]:
    """The pages that the member may open."""
    page = account.page
    entries = [Entry("home", page.gettext("Home"), page.to("/app"))]
    entries.append(Entry("meetings", page.gettext("Meetings"), page.to("/app/meetings")))
    entries.append(Entry("event-types", page.gettext("Event types"), page.to("/app/event-types")))
    entries.append(Entry("availability", page.gettext("Availability"), page.to("/app/availability")))
    entries.append(Entry("contacts", page.gettext("Contacts"), page.to("/app/contacts")))
    if account.principal.reaches_all(Action.MANAGE_INVITATIONS):
        entries.append(Entry("members", page.gettext("Members"), page.to("/app/members")))
    if account.principal.reaches_all(Action.READ_EVENT_LOG):
        entries.append(Entry("outbox", page.gettext("Outbox"), page.to("/app/outbox")))
    entries.append(Entry("webhooks", page.gettext("Webhooks"), page.to("/app/webhooks")))
    entries.append(Entry("tokens", page.gettext("Tokens"), page.to("/app/tokens")))
    entries.append(Entry("account", page.gettext("Your account"), page.to("/app/account")))
    return entries


def render(
    account: Account, template: str, here: str, context: Mapping[str, object], *, status: int = 200
) -> Response[bytes]:
    """Answer with a page in the frame of the console; ``here`` is the name of its entry in the navigation."""
    around = {
        "user": account.user,
        "form_token": account.form_token,
        "navigation": navigation(account),
        "here": here,
        "sign_out": account.page.to("/app/sign-out"),
    }
    return account.page.render(template, around | dict(context), status=status, private=True)
