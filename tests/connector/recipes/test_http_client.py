import asyncio
from typing import Any

from openslot.client.testing import Reply, StandIn
from openslot.connector import InviteeEvent
from openslot.connector.recipes import Recipe

ONE = """
flow: one
trigger: invitee.created
actions: [{slack: {url: 'URL', text: hi}}]
"""


async def test_a_runner_closes_what_its_flows_called_in_the_end(
    crm: StandIn, flow: Any, act: Any, booked: InviteeEvent
) -> None:
    crm.on("POST", "/chat", Reply(200))
    made = flow(ONE.replace("URL", f"{crm.url}/chat"))

    (run,) = await act(made, booked)

    [recipe] = [handler.performer for handler in made.handlers]
    assert isinstance(recipe, Recipe)
    assert (run.state, asyncio.get_running_loop() in recipe._http._http) == ("done", False)
