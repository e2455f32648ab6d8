"""The outbox: mails that were sent, that wait, or that are kept while there is no mail server."""

from datetime import datetime
from uuid import UUID

from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from openslot.accounts.sessions import Account, ThisAccount
from openslot.console.page import render
from openslot.console.paging import neighbours, page_of
from openslot.core.errors import NotFound
from openslot.core.ids import parse_id
from openslot.db.mails import Mail
from openslot.html.headers import POLICY
from openslot.html.page import HTML, NO_STORE, read
from openslot.services.mails import reading

ROWS = 50
MAIL_POLICY = b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox allow-popups"
"""Of the HTML of a mail, whose styles are written in it: it loads nothing, and runs nothing."""


@read("/app/outbox")
async def show(account: ThisAccount) -> Response[bytes]:
    """The newest mails."""
    page = account.page
    request = page_of(page, reading.NEWEST_FIRST, (datetime, UUID), limit=ROWS)
    found = await reading.list_page(account.conn, account.principal, request)
    mails = [_row(account, one) for one in found.rows]
    context = {
        "mails": mails,
        "pages": neighbours(page, "/app/outbox", found),
        "has_server": bool(page.settings.smtp_url),
    }
    return render(account, "outbox.html", "outbox", context)


@read("/app/outbox/{mail_id:str}")
async def show_mail(account: ThisAccount, mail_id: FromPath[str]) -> Response[bytes]:
    """One mail."""
    found = await reading.get(account.conn, account.principal, _id(mail_id))
    path = f"/app/outbox/{found.id}"
    is_secret = reading.holds_secret(found)
    context = {
        "mail": _row(account, found),
        "text": None if is_secret else found.text,
        "is_secret": is_secret,
        "calendar": found.calendar,
        "html": account.page.to(f"{path}/html") if found.html is not None else None,
        "error": found.error,
        "send_again": account.page.to(f"{path}/send-again") if found.state != "waiting" else None,
        "back": account.page.to("/app/outbox"),
    }
    return render(account, "mail.html", "outbox", context)


@read("/app/outbox/{mail_id:str}/html", opt={POLICY: MAIL_POLICY})
async def show_html(account: ThisAccount, mail_id: FromPath[str]) -> Response[bytes]:
    """The HTML of a mail, for a frame.

    Raises:
        NotFound: it has none, or none that is for others than its recipient.
    """
    found = await reading.get(account.conn, account.principal, _id(mail_id))
    if found.html is None or reading.holds_secret(found):
        raise NotFound("mail")
    headers = {"Cache-Control": NO_STORE}
    return Response(found.html.encode(), media_type=HTML, headers=headers)


@post("/app/outbox/{mail_id:str}/send-again", include_in_schema=False, status_code=303)
async def send_again(account: ThisAccount, mail_id: FromPath[str]) -> Redirect:
    """Have a mail sent once more."""
    known = _id(mail_id)
    await reading.send_again(account.conn, account.principal, known)
    return account.page.redirect(account.page.to(f"/app/outbox/{known}"))


def _id(text: str) -> UUID:
    known = parse_id(text)
    if known is None:
        raise NotFound("mail")
    return known


def _row(account: Account, mail: Mail) -> dict[str, object]:
    """A mail as lists show it."""
    page, formats = account.page, account.page.formats
    states = {
        "waiting": page.gettext("Waits"),
        "sent": page.gettext("Sent"),
        "kept": page.gettext("Kept"),
        "failed": page.gettext("Failed"),
        "missed": page.gettext("Missed"),
    }
    moment = mail.finished_at or mail.due_at
    return {
        "id": mail.id,
        "url": page.to(f"/app/outbox/{mail.id}"),
        "to": mail.recipient,
        "subject": mail.subject or page.gettext("(not written yet)"),
        "state": mail.state,
        "state_text": states[mail.state],
        "when": formats.moment(moment),
    }
