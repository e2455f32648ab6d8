"""In a made-up language, whatever is in Latin letters was left untranslated, be it in a template or in code."""

import re

from conftest import Clock
from factories import Organization, make_routing_form
from openslot.db.pool import Conn
from pages import pseudo
from pages.offers import LOCATIONS, QUESTIONS, put_on_show
from pages.plain_browser import Node, PlainBrowser

SLOT, LATER = "2027-01-05T09:00:00Z", "2027-01-06T09:00:00Z"
SPOKEN = ("aria-label", "title", "alt", "placeholder", "data-announcement", "data-loading")
"""The attributes that are read or read out."""
WORD = re.compile(r"[A-Za-z]{2,}")
OURS = "OpenSlot UTC"
"""What has one name in every language."""
ENTERED = {
    "name": "Ada", "email": "ada@example.org", "guests": "", "location": "0", "answer-0": "0",
    "answer-3": "+39333123456",
}  # fmt: skip


CALENDARS = "Google, Outlook.com, Microsoft 365, .ics"
"""Names of products, and what ends the name of a file."""


def texts(node: Node) -> list[str]:
    """What is read of an element; links to other languages are left out."""
    if node.tag in {"script", "style"} or node.attributes.get("lang", pseudo.CODE) != pseudo.CODE:
        return []
    found = [node.attributes[name] for name in SPOKEN if name in node.attributes]
    for child in node.children:
        found += [child] if isinstance(child, str) else texts(child)
    return found


def words(*written: object) -> set[str]:
    return {word for one in written for word in WORD.findall(str(one))}


async def test_no_sentence_of_a_page_is_left_untranslated(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock, pseudo_language: str
) -> None:
    offer = await put_on_show(
        conn, organization, now=clock.now, name="Kiln tour", custom_questions=QUESTIONS, locations=LOCATIONS
    )
    form = await make_routing_form(conn, organization, now=clock.now)
    known = words(OURS, ENTERED, CALENDARS, "Kiln tour", offer.host, form.name, form.questions, LOCATIONS)
    known |= {word for one in QUESTIONS for word in words(one.name, one.answer_choices)}
    browser.headers = {"accept-language": pseudo_language}

    def check(name: str) -> None:
        document = browser.document.one("html")
        assert document.attributes["dir"] == "rtl", name
        assert [text.strip() for text in texts(document) if words(text) - known] == [], name

    async def at(path: str, name: str) -> None:
        await browser.open(path)
        check(name)

    await at("/", "start")
    await at("/nobody", "error")
    await at(offer.path.rpartition("/")[0], "profile")
    await at(offer.path, "calendar")
    await at(f"{offer.path}?month=2031-12&timezone=Nowhere/Land", "month without times, in an unknown zone")
    await at(f"{offer.path}/{SLOT}", "details")
    await browser.send({"guests": "Ada"})
    check("details with errors")
    await browser.send(ENTERED)
    assert "/invitees/" in browser.url.path
    check("confirmation")
    invitee = browser.url.path.rpartition("/")[2]
    await at(f"{offer.path}/{SLOT}", "details of a time that is gone")
    await at(f"/reschedulings/{invitee}", "reschedule")
    await at(f"/reschedulings/{invitee}/{LATER}", "confirm of a reschedule")
    await at(f"/cancellations/{invitee}", "cancel")
    await browser.send()
    check("canceled")
    await at(f"/routing_forms/{form.id}", "routing form")
    await browser.send()
    check("routing form with errors")
    await at("/app/sign-in", "sign in")
