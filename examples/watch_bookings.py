"""Print a line for each event.

openslot flow run examples/watch_bookings.py
"""

from openslot.connector import Connector, Flow, InviteeEvent, RoutingFormSubmissionEvent

flow = Flow("watch bookings")

HAPPENED = {
    "invitee.created": "booked",
    "invitee.canceled": "canceled",
    "invitee_no_show.created": "did not come",
    "invitee_no_show.deleted": "came after all",
}


@flow.on("invitee.created", "invitee.canceled", "invitee_no_show.created", "invitee_no_show.deleted")
def on_invitee(event: InviteeEvent, _: Connector) -> None:
    invitee, meeting = event.payload, event.payload.scheduled_event
    happened = HAPPENED[event.event]
    if event.event == "invitee.canceled" and invitee.rescheduled:
        happened = "moved from"
    elif event.event == "invitee.created" and invitee.old_invitee:
        happened = "moved to"
    show(f"{happened:<15} {invitee.name} <{invitee.email}>  {meeting.name}, {meeting.start_time:%a %d %b %H:%M} UTC")


@flow.on("routing_form_submission.created")
def on_submission(event: RoutingFormSubmissionEvent, _: Connector) -> None:
    answers = "; ".join(f"{row.question}: {row.answer}" for row in event.payload.questions_and_answers)
    show(f"{'form sent':<15} {answers}")


def show(line: str) -> None:
    # strangers choose the names: control characters, which a terminal would obey, are not printed
    print("".join(letter if letter.isprintable() else " " for letter in line), flush=True)
