"""A calendar server (Radicale) on a port of its own in this process, and what puts mails into its calendars."""

import logging
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple
from wsgiref.simple_server import WSGIRequestHandler, make_server

import httpx
import icalendar
from radicale import config
from radicale.app import Application

from mailing import parts_of


class Held(NamedTuple):
    """A meeting in a calendar, as its owner sees it."""

    summary: str
    start: datetime
    end: datetime
    location: str
    sequence: int


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def calendar_server(folder: Path) -> Iterator[str]:
    """The address of the server, which keeps its files in ``folder``. Each user may do anything in their own part."""
    settings = config.load()
    chosen: dict[str, dict[str, str]] = {
        "storage": {"filesystem_folder": str(folder), "_filesystem_fsync": "False"},
        "auth": {"type": "none", "delay": "0"},
        "server": {"delay_on_error": "0"},
        "web": {"type": "none"},
    }
    settings.update(chosen, "tests", privileged=True)
    logging.getLogger("radicale").setLevel(logging.CRITICAL)  # what it refuses, tests see in its answers
    with make_server("127.0.0.1", 0, Application(settings), handler_class=_Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@dataclass(frozen=True)
class Calendar:
    """The calendar of one person, into which a delivery agent puts what comes by mail.

    Source: RFC 5546, sections 2.1.5 and 3.2.
    What is canceled stays there as such, so that an older request that comes after it changes nothing.
    """

    http: httpx.AsyncClient

    async def take(self, mail: EmailMessage) -> None:
        """Do what a mail requests; what it brings is stored as it came, but for METHOD (RFC 4791, section 4.1)."""
        part = parts_of(mail).calendar
        if part is None:
            return
        text = str(part.get_content()).replace("\r\n", "\n")
        method = part.get_param("method")
        assert text.count(f"\nMETHOD:{method}\n") == 1
        new = _event(text)
        path = f"{new['UID']}.ics"
        stored = await self.http.get(path)
        if stored.status_code == HTTPStatus.OK and _age(new) < _age(_event(stored.text)):
            return
        attendees = [str(one).lower() for one in new["ATTENDEE"]]
        assert len(set(attendees)) == len(attendees)
        assert (method, str(new["STATUS"])) in {("REQUEST", "CONFIRMED"), ("CANCEL", "CANCELLED")}
        content = text.replace(f"\nMETHOD:{method}\n", "\n").replace("\n", "\r\n").encode()
        answer = await self.http.put(path, content=content, headers={"Content-Type": "text/calendar; charset=utf-8"})
        assert answer.status_code in {HTTPStatus.CREATED, HTTPStatus.NO_CONTENT}, answer.text

    async def meetings(self) -> list[Held]:
        """What takes place, by start."""
        answer = await self.http.get("")
        assert answer.status_code == HTTPStatus.OK, answer.text
        events = icalendar.Calendar.from_ical(answer.text).walk("VEVENT")
        return sorted((_held(one) for one in events if one["STATUS"] != "CANCELLED"), key=lambda one: one.start)


@asynccontextmanager
async def calendar_of(server: str, user: str) -> AsyncIterator[Calendar]:
    """The empty calendar of a user whom the server does not know yet."""
    async with httpx.AsyncClient(base_url=f"{server}/{user}/calendar/", auth=(user, "")) as http:
        made = await http.request("MKCALENDAR", "")
        assert made.status_code == HTTPStatus.CREATED, made.text
        yield Calendar(http)


def _event(text: str) -> Any:
    (event,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
    return event


def _age(event: Any) -> tuple[int, datetime]:
    """Of two messages about one entry, the one with the greater is the newer."""
    return int(event["SEQUENCE"]), event["DTSTAMP"].dt


def _held(event: Any) -> Held:
    return Held(
        str(event["SUMMARY"]),
        event["DTSTART"].dt,
        event["DTEND"].dt,
        str(event.get("LOCATION", "")),
        int(event["SEQUENCE"]),
    )
