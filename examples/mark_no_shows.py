"""Mark as absent whoever cancels after the meeting began.

openslot flow run examples/mark_no_shows.py
"""

from openslot.client import InvalidArgument
from openslot.connector import AsyncConnector, Flow, InviteeEvent

flow = Flow("mark no-shows")


@flow.on("invitee.canceled")
async def too_late(event: InviteeEvent, connector: AsyncConnector) -> None:
    invitee = event.payload
    if invitee.no_show or event.created_at < invitee.scheduled_event.start_time:
        return
    try:
        mark = await connector.create_invitee_no_show(invitee.uri)
    except InvalidArgument as error:  # marked by somebody else meanwhile
        print(f"{invitee.name} is not marked: {error.message}", flush=True)
    else:
        print(f"{invitee.name} did not come: {mark.uri}", flush=True)
