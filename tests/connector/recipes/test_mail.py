"""The mails of flows in YAML, in a real SMTP conversation."""

import asyncio
import json
from email.message import EmailMessage
from typing import Any

import pytest

from openslot.client.testing import Reply, StandIn
from openslot.connector import AsyncConnector, Connection, InviteeEvent
from openslot.connector.flows.store import Run
from openslot.connector.recipes import done_of
from openslot.connector.recipes.addresses import Mailbox as Address
from openslot.connector.recipes.effects import Clients
from openslot.connector.recipes.http_client import HttpClient
from openslot.connector.recipes.mail import Mail
from openslot.connector.triggers import read_event

from ..conftest import Mailbox

Json = dict[str, Any]
MAIL = r"""
flow: thanks
trigger: invitee.created
retries: {attempts: 1}
actions:
  - mail:
      to: "{{ payload.email }}"
      subject: "Thanks, {{ payload.name }}"
      text: |
        Dear {{ payload.name }},
        it was a pleasure.
"""


async def test_a_mail_is_sent_whose_headers_nobody_else_writes(
    flow: Any, act: Any, booked: InviteeEvent, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENSLOT_FLOW_SMTP_URL", f"smtp://127.0.0.1:{mailbox.port}")
    monkeypatch.setenv("OPENSLOT_FLOW_MAIL_FROM", "Tours <tours@example.com>")
    booked.payload.name = "Zoë\r\nBcc: all@example.org"
    one = flow(MAIL)

    (run,) = await act(one, booked)

    (mail,) = mailbox.mails
    assert (run.error, mail["To"], mail["From"], mail["Subject"], mail["Bcc"]) == (
        None,
        "ada@example.org",
        "Tours <tours@example.com>",
        "Thanks, Zoë Bcc: all@example.org",
        None,
    )


ENCODED = "=?utf-8?q?x=0AReply-To:_eve=40evil.example=0AContent-Type:_text/html=0A=0A<b>Your_invoice</b>?="


async def test_an_encoded_word_in_a_name_stays_what_it_is(
    flow: Any, act: Any, booked: InviteeEvent, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decoded, as Python's library does it, it would write headers and a body of its own."""
    monkeypatch.setenv("OPENSLOT_FLOW_SMTP_URL", f"smtp://127.0.0.1:{mailbox.port}")
    monkeypatch.setenv("OPENSLOT_FLOW_MAIL_FROM", "tours@example.com")
    booked.payload.name = ENCODED
    one = flow(MAIL.replace("{{ payload.email }}", "{{ payload.name }} <{{ payload.email }}>"))

    (run,) = await act(one, booked)

    (mail,) = mailbox.mails
    names = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type", "MIME-Version"}
    assert (run.error, set(mail.keys()) - {"Content-Transfer-Encoding"}) == (None, names)
    assert mail["Subject"] == f"Thanks, {ENCODED.replace('=?', '= ?')}"
    assert isinstance(mail, EmailMessage)
    assert (mail.get_content_type(), mail.get_content().split()[1]) == ("text/plain", f"{ENCODED},")


async def test_an_encoded_word_is_no_address(flow: Any, act: Any, booked: InviteeEvent, mailbox: Mailbox) -> None:
    booked.payload.email = "=?utf-8?q?x=0ABcc:eve=40evil.example?=@example.org"

    (run,) = await act(flow(MAIL), booked)

    assert ("no e-mail address" in (run.error or ""), mailbox.mails) == (True, [])


@pytest.fixture
def mail_to(flow: Any, act: Any, samples: Json, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Mails, on the booking of somebody of a name who brings two guests, and gives what became of it."""
    monkeypatch.setenv("OPENSLOT_FLOW_SMTP_URL", f"smtp://127.0.0.1:{mailbox.port}")
    monkeypatch.setenv("OPENSLOT_FLOW_MAIL_FROM", "tours@example.com")
    monkeypatch.setenv("TEAM", "One <one@example.com>, two@example.com")
    delivery = samples["deliveries"]["invitee.created"]
    (guest,) = delivery["payload"]["scheduled_event"]["event_guests"]
    delivery["payload"]["scheduled_event"]["event_guests"] = [guest, guest | {"email": "other@example.org"}]

    async def mail_to(to: str, name: str) -> Run:
        delivery["payload"]["name"] = name
        text = MAIL.replace("{{ payload.email }}", to)
        (run,) = await act(flow(text), read_event(json.dumps(delivery).encode()))
        assert isinstance(run, Run)
        return run

    return mail_to


EVE = 'Zoë, victim@example.com, "Eve" <eve@example.com>'


@pytest.mark.parametrize(
    ("to", "name", "headers", "recipients"),
    [
        ("{{ payload.email }}", "Ada", ["ada@example.org"], ["ada@example.org"]),
        (
            "{{ payload.name }} <{{ payload.email }}>, Sales <sales@example.com>",
            "Ada Example",
            ["Ada Example <ada@example.org>", "Sales <sales@example.com>"],
            ["ada@example.org", "sales@example.com"],
        ),
        (
            "{{ payload.name }} <{{ payload.email }}>",
            EVE,
            ['"Zoë victim example.com Eve eve example.com" <ada@example.org>'],
            ["ada@example.org"],
        ),
        (
            "'{{ payload.name }}' <{{ payload.email }}>",
            "x' <victim@example.com>, 'y\r\nBcc: all@example.org",
            ["\"'x' victim example.com 'y Bcc all example.org'\" <ada@example.org>"],
            ["ada@example.org"],
        ),
        (
            "{{ payload.email }}, {{ payload.scheduled_event.event_guests | pick('email') | join }}",
            "Ada",
            ["ada@example.org", "guest@example.org", "other@example.org"],
            ["ada@example.org", "guest@example.org", "other@example.org"],
        ),
        (
            "{{ payload.scheduled_event.event_guests | pick('email') }}",
            "Ada",
            ["guest@example.org", "other@example.org"],
            ["guest@example.org", "other@example.org"],
        ),
        ("{{ env.TEAM }}", "Ada", ["One <one@example.com>", "two@example.com"], ["one@example.com", "two@example.com"]),
        ("tours+{{ payload.name }}@example.com", "ada", ["tours+ada@example.com"], ["tours+ada@example.com"]),
    ],
)
async def test_a_mail_goes_to_whom_the_template_names(
    mail_to: Any, mailbox: Mailbox, *, to: str, name: str, headers: list[str], recipients: list[str]
) -> None:
    run = await mail_to(to, name)

    (mail,) = mailbox.mails
    header: Any = mail["To"]
    assert (run.error, [str(one) for one in header.addresses], mailbox.recipients) == (None, headers, recipients)
    assert (mail.keys().count("To"), mail["Bcc"]) == (1, None)


@pytest.mark.parametrize(
    ("to", "name", "reason"),
    [
        ("{{ payload.name }}", "victim@example.com, eve@example.com", "is no e-mail address"),
        ("{{ payload.name }}", "Eve <eve@example.com>", "is no e-mail address"),
        ("{{ payload.name | words | join }}", "Eve victim@example.com", "'Eve' is no e-mail address"),
        ("{{ payload.name }}@example.com", "eve@example.net,a", "a part of an address has no @"),
        ("{{ payload.name }}@example.com", "eve,victim", "is no e-mail address"),
        ("Ada {{ payload.email }}", "Eve", "addresses stand as in"),
        ("{{ payload.name | default('') }}", "", "there is nobody to mail to"),
        ("{{ payload.first_name | default(payload.name) }}", "eve", "'eve' is no e-mail address"),
        ("nobody", "Eve", "'nobody' is no e-mail address"),
    ],
)
async def test_a_mail_that_would_go_to_others_goes_to_nobody(
    mail_to: Any, mailbox: Mailbox, to: str, name: str, reason: str
) -> None:
    run = await mail_to(to, name)

    assert (run.state, run.attempts, mailbox.recipients) == ("failed", 1, [])
    assert reason in run.error


GUESTS = "{{ payload.scheduled_event.event_guests | pick('email') | join }}"


@pytest.mark.parametrize(
    ("to", "state", "done", "recipients"),
    [
        (GUESTS, "done", ["slack"], []),
        (GUESTS.replace(" | join", ""), "done", ["slack"], []),
        (f"{GUESTS}, {{{{ payload.name | words }}}}", "done", ["slack"], []),
        (f"{{{{ payload.email }}}}, {GUESTS}", "done", ["mail", "slack"], ["ada@example.org"]),
        (f"{{{{ payload.name | default('') }}}}, {GUESTS}", "failed", [], []),
        ("{{ payload.scheduled_event.event_guests | pick('email') | first }}", "failed", [], []),
        ("", "failed", [], []),
    ],
)
async def test_a_list_of_nobody_is_nothing_to_do_and_an_empty_text_is_an_error(
    flow: Any, act: Any, booked: InviteeEvent, crm: StandIn, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch,
    *, to: str, state: str, done: list[str], recipients: list[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("OPENSLOT_FLOW_SMTP_URL", f"smtp://127.0.0.1:{mailbox.port}")
    monkeypatch.setenv("OPENSLOT_FLOW_MAIL_FROM", "tours@example.com")
    crm.on("POST", "/", Reply(200))
    booked.payload.name = ""
    booked.payload.scheduled_event.event_guests = []
    text = f"{MAIL.replace('{{ payload.email }}', to)}  - slack: {{url: '{crm.url}', text: hi}}\n"

    (run,) = await act(flow(text), booked)

    assert (run.state, mailbox.recipients) == (state, recipients)
    assert (done_of(run.progress) if run.progress else []) == done


async def test_a_mail_is_from_whom_the_template_names(
    flow: Any, act: Any, booked: InviteeEvent, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENSLOT_FLOW_SMTP_URL", f"smtp://127.0.0.1:{mailbox.port}")
    booked.payload.name = "ceo@example.com, Eve"
    sender = '  - mail:\n      from: "{{ payload.name }} via Tours <tours@example.com>"'

    await act(flow(MAIL.replace("  - mail:", sender)), booked)

    assert [mail["From"] for mail in mailbox.mails] == ['"ceo example.com Eve via Tours" <tours@example.com>']


async def test_a_conversation_that_fails_leaves_nothing_open(
    flow: Any, act: Any, booked: InviteeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    hung_up = asyncio.Event()

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n250-hello\r\n250 STARTTLS\r\n454 not now\r\n")
        while await reader.readline():
            pass
        hung_up.set()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        monkeypatch.setenv("OPENSLOT_FLOW_SMTP_URL", f"smtp://127.0.0.1:{port}")
        monkeypatch.setenv("OPENSLOT_FLOW_MAIL_FROM", "tours@example.com")
        (run,) = await act(flow(MAIL), booked)
        await hung_up.wait()

    assert (run.state, "454" in run.error) == ("failed", True)


async def test_without_a_server_for_mail_there_is_a_dead_letter_with_the_reason(
    flow: Any, act: Any, booked: InviteeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENSLOT_FLOW_SMTP_URL", raising=False)

    (run,) = await act(flow(MAIL), booked)

    assert (run.state, "OPENSLOT_FLOW_SMTP_URL is smtp://" in run.error) == ("failed", True)


@pytest.mark.parametrize("password", ["SE#CRET", "SE/CRET", "SE?CRET"])
async def test_a_password_that_is_not_encoded_is_reported_without_it(
    flow: Any, act: Any, booked: InviteeEvent, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    monkeypatch.setenv("OPENSLOT_FLOW_MAIL_FROM", "tours@example.com")
    monkeypatch.setenv("OPENSLOT_FLOW_SMTP_URL", f"smtp://ada:{password}@127.0.0.1:25")

    (run,) = await act(flow(MAIL), booked)

    assert (run.state, "percent-encoded" in run.error, "SE" in run.error) == ("failed", True, False)


async def test_a_password_does_not_travel_in_the_clear(
    flow: Any, act: Any, booked: InviteeEvent, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENSLOT_FLOW_MAIL_FROM", "tours@example.com")
    monkeypatch.setenv("OPENSLOT_FLOW_SMTP_URL", f"smtp://ada:made-up@127.0.0.1:{mailbox.port}")

    (run,) = await act(flow(MAIL), booked)

    assert (run.error, mailbox.mails) == (
        "EffectFailed: 127.0.0.1 offers no TLS: the password is not sent in the clear",
        [],
    )


async def test_a_mail_does_not_travel_in_the_clear_where_tls_is_wanted(
    flow: Any, act: Any, booked: InviteeEvent, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENSLOT_FLOW_MAIL_FROM", "tours@example.com")
    monkeypatch.setenv("OPENSLOT_FLOW_SMTP_URL", f"smtp+starttls://127.0.0.1:{mailbox.port}")

    (run,) = await act(flow(MAIL), booked)

    assert (run.error, mailbox.mails) == (
        "EffectFailed: 127.0.0.1 offers no TLS: the mail is not sent in the clear",
        [],
    )


async def test_a_mail_takes_none_of_the_threads_that_all_flows_share(
    connection: Connection, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are few: mail servers that do not answer would hold up what has nothing to do with mail."""

    def share(*_: object) -> None:
        raise AssertionError("asyncio's threads are everybody's")

    monkeypatch.setattr(asyncio.get_running_loop(), "run_in_executor", share)
    ada = Address("", "ada@example.org")

    await Mail(f"smtp://127.0.0.1:{mailbox.port}", ada, (ada,), "Hi", "Hi", "key").perform(
        Clients(AsyncConnector(connection), HttpClient())
    )

    assert mailbox.recipients == ["ada@example.org"]
