"""The connector for agents, as data: tools with the shapes of what goes in and comes out, and how each is run.

The four actions are made from ``definition``; what an agent needs besides them to find a time and book it is declared
here, what it needs to set things up in ``records`` and ``setting_up``. ``server`` speaks the protocol.
"""

import inspect
from collections.abc import Sequence
from typing import Any

from openslot.connector import definition
from openslot.connector.actions import AsyncConnector
from openslot.connector.agents import answers, arguments, records, runs, setting_up
from openslot.connector.agents.tool import Tool, schemas_of
from openslot.wire.bookings import TimeToMoveTo
from openslot.wire.common import Page, Resource
from openslot.wire.event_types import AvailableTime
from openslot.wire.explanations import Explanation
from openslot.wire.invitees import Invitee
from openslot.wire.scheduled_events import Cancellation, ScheduledEvent

_MAIL = "Calendly mails invitees, OpenSlot does not yet."
_DESCRIBED_BY = {"EventType": "get_event_type", "ScheduledEvent": "get_scheduled_event", "Invitee": "get_event_invitee"}
"""The tools that describe the largest shapes; the schemas of all others that answer with them name these."""
_MORE = {
    "CreateInviteeNoShow": "delete_invitee_no_show takes it back.",
    "GetEventType": "Its questions and locations are what book asks for.",
}
"""What agents read of an action after its docstring."""


def schemas(tool: Tool) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of what a tool is given and of what it answers with."""
    return schemas_of(tool, {shape: name for shape, name in _DESCRIBED_BY.items() if name != tool.name})


def _of_action(action: definition.Action) -> Tool:
    """The tool that an action of the definition is: its method of the connector, by the same name."""
    name = action.method_name
    about = (inspect.getdoc(getattr(AsyncConnector, name)) or action.name).replace("``", "`")
    method = action.operation.method
    return Tool(
        name=name,
        title=action.name,
        description=f"{about} {_MORE.get(action.operation_id, '')}".rstrip(),
        arguments=arguments.of_action(action),
        answer=action.answer or answers.Done,
        run=runs.action(name, action.answer),
        read_only=method == "GET",
        destructive=method == "DELETE",
        idempotent=method in {"GET", "DELETE"},
    )


TOOLS: Sequence[Tool] = (
    *map(_of_action, definition.ACTIONS),
    Tool(
        name="get_current_user",
        title="Get Current User",
        description="Who the user is that all this is done for, their time zone, and what day and time it is there.",
        arguments=arguments.GetCurrentUser,
        answer=answers.CurrentUser,
        run=runs.get_current_user,
        read_only=True,
        idempotent=True,
    ),
    Tool(
        name="list_available_times",
        title="List Available Times",
        description="The starts that an event type offers: in the next 7 days, or between two times in the future at"
        " most 31 days apart (7 on some accounts of Calendly).",
        arguments=arguments.ListAvailableTimes,
        answer=Page[AvailableTime],
        run=runs.list_available_times,
        read_only=True,
        idempotent=True,
    ),
    Tool(
        name="book",
        title="Book",
        description="Book a time for an invitee. Ask the user before you do. Give the invitee the start and the links"
        f" to move or cancel that the answer holds: {_MAIL}",
        arguments=arguments.Book,
        answer=answers.Booked,
        run=runs.book,
        read_only=False,
    ),
    Tool(
        name="list_scheduled_events",
        title="List Scheduled Events",
        description="Meetings of the user or of the whole organization: when, where, with which hosts."
        " The active ones from now on, the next one first, unless you ask otherwise. For history, give a max_start_time"
        " that is past and sort start_time:desc. For those of today that have begun, give a"
        " min_start_time; for canceled ones, a status."
        " list_event_invitees shows who booked.",
        arguments=arguments.ListScheduledEvents,
        answer=Page[ScheduledEvent],
        run=runs.list_scheduled_events,
        read_only=True,
        idempotent=True,
    ),
    Tool(
        name="get_scheduled_event",
        title="Get Scheduled Event",
        description="One meeting: when, where, with which hosts and guests.",
        arguments=arguments.GetScheduledEvent,
        answer=Resource[ScheduledEvent],
        run=runs.get_scheduled_event,
        read_only=True,
        idempotent=True,
    ),
    Tool(
        name="list_event_invitees",
        title="List Event Invitees",
        description="Who booked a meeting, with their answers, and whether they were marked as a no-show.",
        arguments=arguments.ListEventInvitees,
        answer=Page[Invitee],
        run=runs.list_event_invitees,
        read_only=True,
        idempotent=True,
    ),
    Tool(
        name="get_event_invitee",
        title="Get Event Invitee",
        description="One invitee of a meeting, with answers, links to move or cancel, and no-show mark.",
        arguments=arguments.GetEventInvitee,
        answer=Resource[Invitee],
        run=runs.get_event_invitee,
        read_only=True,
        idempotent=True,
    ),
    Tool(
        name="cancel_scheduled_event",
        title="Cancel Scheduled Event",
        description=f"Cancel a meeting for all of its invitees. Ask the user before you do. Tell the invitees: {_MAIL}",
        arguments=arguments.CancelScheduledEvent,
        answer=Resource[Cancellation],
        run=runs.cancel_scheduled_event,
        read_only=False,
        destructive=True,
        idempotent=True,
    ),
    Tool(
        name="explain_time",
        title="Explain Time",
        description="Why an event type is not offered at a start: every reason. For its hosts, admins and owners.",
        arguments=arguments.ExplainTime,
        answer=Resource[Explanation],
        run=runs.explain_time,
        read_only=True,
        idempotent=True,
        is_extension=True,
    ),
    Tool(
        name="list_times_to_move_to",
        title="List Times To Move To",
        description="The starts to which an invitee can be moved, in the next 7 days or between two times in the"
        " future; what the meeting takes now counts as free.",
        arguments=arguments.ListTimesToMoveTo,
        answer=Page[TimeToMoveTo],
        run=runs.list_times_to_move_to,
        read_only=True,
        idempotent=True,
        is_extension=True,
    ),
    Tool(
        name="reschedule_invitee",
        title="Reschedule Invitee",
        description="Move an invitee to another start; the answer is the new invitee, with a meeting of its own."
        f" Ask the user before you do. Give the invitee the new start and links: {_MAIL}",
        arguments=arguments.Reschedule,
        answer=answers.Booked,
        run=runs.reschedule,
        read_only=False,
        destructive=True,
        is_extension=True,
    ),
    *records.TOOLS,
    *setting_up.TOOLS,
)
