"""Thank invitees by mail an hour after the meeting, unless they canceled or moved it.

SMTP_HOST=localhost SMTP_PORT=25 openslot flow run examples/follow_up.py

``examples/follow_up.yaml`` does the same without Python.
"""

import os
import smtplib
from datetime import timedelta
from email.message import EmailMessage

from openslot.connector import Connector, Flow, GiveUp, InviteeEvent

flow = Flow("follow-up")


@flow.on("invitee.created", after="end_time", delay=timedelta(hours=1))
def thank(event: InviteeEvent, connector: Connector) -> None:
    invitee, meeting = event.payload, event.payload.scheduled_event
    if meeting.event_type is None:
        raise GiveUp("the meeting was made without an event type: there is none to come again to")
    again = connector.get_event_type(meeting.event_type).scheduling_url
    message = EmailMessage()
    message["From"] = "tours@example.com"
    message["To"] = invitee.email
    message["Subject"] = f"Thank you for coming to {meeting.name}"
    message.set_content(f"Dear {invitee.name},\n\nit was a pleasure. Come again: {again}\n")
    with smtplib.SMTP(os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"])) as smtp:
        smtp.send_message(message)
