"""What a token may be limited to. Source: contract, security schemes; since-september, section 2.

``:write`` includes ``:read`` of the same family (behaviours, section 4).
"""

SCOPES = {
    "activity_log:read": "Read the organization's activity log.",
    "availability:read": "Read availability schedules, busy times and available times.",
    "availability:write": "Change availability schedules of users and event types, and meeting limits.",
    "contacts:read": "Read contacts.",
    "contacts:write": "Change contacts.",
    "data_compliance:write": "Erase invitees' and events' data.",
    "event_types:read": "Read event types.",
    "event_types:write": "Change event types.",
    "groups:read": "Read groups and who is in them.",
    "groups:write": "Change groups and who is in them.",
    "locations:read": "Read users' meeting locations.",
    "meeting_recaps:read": "Read meeting recaps.",
    "meeting_recaps:write": "Change meeting recaps.",
    "organizations:read": "Read the organization, its members and invitations.",
    "organizations:write": "Change the organization's members and invitations.",
    "outgoing_communications:read": "Read outgoing communications.",
    "routing_forms:read": "Read routing forms and what was submitted.",
    "scheduled_events:read": "Read scheduled events and their invitees.",
    "scheduled_events:write": "Book, move and cancel events, hold times and mark no-shows.",
    "scheduling_links:write": "Make scheduling links.",
    "shares:write": "Make shares.",
    "users:read": "Read users.",
    "webhooks:read": "Read webhook subscriptions and their deliveries.",
    "webhooks:write": "Change webhook subscriptions and have deliveries sent again.",
}
"""Every scope and what it allows. Those of Calendly are all here, whether or not a call asks for them yet."""
