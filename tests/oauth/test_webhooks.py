"""Webhook subscriptions that are made through an application. Source: webhooks, section 4."""

from conftest import SECRET_KEY, Clock
from factories import API, Organization
from oauth.conftest import CALLBACK, Application, OAuthClients
from oauth.test_tokens import authorized
from openslot.core.ids import parse_uri
from openslot.db.pool import Conn
from openslot.security.vault import Vault
from openslot.services import access
from openslot.services.oauth import applications
from openslot.services.oauth.applications import NewApplication
from pages.plain_browser import PlainBrowser


async def test_they_are_signed_with_the_applications_key(
    signed_in: PlainBrowser, client_of: OAuthClients, conn: Conn, organization: Organization, clock: Clock
) -> None:
    operator = await access.operator(conn, organization.id)
    new = NewApplication(name="Kiln CRM", redirect_uris=[CALLBACK])
    made = await applications.create(conn, operator, new, vault=Vault(SECRET_KEY), now=clock.now)
    client = client_of(Application(str(made.application.id), made.secret, CALLBACK))
    token = await authorized(signed_in, client)
    body = {
        "url": "https://crm.example.org/hook", "events": ["invitee.created"], "scope": "user", "user": token["owner"],
        "organization": token["organization"], "signing_key": "another key of the body",
    }  # fmt: skip
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    subscribed = await signed_in.client.post(f"{API}/webhook_subscriptions", json=body, headers=headers)
    assert subscribed.status_code == 201
    subscription_id = parse_uri(subscribed.json()["resource"]["uri"], "webhook_subscriptions")
    assert subscription_id is not None
    query = "SELECT sealed_signing_key FROM webhook_subscriptions WHERE id = %s"
    row = await (await conn.execute(query, (subscription_id,))).fetchone()
    assert row is not None
    assert Vault(SECRET_KEY).open(row[0]) == made.signing_key


async def test_they_end_with_the_access(
    signed_in: PlainBrowser, client_of: OAuthClients, application: Application, organization: Organization
) -> None:
    token = await authorized(signed_in, client_of(application))
    body = {
        "url": "https://crm.example.org/hook", "events": ["invitee.created"], "scope": "user", "user": token["owner"],
        "organization": token["organization"],
    }  # fmt: skip
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    made = await signed_in.client.post(f"{API}/webhook_subscriptions", json=body, headers=headers)
    uri = made.json()["resource"]["uri"]
    kept = await signed_in.client.post(
        f"{API}/webhook_subscriptions",
        json=body | {"url": "https://own.example/hook"},
        headers=organization.member.headers,
    )
    await signed_in.open("/app/account")
    [section] = signed_in.document.all("section", class_="application")
    await signed_in.send(form=section.one("form"))
    states = [
        (await signed_in.client.get(one, headers=organization.headers)).json()["resource"]["state"]
        for one in (uri, kept.json()["resource"]["uri"])
    ]
    assert states == ["disabled", "active"]
