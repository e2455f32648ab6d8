"""Tokens and passwords, and that no secret is written down anywhere."""

import hashlib
import logging
import secrets
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from psycopg_pool import PoolTimeout

from conftest import Clock, in_one_task, serving
from factories import API, URIS, Organization
from openslot.config import SettingError, Settings
from openslot.db.pool import Conn, make_pool
from openslot.security import tokens
from openslot.security.passwords import hash_password, verify_password
from openslot.security.vault import Vault, secret_key
from openslot.services.accounts import NewMember
from openslot.services.webhooks.subscriptions import Wanted
from openslot.wire.webhooks import CreateWebhookSubscription

SECRET = "correct horse battery staple"


def test_a_token_has_256_random_bits_behind_its_prefix() -> None:
    made = {tokens.new_token() for _ in range(100)}

    assert len(made) == 100
    assert {(token[:4], len(token)) for token in made} == {("osl_", 47)}


def test_a_digest_is_the_sha_256_of_the_token() -> None:
    assert tokens.digest("osl_example") == hashlib.sha256(b"osl_example").digest()


async def test_a_token_is_stored_as_its_digest_only(conn: Conn, organization: Organization) -> None:
    token = organization.owner.token
    cursor = await conn.execute(
        "SELECT to_jsonb(t)::text FROM access_tokens AS t WHERE user_id = %s", (organization.owner.id,)
    )
    ((row,),) = await cursor.fetchall()

    assert token not in row
    assert token.removeprefix("osl_") not in row
    assert tokens.digest(token).hex() in row


def test_a_password_is_verified_against_its_hash() -> None:
    stored = hash_password(SECRET)

    assert stored.startswith("$argon2id$")
    assert SECRET not in stored
    assert hash_password(SECRET) != stored
    assert verify_password(stored, SECRET)
    assert not verify_password(stored, SECRET + " ")
    assert not verify_password(None, SECRET)
    assert not verify_password(None, "nobody's password")
    assert not verify_password("damaged", SECRET)


def test_who_comes_while_the_secret_key_is_being_made_gets_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Web process and worker start at once; one with another key could never open what the other sealed."""
    random = secrets.token_urlsafe
    meanwhile: list[str] = []

    def slowly(size: int) -> str:
        if not meanwhile:
            meanwhile.append("")
            meanwhile[0] = secret_key("", tmp_path)
        return random(size)

    monkeypatch.setattr(secrets, "token_urlsafe", slowly)
    made = secret_key("", tmp_path)

    assert made
    assert meanwhile == [made]


HOLDERS: list[Any] = [
    Settings(database_url=f"postgresql://user:{SECRET}@host/db", secret_key=SECRET),
    Vault(SECRET),
    Wanted(url="https://hooks.example/", events=[], scope="organization", user_id=None, signing_key=SECRET),
    NewMember(name="Ada", email="ada@example.org", timezone="Europe/Rome", password=SECRET),
    CreateWebhookSubscription("https://hooks.example/", ["x"], "o", "organization", signing_key=SECRET),
]


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda holder: type(holder).__name__)
def test_who_holds_a_secret_does_not_show_it(holder: object) -> None:
    assert SECRET not in repr(holder)
    assert SECRET not in str(holder)


async def test_no_secret_gets_into_logs_or_answers(
    settings: Settings,
    clock: Clock,
    organization: Organization,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Everything logs as much as it can; requests succeed, are refused, and fail on our side."""
    caplog.set_level(logging.DEBUG)
    token, key = organization.owner.token, "the signing key of somebody"
    body = {
        "url": "https://hooks.example/",
        "events": ["invitee.created"],
        "organization": URIS.organization(organization.id),
        "scope": "organization",
        "signing_key": key,
    }
    answers: list[httpx.Response] = []
    async with in_one_task(serving(settings, clock)) as http:
        answers.append(await http.get(f"{API}/users/me", headers=organization.headers))
        answers.append(await http.get(f"{API}/users/me", headers={"Authorization": f"Bearer {token}x"}))
        bodies = (body, body, body | {"scope": 1}, body | {"signing_key": key * 20}, body | {"url": f"x {key}"})
        answers += [
            await http.post(f"{API}/webhook_subscriptions", json=sent, headers=organization.headers) for sent in bodies
        ]

        async def fail(*_: object, **__: object) -> None:
            raise psycopg.OperationalError("connection lost")

        monkeypatch.setattr("openslot.db.webhook_subscriptions.insert", fail)
        answers.append(await http.post(f"{API}/webhook_subscriptions", json=body, headers=organization.headers))

    assert [answer.status_code for answer in answers] == [200, 401, 201, 409, 400, 400, 400, 503]
    written = caplog.text + "".join(str(answer.headers) + answer.text for answer in answers)
    for secret in (token, token.removeprefix("osl_"), key, settings.secret_key):
        assert secret not in written


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:hunter2@/nowhere?host=/nowhere",
        "postgres:/user:hunter2@host/db",
        "postgresql://user:hunter2@[::1/db",
        "host=/nowhere password=hunter2",
        "host=/nowhere pasword=hunter2",
        "hunter2",
    ],
)
async def test_a_database_url_that_can_t_be_used_is_not_written_down(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    with pytest.raises((SettingError, PoolTimeout)) as refused:
        async with make_pool(url, size=1) as pool, pool.connection(timeout=0.1):
            pass

    assert "hunter2" not in repr(refused.value) + caplog.text
    assert refused.value.__cause__ is None or "hunter2" not in repr(refused.value.__cause__)
