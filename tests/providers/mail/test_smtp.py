"""Mail to a real SMTP server on loopback: what arrives, and which failures are worth another try."""

import asyncio
import ipaddress
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from openslot.config import Settings
from openslot.providers.mail import MailDelayed, MailRefused, Message, make_mailer
from openslot.providers.mail.smtp import SmtpMailer, compose

SENDER = "OpenSlot <openslot@book.example>"
NOW = datetime(2027, 1, 4, 8, tzinfo=UTC)
ID = UUID("0b0e7a4e-6f6a-4b7e-9a53-0d0f3f6d1c11")
MESSAGE = Message(
    id=ID,
    to="ada@example.org",
    subject="ยืนยันการนัดหมาย: Intro call",
    text="สวัสดี Ada,\n\nการนัดหมายของคุณได้รับการยืนยันแล้ว\n.\n.. a line that begins with dots\n" + "ยาว" * 400 + "\n",
)


@dataclass
class Server:
    """A mail server; ``replies`` says what it answers to each command in turn, and it takes everything after that."""

    port: int = 0
    replies: dict[str, list[str]] = field(default_factory=dict)
    taken: list[tuple[str, list[str], EmailMessage]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    connections: int = 0

    def _reply(self, command: str) -> str | None:
        waiting = self.replies.get(command, [])
        return waiting.pop(0) if waiting else None

    async def handle_MAIL(  # noqa: N802 -- the library's name
        self, _: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.connections += 1
        if (reply := self._reply("MAIL")) is not None:
            return reply
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        self.encrypted.append(session.ssl is not None)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 -- the library's name
        self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        if (reply := self._reply("RCPT")) is not None:
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 -- the library's name
        if (reply := self._reply("DATA")) is not None:
            return reply
        assert isinstance(envelope.content, bytes)
        assert envelope.mail_from is not None
        read = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(read, EmailMessage)
        self.taken.append((envelope.mail_from, list(envelope.rcpt_tos), read))
        return "250 taken"

    async def handle_QUIT(self, _: SMTP, __: Session, ___: Envelope) -> str:  # noqa: N802 -- the library's name
        return self._reply("QUIT") or "221 Bye"

    def authenticate(self, _: SMTP, __: Session, ___: Envelope, ____: str, login: Any) -> AuthResult:
        self.logins.append((login.login, login.password))
        return AuthResult(success=login.password == b"p@ss/word", handled=False)


@asynccontextmanager
async def serving(*, tls: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[Server]:
    made = Server()
    accepted: list[SMTP] = []

    def protocol() -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of logging in without encryption
            accepted.append(SMTP(made, hostname="mail.example", authenticator=made.authenticate, **options))
            return accepted[-1]

    listening = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, ssl=tls)
    async with listening:
        made.port = listening.sockets[0].getsockname()[1]
        yield made
    for one in accepted:  # the library leaves those open whose client has gone meanwhile
        if one.transport is not None:
            one.transport.close()
    for _ in range(2):
        await asyncio.sleep(0)  # so that the loop closes their sockets


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving() as made:
        yield made


def mailer(server: Server, *, scheme: str = "smtp", login: str = "") -> SmtpMailer:
    return SmtpMailer(f"{scheme}://{login}127.0.0.1:{server.port}", SENDER)


@pytest.mark.parametrize("smtputf8", [True, False])
async def test_what_is_sent_arrives_as_it_was_written(*, smtputf8: bool) -> None:
    async with serving(enable_SMTPUTF8=smtputf8) as server:
        assert await mailer(server).send(MESSAGE)

    ((mail_from, recipients, taken),) = server.taken
    assert (mail_from, recipients) == ("openslot@book.example", ["ada@example.org"])
    assert taken.get_content().replace("\r\n", "\n") == MESSAGE.text
    assert taken.get_content_type() == "text/plain"
    date = taken["Date"].datetime
    assert timedelta(0) <= datetime.now(UTC) - date < timedelta(minutes=5)
    assert {name: str(taken[name]) for name in ("From", "To", "Subject", "Message-ID", "Auto-Submitted")} == {
        "From": SENDER,
        "To": "ada@example.org",
        "Subject": MESSAGE.subject,
        "Message-ID": f"<{ID}@book.example>",
        "Auto-Submitted": "auto-generated",
    }


async def test_a_repeat_has_the_same_message_id(server: Server) -> None:
    for _ in range(2):
        await mailer(server).send(MESSAGE)

    assert len({str(taken["Message-ID"]) for _, _, taken in server.taken}) == 1


async def test_non_ascii_addresses_are_sent_if_the_server_supports_them(server: Server) -> None:
    await mailer(server).send(Message(id=ID, to="ada@bücher.example", subject="x", text="y"))
    await mailer(server).send(Message(id=ID, to="ada@straße.example", subject="x", text="y"))
    with pytest.raises(MailRefused, match="SMTPUTF8 is not supported"):
        await mailer(server).send(Message(id=ID, to="สมชาย@example.org", subject="x", text="y"))
    async with serving(enable_SMTPUTF8=True) as modern:
        await mailer(modern).send(Message(id=ID, to="สมชาย@example.org", subject="x", text="y"))

    assert [recipients for _, recipients, _ in server.taken] == [
        ["ada@xn--bcher-kva.example"],
        ["ada@xn--strae-oqa.example"],
    ]
    assert [recipients for _, recipients, _ in modern.taken] == [["สมชาย@example.org"]]


@pytest.mark.parametrize(
    "to", ["", "ada", "@", "ada@", "@example.org", "a@example.org\r\nBcc: all@example.org", "a\r\nBcc: b@example.org"]
)
async def test_what_is_no_address_is_refused_before_it_is_sent(server: Server, to: str) -> None:
    with pytest.raises(MailRefused):
        await mailer(server).send(Message(id=ID, to=to, subject="x", text="y"))

    assert server.connections == 0


@pytest.mark.parametrize("to", ["a b@example.org", "ada@example.org, all@example.org", "ada@exa mple.org", "<a>@x.org"])
async def test_an_address_is_one_recipient_or_none(server: Server, to: str) -> None:
    try:
        await mailer(server).send(Message(id=ID, to=to, subject="x", text="y"))
    except MailRefused:
        assert server.taken == []
    else:
        ((_, recipients, taken),) = server.taken
        assert len(recipients) == len(taken["To"].addresses) == 1


HEADERS = ["To", "From", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type", "MIME-Version"]


@given(st.text(), st.text().map("x\r\nBcc: all@example.org\r\n\r\n".__add__))
def test_nothing_in_a_mail_adds_a_header(subject: str, text: str) -> None:
    subject, text = (one.encode("utf-8", "replace").decode() for one in (f"Hello\r\nBcc: {subject}", text))

    composed = compose(Message(id=ID, to="ada@example.org", subject=subject, text=text), SENDER, now=NOW)

    sent = message_from_bytes(bytes(composed), policy=policy.default)
    assert {name.lower() for name in sent.keys()} - {"content-transfer-encoding"} == {one.lower() for one in HEADERS}  # noqa: SIM118 -- names, repeated ones too
    assert len(sent.get_all("To", [])) == 1


def test_an_encoded_word_in_a_subject_is_no_header_and_in_an_address_no_address() -> None:
    word = "=?utf-8?q?x=0ABcc:_eve=40evil.example=0A=0A<b>Invoice</b>?="

    composed = compose(Message(id=ID, to="ada@example.org", subject=f"Hello {word}", text="x"), SENDER, now=NOW)
    with pytest.raises(MailRefused):
        compose(Message(id=ID, to=f"{word}@example.org", subject="Hello", text="x"), SENDER, now=NOW)

    sent = message_from_bytes(bytes(composed), policy=policy.default)
    assert (sent["Bcc"], sent["Subject"]) == (None, f"Hello {word.replace('=?', '= ?')}")


# What is worth another try


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
async def test_a_temporary_refusal_is_worth_another_try_which_succeeds(server: Server, command: str) -> None:
    server.replies = {command: ["451 4.3.0 come back later"]}

    with pytest.raises(MailDelayed, match=r"^451 4\.3\.0 come back later$"):
        await mailer(server).send(MESSAGE)
    await mailer(server).send(MESSAGE)

    assert len(server.taken) == 1


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
async def test_a_permanent_refusal_is_not(server: Server, command: str) -> None:
    server.replies = {command: ["550 5.1.1 <Ada@example.org>: nobody of that name"]}

    with pytest.raises(MailRefused, match=r"^550 5\.1\.1 <the recipient>: nobody of that name$"):
        await mailer(server).send(MESSAGE)


async def test_a_server_that_is_away_is_worth_another_try(server: Server) -> None:
    away = mailer(server)
    async with serving() as other:
        port = other.port
    gone = SmtpMailer(f"smtp://127.0.0.1:{port}", SENDER)

    with pytest.raises(MailDelayed, match=r"Error connecting to 127\.0\.0\.1"):
        await gone.send(MESSAGE)
    await away.send(MESSAGE)


async def test_a_server_that_hangs_up_is_worth_another_try() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example\r\n")
        writer.close()

    listening = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        with pytest.raises(MailDelayed):
            await SmtpMailer(f"smtp://127.0.0.1:{port}", SENDER).send(MESSAGE)


async def test_a_silent_server_is_worth_a_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openslot.providers.mail.smtp.TIMEOUT_SECONDS", 0.1)
    over = asyncio.Event()

    async def stay_silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    listening = await asyncio.start_server(stay_silent, "127.0.0.1", 0)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        with pytest.raises(MailDelayed, match="no answer in time"):
            await SmtpMailer(f"smtp://127.0.0.1:{port}", SENDER).send(MESSAGE)
        over.set()


async def test_what_was_taken_is_not_sent_again_whatever_becomes_of_the_good_bye(server: Server) -> None:
    server.replies = {"QUIT": ["500 what?"]}

    assert await mailer(server).send(MESSAGE)


# Logging in, encrypted or not

LOGIN = "office:p%40ss%2Fword@"


async def test_user_and_password_are_given_where_the_url_has_them() -> None:
    async with serving(auth_require_tls=False, auth_required=True) as server:
        await mailer(server, login=LOGIN).send(MESSAGE)

    assert server.logins == [(b"office", b"p@ss/word")]
    assert len(server.taken) == 1


@pytest.mark.parametrize("login", ["office:hunter2@", ""])
async def test_a_login_that_fails_is_the_operator_s_to_mend_and_worth_another_try(login: str) -> None:
    async with serving(auth_require_tls=False, auth_required=True) as server:
        with pytest.raises(MailDelayed, match=r"53[05] ") as failed:
            await mailer(server, login=login).send(MESSAGE)

    assert "hunter2" not in str(failed.value)
    assert server.taken == []


async def test_a_password_is_not_given_where_the_server_can_t_log_in(server: Server) -> None:
    with pytest.raises(MailDelayed, match="AUTH"):
        await mailer(server, login=LOGIN).send(MESSAGE)

    assert server.logins == []


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a made-up authority, ``ca.pem``, and what it vouches for, ``server.pem``, on 127.0.0.1."""
    place = tmp_path_factory.mktemp("certificates")
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "A made-up authority")])
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.example")])
    began, ends = datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(days=1)

    def builder(subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder(ca_name, subject, public, x509.random_serial_number(), began, ends)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        )

    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    ca = (
        builder(ca_name, ca_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    leaf = builder(name, key.public_key()).add_extension(names, critical=False).sign(ca_key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    (place / "ca.pem").write_bytes(ca.public_bytes(pem))
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (place / "server.pem").write_bytes(secret + leaf.public_bytes(pem))
    return place


@pytest.fixture
def tls(certificates: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificates / "server.pem")
    return context


@pytest.fixture
def trusted(certificates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine trusts the made-up authority."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "ca.pem"))


@asynccontextmanager
async def encrypting(scheme: str, tls: ssl.SSLContext) -> AsyncIterator[Server]:
    if scheme == "smtps":
        async with serving(tls=tls) as server:
            yield server
    else:
        async with serving(tls_context=tls, require_starttls=True, auth_required=True) as server:
            yield server


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(("scheme", "login"), [("smtps", ""), ("smtp+starttls", LOGIN)])
async def test_mail_goes_encrypted_to_a_server_that_is_vouched_for(
    tls: ssl.SSLContext, scheme: str, login: str
) -> None:
    async with encrypting(scheme, tls) as server:
        await mailer(server, scheme=scheme, login=login).send(MESSAGE)

    assert len(server.taken) == 1
    assert server.encrypted == [True] or scheme == "smtps"


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
async def test_a_server_that_nobody_vouches_for_gets_nothing(tls: ssl.SSLContext, scheme: str) -> None:
    async with encrypting(scheme, tls) as server:
        with pytest.raises(MailDelayed, match=r"(?i)certificate verify failed"):
            await mailer(server, scheme=scheme, login=LOGIN).send(MESSAGE)

    assert (server.connections, server.logins) == (0, [])


@pytest.mark.usefixtures("trusted")
async def test_a_server_that_won_t_encrypt_gets_no_mail_and_no_password() -> None:
    async with serving(auth_require_tls=False) as server:
        with pytest.raises(MailDelayed, match="STARTTLS"):
            await mailer(server, scheme="smtp+starttls", login=LOGIN).send(MESSAGE)

    assert (server.connections, server.logins) == (0, [])


# Which mailer it is


async def test_the_settings_choose_the_server_and_the_sender(server: Server) -> None:
    chosen = make_mailer(Settings(smtp_url=f"smtp://127.0.0.1:{server.port}", mail_from="Ada <ada@book.example>"))

    assert await chosen.send(MESSAGE)

    assert str(server.taken[0][2]["From"]) == "Ada <ada@book.example>"


async def test_without_a_server_mail_is_dropped_and_that_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    chosen = make_mailer(Settings())

    assert [await chosen.send(MESSAGE) for _ in range(3)] == [False] * 3

    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert record.getMessage() == f"mail is not sent, OPENSLOT_SMTP_URL is not set; the first was: {MESSAGE.subject}"
