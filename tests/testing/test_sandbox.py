"""What a sandbox in the hands of a test can do, against a real service."""

import inspect
import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from openslot.client import Client, Conflict, Forbidden, operations
from openslot.testing import Sandbox, Service, ServiceFailed, WebhookReceiver

MONDAY = datetime(2030, 1, 7, 8, tzinfo=UTC)


def test_each_sandbox_is_an_organization_of_its_own(openslot_service: Service, sandbox: Sandbox) -> None:
    sandbox.set_clock(MONDAY)
    with openslot_service.make_sandbox("Europe/Rome") as other:
        other.make_event_type("Kiln tour")
        me = other.client.send(operations.GetCurrentUser())

        assert (me.uri, me.timezone, me.current_organization) == (other.user, "Europe/Rome", other.organization)
        assert other.now() < MONDAY <= sandbox.now()
        assert other.organization != sandbox.organization


def test_a_member_has_a_token_and_a_page(sandbox: Sandbox) -> None:
    made = sandbox.make_user("Bo Member", "Asia/Bangkok")
    with Client(made.token, sandbox.api_url) as client:
        me = client.send(operations.GetCurrentUser())

    assert (me.uri, me.name, me.timezone) == (made.user, "Bo Member", "Asia/Bangkok")
    assert httpx.get(made.scheduling_url).status_code == 200


def test_the_clock_goes_back_after_a_reset(sandbox: Sandbox) -> None:
    event_type = sandbox.make_event_type().uri
    sandbox.set_clock(MONDAY)
    sandbox.book(event_type)
    with pytest.raises(Conflict):
        sandbox.set_clock(MONDAY - timedelta(days=1))
    sandbox.reset()
    sandbox.set_clock(MONDAY - timedelta(days=1))

    assert sandbox.client.send(operations.ListScheduledEvents(organization=sandbox.organization)).collection == []
    assert sandbox.free_times(event_type)[0] == MONDAY + timedelta(hours=1)


def test_a_warning_about_a_receiver_that_fails_is_kept(sandbox: Sandbox) -> None:
    event_type = sandbox.make_event_type().uri
    with sandbox.receiving(["invitee.created"]) as receiver:
        receiver.answer_next(*[500] * 9)
        sandbox.book(event_type)
        receiver.wait_for_attempts(1)
        sandbox.webhooks("invitee.created", least=1)
        sandbox.advance(hours=2)
        receiver.wait_for_attempts(2)
        subject = "A webhook receiver does not accept what happens"
        (mail,) = [one for one in sandbox.mails(least=3) if one.subject == subject]

    assert receiver.url.rpartition("/")[0] in mail.text


def test_a_plan_is_imitated_until_it_is_not(sandbox: Sandbox) -> None:
    listing = operations.ListRoutingForms(organization=sandbox.organization)
    sandbox.imitate("standard")
    with pytest.raises(Forbidden):
        sandbox.client.send(listing)
    sandbox.imitate(None)

    assert sandbox.client.send(listing).collection == []


def test_a_receiver_takes_nothing_that_is_not_signed() -> None:
    with WebhookReceiver("a-key") as receiver:
        refused = httpx.post(receiver.url, json={"event": "invitee.created", "payload": {}, "created_at": ""})
        with pytest.raises(AssertionError, match=r"^no invitee\.created within 0 s; nothing came$"):
            receiver.wait_for("invitee.created", seconds=0)
        with pytest.raises(AssertionError, match=r"^1 of 2 attempts within 0 s$"):
            receiver.wait_for_attempts(2, seconds=0)

    assert refused.status_code == 401
    assert receiver.received == []


def test_waiting_for_what_is_not_kept_ends(sandbox: Sandbox) -> None:
    with pytest.raises(AssertionError, match=r"^0 of 1 mails within 0 s$"):
        sandbox.mails(least=1, seconds=0)


def test_a_command_that_fails_shows_what_it_printed(openslot_service: Service) -> None:
    with pytest.raises(ServiceFailed, match="timezone"):
        openslot_service.make_sandbox("Nowhere/Nothing")


def test_the_guide_has_a_line_for_all_that_a_sandbox_can(guide: str) -> None:
    table = guide.partition("| of a sandbox |")[2].partition("\n\n")[0]
    named = {name for cell in re.findall(r"`(\w+)(?:\(|`)", table) for name in [cell]}
    public = {name for name, _ in inspect.getmembers(Sandbox, inspect.isfunction) if not name.startswith("_")}

    assert public - {"close"} <= named
