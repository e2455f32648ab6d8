"""Settings, read once from environment variables named ``OPENSLOT_`` plus the field. ``openslot up`` needs none.

Every field has its line in docs/settings.md; a test compares the two.
"""

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from email import policy
from email.errors import ObsoleteHeaderDefect
from ipaddress import ip_network
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import platformdirs

PREFIX = "OPENSLOT_"
MAX_QUOTA = 1_000_000
"""The maximum for the setting of a quota."""


class SettingError(Exception):
    """A setting has an invalid value; the message names the variable."""


class OperationLimit(NamedTuple):
    """How often one user may call an operation."""

    method: str
    path: str
    """Below the API's base, as documented: ``/scheduled_events/{uuid}``."""
    most: int
    seconds: int


@dataclass(frozen=True)
class Settings:
    """The settings of an operator. An empty variable means the default."""

    database_url: str = field(default="", repr=False)
    """PostgreSQL 15 or newer; empty: the embedded one in ``data_dir``."""
    data_dir: Path = field(default_factory=lambda: Path(platformdirs.user_data_dir("openslot")))
    """Where the embedded PostgreSQL and the secret key live."""
    host: str = "127.0.0.1"
    """Address that ``up`` and ``web`` listen on."""
    port: int = 8000
    public_url: str = ""
    """The public URL of the service, without a slash at the end; empty: http://localhost:{port}."""
    api_host: str = ""
    """A host name on which the API answers at the root as well, as api.calendly.com does."""
    secret_key: str = field(default="", repr=False)
    """Signs forms and encrypts stored credentials; empty: generated once and stored in ``data_dir``."""
    outbound_allow: tuple[str, ...] = ()
    """Networks that webhooks may reach although they are private, loopback or link-local."""
    webhook_retry_seconds: tuple[int, ...] = (5, 30, 300, 1800, 7200, 18_000, *[36_000] * 11)
    """Waits between the attempts of one delivery, nearly five days in all; after the last it is given up."""
    webhook_warn_seconds: int = 3600
    """How long deliveries fail before the subscription's owner is warned."""
    event_retention_days: int = 400
    """How long the event log and its deliveries are kept, by whole months; 0: for good."""
    smtp_url: str = field(default="", repr=False)
    """The mail server, with user and password; empty: mail is stored and not sent."""
    mail_from: str = ""
    """The sender of mail; empty: OpenSlot <openslot@{host of public_url}>."""
    web_workers: int = 1
    """Processes that serve HTTP."""
    web_connections: int = 4096
    """Open connections per process; further ones wait to be accepted."""
    head_timeout_seconds: int = 15
    """For the head of a request to arrive, and for an open connection to stay idle."""
    body_timeout_seconds: int = 30
    """For the body of a request to arrive; also how long a caller may stop reading the response."""
    database_pool: int = 10
    """Connections to PostgreSQL per web process, besides those for health checks."""
    database_wait_seconds: int = 30
    """How long a request waits for a connection."""
    database_lock_seconds: int = 3
    """How long a request waits for a lock of another transaction; 0: the server's own setting."""
    database_statement_seconds: int = 15
    """Longest statement of a request; 0: the server's own setting."""
    available_times_days: int = 31
    """Longest range of one request for available times; 7 for clients written before July 2026."""
    no_show_before_start: str = "refuse"
    """``accept`` or ``refuse`` a no-show mark before the event has begun (ADR 0008)."""
    log_level: str = "info"
    """Of the web processes and the workers."""
    log_format: str = "text"
    """``text`` to read, or ``json`` for programs: one object per line."""
    holds_per_user: int = 10
    """Starts and seats that a plain member may hold at a time; 0: any number, as for the others below (ADR 0029)."""
    holds_per_admin: int = 100
    """The same for admins and owners, whose tokens are used by checkouts and other services."""
    holds_per_address: int = 50
    """Meetings that visitors from one network address may have waiting for a host's approval at a time."""
    holds_per_email: int = 10
    """The same for one invitee's e-mail address."""
    webhooks_per_user: int = 100
    """Webhook subscriptions that a plain member may have; 0: any number, as for the others below (ADR 0030)."""
    webhooks_per_organization: int = 1000
    """The same for an organization with all its members."""
    bookings_per_address: int = 300
    """Bookings on pages from one network address at once; refilled evenly within 10 minutes."""
    bookings_per_email: int = 60
    """Bookings on pages with one e-mail address at once; refilled within an hour."""
    bookings_per_member: int = 300
    """Bookings and holds over the API by a plain member on the time of others at once; refilled within 10 minutes."""
    forms_per_address: int = 1200
    """Forms submitted from one network address at once; refilled within 10 minutes."""
    unchallenged_bookings: int = 60
    """Booking forms for one event type at once before each must be solved (ADR 0048); refilled within 10 minutes."""
    api_calls_per_minute: int = 100_000
    """Calls of the API by one user within a minute; 0: any number, and no headers. Calendly allows 500."""
    operation_limits: tuple[OperationLimit, ...] = ()
    """Calls of single operations by one user, such as ``POST /invitees 10/minute 50/hour 100/day``."""
    sign_ins_per_address: int = 300
    """Tries to sign in from one network address at once; refilled within 10 minutes."""
    sign_ins_per_account: int = 10
    """The same for one account from that address."""
    token_requests_per_address: int = 1200
    """Requests for OAuth tokens from one network address at once; refilled within 10 minutes."""
    token_requests_per_client: int = 600
    """The same for one application from that address."""
    registrations_per_address: int = 20
    """OAuth applications that register themselves from one network address at once; refilled within 10 minutes."""
    oauth_tokens_per_minute: int = 8
    """OAuth tokens issued for one user within a minute."""
    trusted_proxies: tuple[str, ...] = ()
    """Networks of the reverse proxies whose headers about the client's address are trusted."""
    oauth_registration: str = "open"
    """``open`` or ``closed``: whether applications may register themselves, as agents do (ADR 0040)."""
    mcp_urls: tuple[str, ...] = ()
    """Where the operator's servers for agents are, which access tokens may be for besides the API (ADR 0042)."""
    metrics_token: str = field(default="", repr=False)
    """The bearer token for /metrics; empty: open to requests from this machine that come through no proxy."""

    @property
    def base_url(self) -> str:
        """The URL of the pages, without a slash at the end."""
        return self.public_url or f"http://localhost:{self.port}"

    @property
    def api_url(self) -> str:
        """The prefix of every resource URI."""
        return f"{self.base_url}/api/v2"

    @property
    def sender(self) -> str:
        """The sender of mail, name and address."""
        host = urlsplit(self.base_url).hostname or "localhost"
        return self.mail_from or f"OpenSlot <openslot@{f'[IPv6:{host}]' if ':' in host else host}>"


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from ``environ`` (the process environment where None).

    Raises:
        SettingError: a value is invalid.
    """
    environ = os.environ if environ is None else environ
    values: dict[str, object] = {}
    for one in fields(Settings):
        variable = PREFIX + one.name.upper()
        text = environ.get(variable, "").strip()
        if not text:
            continue
        try:
            values[one.name] = _read(one.name, text)
        except ValueError as exc:
            shown = f"{variable}={text!r}" if one.repr else variable
            raise SettingError(f"{shown}: {exc}") from exc
    return Settings(**values)  # type: ignore[arg-type] # each value was read by its field's name


def _read(name: str, text: str) -> object:
    reader = _READERS.get(name)
    return text if reader is None else reader(text)


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be a URL such as https://book.example.org")
    return text.rstrip("/")


def _urls(text: str) -> tuple[str, ...]:
    return tuple(_url(part.strip()) for part in text.split(",") if part.strip())


def _smtp_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        known = parts.scheme in {"smtp", "smtps", "smtp+starttls"} and parts.hostname and parts.port != 0
        known = known and not (parts.path.strip("/") or parts.query or parts.fragment)
    except ValueError:  # not shown: its text may contain a part of the password
        known = False
    if not known:
        raise ValueError(
            "must be a URL such as smtp+starttls://user:password@mail.example.org:587, or smtps:// or smtp://, "
            "with other characters than letters and digits in user and password percent-encoded"
        )
    return text


def _mail_from(text: str) -> str:
    read = policy.SMTP.header_factory("From", text)
    wrong = [defect for defect in read.defects if not isinstance(defect, ObsoleteHeaderDefect)]
    if wrong or not text.isprintable() or len(read.addresses) != 1 or not read.addresses[0].domain.isascii():
        raise ValueError("must be an address such as OpenSlot <openslot@example.org>")
    return text


def _level(text: str) -> str:
    if text.upper() not in logging.getLevelNamesMapping():
        raise ValueError("must be debug, info, warning, error or critical")
    return text.lower()


def _one_of(text: str, *choices: str) -> str:
    if text.lower() not in choices:
        raise ValueError(f"must be {' or '.join(choices)}")
    return text.lower()


def _networks(text: str) -> tuple[str, ...]:
    return tuple(str(ip_network(part.strip())) for part in text.split(",") if part.strip())


def _number(text: str, least: int, most: int) -> int:
    try:
        number = int(text)
    except ValueError:
        raise ValueError("must be a whole number") from None
    if not least <= number <= most:
        raise ValueError(f"must be from {least} to {most}")
    return number


_SPANS = {"minute": 60, "hour": 3600, "day": 86_400}


def _operation_limits(text: str) -> tuple[OperationLimit, ...]:
    return tuple(limit for part in text.split(";") if part.strip() for limit in _limits_of(part.split()))


def _limits_of(words: list[str]) -> list[OperationLimit]:
    method, path, *rates = [*words, "", ""][: max(len(words), 2)]
    spans = [rate.partition("/") for rate in rates]
    if not (rates and method.isalpha() and path.startswith("/") and all(span in _SPANS for _, _, span in spans)):
        raise ValueError("must be such as POST /invitees 10/minute 50/hour 100/day; GET /scheduled_events 60/minute")
    return [OperationLimit(method.upper(), path, _number(most, 1, MAX_QUOTA), _SPANS[span]) for most, _, span in spans]


_READERS: dict[str, Callable[[str], object]] = {
    "data_dir": lambda text: Path(text).expanduser(),
    "port": lambda text: _number(text, 0, 65535),
    "public_url": _url,
    "outbound_allow": _networks,
    "holds_per_user": lambda text: _number(text, 0, MAX_QUOTA),
    "holds_per_admin": lambda text: _number(text, 0, MAX_QUOTA),
    "holds_per_address": lambda text: _number(text, 0, MAX_QUOTA),
    "holds_per_email": lambda text: _number(text, 0, MAX_QUOTA),
    "webhooks_per_user": lambda text: _number(text, 0, MAX_QUOTA),
    "webhooks_per_organization": lambda text: _number(text, 0, MAX_QUOTA),
    "bookings_per_address": lambda text: _number(text, 0, MAX_QUOTA),
    "bookings_per_email": lambda text: _number(text, 0, MAX_QUOTA),
    "bookings_per_member": lambda text: _number(text, 0, MAX_QUOTA),
    "forms_per_address": lambda text: _number(text, 0, MAX_QUOTA),
    "unchallenged_bookings": lambda text: _number(text, 0, MAX_QUOTA),
    "api_calls_per_minute": lambda text: _number(text, 0, MAX_QUOTA),
    "operation_limits": _operation_limits,
    "sign_ins_per_address": lambda text: _number(text, 0, MAX_QUOTA),
    "sign_ins_per_account": lambda text: _number(text, 0, MAX_QUOTA),
    "token_requests_per_address": lambda text: _number(text, 0, MAX_QUOTA),
    "token_requests_per_client": lambda text: _number(text, 0, MAX_QUOTA),
    "registrations_per_address": lambda text: _number(text, 0, MAX_QUOTA),
    "oauth_tokens_per_minute": lambda text: _number(text, 0, MAX_QUOTA),
    "trusted_proxies": _networks,
    "webhook_retry_seconds": lambda text: tuple(_number(part, 0, 365 * 86400) for part in text.split(",")),
    "webhook_warn_seconds": lambda text: _number(text, 0, 365 * 86400),
    "event_retention_days": lambda text: _number(text, 0, 36_500),
    "smtp_url": _smtp_url,
    "mail_from": _mail_from,
    "web_workers": lambda text: _number(text, 1, 1000),
    "web_connections": lambda text: _number(text, 1, 1_000_000),
    "head_timeout_seconds": lambda text: _number(text, 1, 3600),
    "body_timeout_seconds": lambda text: _number(text, 1, 3600),
    "database_pool": lambda text: _number(text, 1, 1000),
    "database_wait_seconds": lambda text: _number(text, 1, 3600),
    "database_lock_seconds": lambda text: _number(text, 0, 3600),
    "database_statement_seconds": lambda text: _number(text, 0, 3600),
    "available_times_days": lambda text: _number(text, 1, 1000),
    "no_show_before_start": lambda text: _one_of(text, "accept", "refuse"),
    "oauth_registration": lambda text: _one_of(text, "open", "closed"),
    "mcp_urls": _urls,
    "log_level": _level,
    "log_format": lambda text: _one_of(text, "text", "json"),
}
