"""Keep a CRM's people up to date: whoever books is there, with their latest meeting.

CRM_URL=https://crm.example.com/api CRM_TOKEN=... openslot flow run examples/crm_upsert.py

``examples/crm_upsert.yaml`` does the same without Python.
"""

import os
from urllib.parse import quote

import httpx

from openslot.connector import AsyncConnector, Flow, InviteeEvent, event_id

flow = Flow("CRM")


@flow.on("invitee.created", "invitee.canceled")
async def upsert(event: InviteeEvent, _: AsyncConnector) -> None:
    invitee, meeting = event.payload, event.payload.scheduled_event
    if invitee.rescheduled:
        return  # they are a new invitee now, with an event of their own, which may have come first
    person = {
        "name": invitee.name,
        "meeting": meeting.name,
        "meeting_at": str(meeting.start_time),
        "status": invitee.status,
        "source": invitee.tracking.utm_source,
    }
    headers = {"Authorization": f"Bearer {os.environ['CRM_TOKEN']}", "Idempotency-Key": event_id(event)}
    async with httpx.AsyncClient(base_url=os.environ["CRM_URL"], headers=headers) as crm:
        answer = await crm.post(f"/people/{quote(invitee.email, safe='')}", json=person)
        answer.raise_for_status()  # what raises runs again later
