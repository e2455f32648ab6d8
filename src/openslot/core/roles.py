"""Who may do what: how far each role reaches, action by action. Services and pages ask this table alone.

Source: behaviours, section 7; webhooks, section 2. Rows that are marked "ours" have no source.
"""

from enum import IntEnum, StrEnum
from typing import NamedTuple


class Reach(IntEnum):
    """Whose things a caller may do something with. Each includes those before it; none goes beyond the organization."""

    NOTHING = 0
    OWN = 1
    """What is the caller's own: oneself, what one owns, hosts or has made."""
    GROUP = 2
    """What is of anybody in a group whose admin the caller is."""
    ALL = 3
    """Everybody's in the organization, and what is the organization's."""


class Action(StrEnum):
    """What a caller may want to do; the name of the call or the thing, in the words of the API."""

    READ_USER = "read a user"
    LIST_EVENT_TYPES_OF_USER = "list a user's event types"
    LIST_EVENT_TYPES = "list the organization's event types"
    MANAGE_EVENT_TYPE = "read, change and share an event type"
    CREATE_EVENT_TYPE = "create an event type for its owner"
    MANAGE_FOR_MEMBERS = "create or change an event type that is managed by admins"
    NAME_HOSTS = "name a host of an event type who has not agreed"
    LIST_EVENTS_OF_USER = "list a user's scheduled events"
    LIST_EVENTS_OF_GROUP = "list a group's scheduled events"
    LIST_EVENTS = "list the organization's scheduled events"
    MANAGE_EVENT = "read, cancel and move a scheduled event, mark its invitees"
    READ_MEMBERSHIP = "read a membership"
    DELETE_MEMBERSHIP = "delete a membership"
    MANAGE_APPLICATIONS = "read and change OAuth applications"
    END_ACCESS = "end a personal access token"
    MANAGE_INVITATIONS = "invite somebody, read and revoke invitations"
    READ_GROUP = "read a group and its relationships"
    SET_GROUP_MEMBERS = "set the members of a group"
    MANAGE_GROUPS = "create, rename and delete groups"
    READ_TEAM = "read a team"
    MANAGE_TEAMS = "create, change and delete teams"
    READ_ROUTING_FORMS = "read routing forms and submissions"
    SUBSCRIBE_FOR_ORGANIZATION = "read, create and end subscriptions of scope organization"
    SUBSCRIBE_FOR_GROUP = "read, create and end subscriptions of scope group"
    SUBSCRIBE_FOR_USER = "read, create and end subscriptions of scope user"
    READ_SCHEDULE = "read availability schedules and busy times"
    CHANGE_SCHEDULE = "change availability schedules, hours and preferences"
    SET_PICTURE = "set and delete a user's picture"
    READ_LOCATIONS = "read a user's locations"
    READ_USER_LIMITS = "read a user's meeting limits"
    CHANGE_USER_LIMITS = "change a user's meeting limits"
    SET_TIME_OFF = "set limits, days off and trips of a user"
    CHANGE_ORGANIZATION = "set limits, days off and preferences and logo of the organization, and its sandbox"
    READ_EVENT_LOG = "read the event log, the activity log, outgoing communications, and what a sandbox keeps"
    EXPORT = "export what the organization has"
    ERASE = "erase personal data, read the receipts"
    MANAGE_CONTACT = "read and change contacts, lists, custom fields and notes"
    MANAGE_RECAP = "read and change meeting recaps"
    EXPLAIN = "read the reasons of all hosts against a start"
    MANAGE_HOLD = "read and end a hold"
    ANSWER_REQUEST = "answer a booking request"


class Row(NamedTuple):
    """How far each role reaches. Owners of the organization reach as far as its admins."""

    member: Reach
    group_admin: Reach
    admin: Reach


_NOTHING, _OWN, _GROUP, _ALL = Reach

TABLE: dict[Action, Row] = {
    #                                       member    group admin  admin, owner
    Action.READ_USER:                   Row(_ALL,     _ALL,        _ALL),
    Action.LIST_EVENT_TYPES_OF_USER:    Row(_OWN,     _OWN,        _ALL),
    Action.LIST_EVENT_TYPES:            Row(_NOTHING, _NOTHING,    _ALL),
    Action.MANAGE_EVENT_TYPE:           Row(_OWN,     _OWN,        _ALL),
    Action.CREATE_EVENT_TYPE:           Row(_OWN,     _OWN,        _ALL),
    Action.MANAGE_FOR_MEMBERS:          Row(_NOTHING, _NOTHING,    _ALL),  # ours
    Action.NAME_HOSTS:                  Row(_OWN,     _OWN,        _ALL),  # ours: ADR 0029
    Action.LIST_EVENTS_OF_USER:         Row(_OWN,     _GROUP,      _ALL),  # `user` alone: oneself, whatever the role
    Action.LIST_EVENTS_OF_GROUP:        Row(_NOTHING, _GROUP,      _ALL),
    Action.LIST_EVENTS:                 Row(_NOTHING, _NOTHING,    _ALL),
    Action.MANAGE_EVENT:                Row(_OWN,     _GROUP,      _ALL),
    Action.READ_MEMBERSHIP:             Row(_OWN,     _GROUP,      _ALL),
    Action.DELETE_MEMBERSHIP:           Row(_NOTHING, _NOTHING,    _ALL),  # but the owner's, and one's own
    Action.MANAGE_APPLICATIONS:         Row(_NOTHING, _NOTHING,    _ALL),  # ours
    Action.END_ACCESS:                  Row(_OWN,     _OWN,        _ALL),  # ours
    Action.MANAGE_INVITATIONS:          Row(_NOTHING, _NOTHING,    _ALL),
    Action.READ_GROUP:                  Row(_NOTHING, _GROUP,      _ALL),
    Action.SET_GROUP_MEMBERS:           Row(_NOTHING, _GROUP,      _ALL),  # ours
    Action.MANAGE_GROUPS:               Row(_NOTHING, _NOTHING,    _ALL),  # ours
    Action.READ_TEAM:                   Row(_ALL,     _ALL,        _ALL),  # ours
    Action.MANAGE_TEAMS:                Row(_NOTHING, _NOTHING,    _ALL),  # ours
    Action.READ_ROUTING_FORMS:          Row(_NOTHING, _NOTHING,    _ALL),
    Action.SUBSCRIBE_FOR_ORGANIZATION:  Row(_NOTHING, _NOTHING,    _ALL),
    Action.SUBSCRIBE_FOR_GROUP:         Row(_NOTHING, _GROUP,      _ALL),
    Action.SUBSCRIBE_FOR_USER:          Row(_OWN,     _OWN,        _ALL),
    Action.READ_SCHEDULE:               Row(_ALL,     _ALL,        _ALL),
    Action.CHANGE_SCHEDULE:             Row(_OWN,     _OWN,        _ALL),
    Action.SET_PICTURE:                 Row(_OWN,     _OWN,        _ALL),  # ours
    Action.READ_LOCATIONS:              Row(_OWN,     _OWN,        _ALL),
    Action.READ_USER_LIMITS:            Row(_OWN,     _OWN,        _ALL),
    Action.CHANGE_USER_LIMITS:          Row(_OWN,     _OWN,        _OWN),
    Action.SET_TIME_OFF:                Row(_OWN,     _OWN,        _ALL),  # ours
    Action.CHANGE_ORGANIZATION:         Row(_NOTHING, _NOTHING,    _ALL),  # ours
    Action.READ_EVENT_LOG:              Row(_NOTHING, _NOTHING,    _ALL),
    Action.EXPORT:                      Row(_NOTHING, _NOTHING,    _ALL),  # ours
    Action.ERASE:                       Row(_NOTHING, _NOTHING,    _ALL),
    Action.MANAGE_CONTACT:              Row(_OWN,     _OWN,        _OWN),
    Action.MANAGE_RECAP:                Row(_OWN,     _OWN,        _OWN),
    Action.EXPLAIN:                     Row(_OWN,     _OWN,        _ALL),  # ours
    Action.MANAGE_HOLD:                 Row(_OWN,     _GROUP,      _ALL),  # ours
    Action.ANSWER_REQUEST:              Row(_OWN,     _OWN,        _ALL),  # ours
}  # fmt: skip
"""Outsiders, who are of another organization, reach nothing: 404 for what is named by its id, 403 for an organization
or a user that is named in a query or a body (ADR 0008)."""


def reach(action: Action, role: str) -> Reach:
    """How far a role reaches by itself: ``owner``, ``admin`` or ``user``, as memberships have it."""
    row = TABLE[action]
    return row.admin if role in {"owner", "admin"} else row.member


def group_reach(action: Action) -> Reach:
    """How far a member reaches who is the admin of a group."""
    return TABLE[action].group_admin
