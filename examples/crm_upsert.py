"""Keep the contacts of a CRM up to date: everybody who books, with their latest meeting.

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
        return  # who moves a meeting is a new invitee, with an event of their own, which may arrive first
    contact = {
        "name": invitee.name,
        "meeting": meeting.name,
        "meeting_at": str(meeting.start_time),
        "status": invitee.status,
        "source": invitee.tracking.utm_source,
    }
    headers = {"Authorization": f"Bearer {os.environ['CRM_TOKEN']}", "Idempotency-Key": event_id(event)}
    async with httpx.AsyncClient(base_url=os.environ["CRM_URL"], headers=headers) as crm:
        answer = await crm.post(f"/people/{quote(invitee.email, safe='')}", json=contact)
        answer.raise_for_status()  # a function that raises runs again later
