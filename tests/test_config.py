"""Settings, read from the environment."""

import os
import traceback
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from openslot import config
from openslot.config import PREFIX, OperationLimit, SettingError, Settings


def test_nothing_is_needed() -> None:
    assert config.load({}) == Settings()
    assert Settings().base_url == "http://localhost:8000"
    assert Settings().api_url == "http://localhost:8000/api/v2"


READ: list[tuple[str, str, Any]] = [
    ("DATABASE_URL", " postgresql://user:secret@host/db ", "postgresql://user:secret@host/db"),
    ("DATA_DIR", "/srv/openslot", Path("/srv/openslot")),
    ("DATA_DIR", "~/openslot", Path("~/openslot").expanduser()),
    ("HOST", "0.0.0.0", "0.0.0.0"),
    ("PORT", "0", 0),
    ("PORT", "65535", 65535),
    ("PUBLIC_URL", "https://book.example/", "https://book.example"),
    ("PUBLIC_URL", "https://example.org/book", "https://example.org/book"),
    ("API_HOST", "api.book.example", "api.book.example"),
    ("SECRET_KEY", "a key", "a key"),
    ("OUTBOUND_ALLOW", "10.0.0.0/8, 127.0.0.1,fd00::/8,", ("10.0.0.0/8", "127.0.0.1/32", "fd00::/8")),
    ("WEBHOOK_RETRY_SECONDS", "5, 30,0", (5, 30, 0)),
    ("WEBHOOK_WARN_SECONDS", "0", 0),
    ("EVENT_RETENTION_DAYS", "0", 0),
    ("SMTP_URL", "smtp://mail.example", "smtp://mail.example"),
    ("SMTP_URL", "smtps://user:p%40ss@mail.example:465/", "smtps://user:p%40ss@mail.example:465/"),
    ("SMTP_URL", "smtp+starttls://user:pass@[::1]:587", "smtp+starttls://user:pass@[::1]:587"),
    ("MAIL_FROM", "Ada's office <office@example.org>", "Ada's office <office@example.org>"),
    ("MAIL_FROM", "A. Lovelace <office@example.org>", "A. Lovelace <office@example.org>"),
    ("MAIL_FROM", "สำนักงาน <office@example.org>", "สำนักงาน <office@example.org>"),
    ("MAIL_FROM", "office@example.org", "office@example.org"),
    ("WEB_WORKERS", "4", 4),
    ("WEB_CONNECTIONS", "100", 100),
    ("HEAD_TIMEOUT_SECONDS", "5", 5),
    ("BODY_TIMEOUT_SECONDS", "60", 60),
    ("DATABASE_POOL", "20", 20),
    ("DATABASE_WAIT_SECONDS", "2", 2),
    ("DATABASE_LOCK_SECONDS", "0", 0),
    ("DATABASE_STATEMENT_SECONDS", "30", 30),
    ("AVAILABLE_TIMES_DAYS", "7", 7),
    ("LOG_LEVEL", "DEBUG", "debug"),
    ("LOG_FORMAT", "JSON", "json"),
    ("METRICS_TOKEN", "a token", "a token"),
    ("HOLDS_PER_USER", "0", 0),
    ("HOLDS_PER_ADMIN", "500", 500),
    ("HOLDS_PER_ADDRESS", "20", 20),
    ("HOLDS_PER_EMAIL", "1", 1),
    ("WEBHOOKS_PER_USER", "0", 0),
    ("WEBHOOKS_PER_ORGANIZATION", "50", 50),
    ("BOOKINGS_PER_ADDRESS", "1000000", 1_000_000),
    ("BOOKINGS_PER_EMAIL", "5", 5),
    ("BOOKINGS_PER_MEMBER", "5", 5),
    ("FORMS_PER_ADDRESS", "5", 5),
    ("UNCHALLENGED_BOOKINGS", "5", 5),
    ("API_CALLS_PER_MINUTE", "500", 500),
    (
        "OPERATION_LIMITS",
        "post /invitees 5/minute 9/day; GET /groups/{uuid} 1/hour;",
        (
            OperationLimit("POST", "/invitees", 5, 60),
            OperationLimit("POST", "/invitees", 9, 86_400),
            OperationLimit("GET", "/groups/{uuid}", 1, 3600),
        ),
    ),
    ("SIGN_INS_PER_ADDRESS", "5", 5),
    ("SIGN_INS_PER_ACCOUNT", "5", 5),
    ("TOKEN_REQUESTS_PER_ADDRESS", "5", 5),
    ("TOKEN_REQUESTS_PER_CLIENT", "5", 5),
    ("OAUTH_TOKENS_PER_MINUTE", "5", 5),
    ("TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8,", ("127.0.0.1/32", "10.0.0.0/8")),
    ("NO_SHOW_BEFORE_START", "Refuse", "refuse"),
    ("OAUTH_REGISTRATION", "Closed", "closed"),
    ("REGISTRATIONS_PER_ADDRESS", "5", 5),
    (
        "MCP_URLS",
        "https://mcp.example.org/mcp/, http://10.0.0.1:8765/mcp,",
        ("https://mcp.example.org/mcp", "http://10.0.0.1:8765/mcp"),
    ),
]


@pytest.mark.parametrize(("variable", "text", "value"), READ)
def test_a_setting_is_read_from_its_variable(variable: str, text: str, value: Any) -> None:
    assert config.load({PREFIX + variable: text}) == Settings(**{variable.lower(): value})


def test_every_setting_can_be_read() -> None:
    assert {variable.lower() for variable, *_ in READ} == {one.name for one in fields(Settings)}


@pytest.mark.parametrize("text", ["", "  "])
def test_empty_means_the_default(text: str) -> None:
    assert config.load({PREFIX + one.name.upper(): text for one in fields(Settings)}) == Settings()


def test_the_process_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)
    monkeypatch.setenv("OPENSLOT_PORT", "9000")
    monkeypatch.setenv("PORT", "1")

    assert config.load() == Settings(port=9000)
    assert config.load().base_url == "http://localhost:9000"


FROM = "must be an address such as OpenSlot <openslot@example.org>"
LIMIT = "must be such as POST /invitees 10/minute 50/hour 100/day; GET /scheduled_events 60/minute"
WRONG = [
    ("OPERATION_LIMITS", "POST", LIMIT),
    ("OPERATION_LIMITS", "POST /invitees", LIMIT),
    ("OPERATION_LIMITS", "POST /invitees 5", LIMIT),
    ("OPERATION_LIMITS", "POST invitees 5/minute", LIMIT),
    ("OPERATION_LIMITS", "POST /invitees 5/minute 5/week", LIMIT),
    ("OPERATION_LIMITS", "POST /invitees x/minute", "must be a whole number"),
    ("OPERATION_LIMITS", "POST /invitees 0/minute", "must be from 1 to 1000000"),
    ("PORT", "http", "must be a whole number"),
    ("PORT", "-1", "must be from 0 to 65535"),
    ("PORT", "65536", "must be from 0 to 65535"),
    ("WEB_WORKERS", "0", "must be from 1 to 1000"),
    ("DATABASE_POOL", "many", "must be a whole number"),
    ("AVAILABLE_TIMES_DAYS", "0", "must be from 1 to 1000"),
    ("PUBLIC_URL", "book.example", "must be a URL such as https://book.example.org"),
    ("PUBLIC_URL", "ftp://book.example", "must be a URL such as https://book.example.org"),
    ("PUBLIC_URL", "https://", "must be a URL such as https://book.example.org"),
    ("PUBLIC_URL", "https://book.example?x=1", "must be a URL such as https://book.example.org"),
    ("OUTBOUND_ALLOW", "10.0.0.1/8", "10.0.0.1/8 has host bits set"),
    ("OUTBOUND_ALLOW", "localhost", "'localhost' does not appear to be an IPv4 or IPv6 network"),
    ("WEBHOOK_RETRY_SECONDS", "5,soon", "must be a whole number"),
    ("WEBHOOK_RETRY_SECONDS", "5,-1", "must be from 0 to 31536000"),
    ("MAIL_FROM", "OpenSlot", FROM),
    ("MAIL_FROM", "a@example.org, b@example.org", FROM),
    ("MAIL_FROM", "office@example.org\nBcc: all@example.org", FROM),
    ("MAIL_FROM", "Office <office@example.org", FROM),
    ("MAIL_FROM", "office@bücher.example", FROM),
    ("LOG_LEVEL", "loud", "must be debug, info, warning, error or critical"),
    ("LOG_FORMAT", "xml", "must be text or json"),
    ("NO_SHOW_BEFORE_START", "maybe", "must be accept or refuse"),
]


@pytest.mark.parametrize(("variable", "text", "reason"), WRONG)
def test_what_can_t_be_read_is_named_with_its_reason(variable: str, text: str, reason: str) -> None:
    with pytest.raises(SettingError) as refused:
        config.load({PREFIX + variable: text})

    assert str(refused.value) == f"{PREFIX}{variable}={text!r}: {reason}"


@pytest.mark.parametrize(
    "text",
    [
        "hunter2",
        "http://user:hunter2@mail.example",
        "smtp://user:hunter2@",
        "smtp://user:hunter2@mail.example:port",
        "smtp://user:hunter2@mail.example:0",
        "smtp://user:hunter2@mail.example:70000",
        "smtp://user:hunter2/3@mail.example",
        "smtp://user:hunter2#3@mail.example",
        "smtp://user:hunter2?3@mail.example",
        "smtp://user:hunter2@[mail.example",
        "smtp://user:hunter2@mail.example/path",
    ],
)
def test_a_secret_that_can_t_be_read_is_not_shown(text: str) -> None:
    with pytest.raises(SettingError) as refused:
        config.load({"OPENSLOT_SMTP_URL": text})

    assert str(refused.value).startswith("OPENSLOT_SMTP_URL: must be a URL such as smtp+starttls://user:password@")
    assert "hunter2" not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize(
    ("settings", "sender"),
    [
        (Settings(), "OpenSlot <openslot@localhost>"),
        (Settings(public_url="https://book.example:8443/x"), "OpenSlot <openslot@book.example>"),
        (Settings(public_url="http://[::1]:8000"), "OpenSlot <openslot@[IPv6:::1]>"),
        (Settings(mail_from="Ada <ada@example.org>"), "Ada <ada@example.org>"),
    ],
)
def test_mail_is_from_the_host_that_links_lead_to(settings: Settings, sender: str) -> None:
    assert settings.sender == sender


def test_settings_do_not_show_their_secrets() -> None:
    settings = config.load(
        {
            "OPENSLOT_DATABASE_URL": "postgresql://user:hunter2@host/db",
            "OPENSLOT_SECRET_KEY": "hunter2",
            "OPENSLOT_SMTP_URL": "smtps://user:hunter2@mail.example",
            "OPENSLOT_METRICS_TOKEN": "hunter2",
        }
    )

    assert "hunter2" not in repr(settings)
