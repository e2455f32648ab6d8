"""What fields hold, in English, and the names of those that the public connector has no row for, in every language.

A description may say what the docstring of the shape says, but to people who build flows: without our types and names.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from openslot.connector.definition.actions import ACTIONS
from openslot.connector.definition.definitions import DEFINITIONS
from openslot.connector.definition.shapes import LimitReached, Named, Text, name_in, text_in
from openslot.connector.definition.triggers import TRIGGERS
from openslot.wire import common, event_types, invitees, no_shows, routing_forms, scheduled_events, users, webhooks

_WHEN_MADE = "When it was made, in UTC."
_WHEN_CHANGED = "When it was last changed, in UTC."

DESCRIPTIONS: dict[type[Any], dict[str, str]] = {
    common.Resource: {"resource": "The answer itself."},
    common.Page: {
        "collection": "The entries of this page.",
        "pagination": "How to get the neighbouring pages.",
    },
    common.Pagination: {
        "count": "Entries on this page.",
        "next_page": "URI of the next page; empty on the last.",
        "previous_page": "URI of the previous page; empty on the first.",
        "next_page_token": "What to give as the page token for the next page; empty on the last.",
        "previous_page_token": "What to give as the page token for the previous page; empty on the first.",
    },
    common.Error: {
        "title": "The kind of failure.",
        "message": "What went wrong.",
        "details": "Which values were refused, and why.",
        "required_scopes": "What the token would have to be allowed to do.",
    },
    common.ErrorDetail: {
        "parameter": "The value that was refused.",
        "message": "Why it was refused.",
        "code": "The reason in one word, where there is one.",
    },
    LimitReached: {
        "statusCode": "429 where the connector's own limit was reached.",
        "message": "How long to wait.",
    },
    common.Tracking: {
        "utm_campaign": "The campaign that brought the invitee.",
        "utm_source": "The place that the invitee came from, such as a newsletter.",
        "utm_medium": "The kind of link, such as email or cpc.",
        "utm_content": "Which of several links was followed.",
        "utm_term": "The keyword that was searched for.",
        "salesforce_uuid": "Id of the record in Salesforce.",
    },
    common.Profile: {
        "type": "User or Team.",
        "name": "The name that invitees see.",
        "owner": "URI of the user or team.",
    },
    users.User: {
        "uri": "URI of the user.",
        "name": "The user's name.",
        "slug": "The user's part of booking links.",
        "email": "The user's e-mail address.",
        "scheduling_url": "Link of the user's booking page.",
        "timezone": "The user's time zone, such as Europe/Rome.",
        "avatar_url": "Link of the user's picture.",
        "created_at": _WHEN_MADE,
        "updated_at": _WHEN_CHANGED,
        "current_organization": "URI of the user's organization.",
        "resource_type": "Always User.",
        "locale": "The user's language, such as en.",
        "time_notation": "12h or 24h.",
    },
    event_types.EventType: {
        "uri": "URI of the event type.",
        "name": "What invitees see, such as 30 Minute Meeting.",
        "active": "Whether it can be booked.",
        "slug": "The last part of its booking link.",
        "scheduling_url": "Link of its booking page.",
        "duration": "Length of a meeting in minutes.",
        "kind": "solo for one invitee at a time, group for several.",
        "pooling_type": "How hosts share it: round_robin, collective or multi_pool; empty where there is one host.",
        "type": "StandardEventType, or AdhocEventType for a one-off.",
        "color": "Its color, as #rrggbb.",
        "created_at": _WHEN_MADE,
        "updated_at": _WHEN_CHANGED,
        "internal_note": "A note that invitees don't see.",
        "description_plain": "Its description without markup.",
        "profile": "The user or team that offers it.",
        "secret": "Whether it is left out of the profile's list.",
        "booking_method": "instant, or poll where invitees vote on times.",
        "custom_questions": "The questions of its booking form.",
        "deleted_at": "When it was deleted, in UTC; empty if it wasn't.",
        "description_html": "Its description in HTML.",
        "admin_managed": "Whether admins manage it for its hosts.",
        "duration_options": "The lengths in minutes that invitees may choose from.",
        "is_paid": "Whether a booking has a price.",
        "locations": "The places that invitees may choose from.",
        "position": "Its place in the profile's list, from 0.",
        "locale": "The language of its booking page, such as en.",
        "kind_description": "Its kind in words; no longer documented by Calendly.",
    },
    event_types.CustomQuestion: {
        "name": "The question.",
        "type": "string, text, phone_number, single_select or multi_select.",
        "position": "Its place on the form, from 0.",
        "enabled": "Whether it is asked.",
        "required": "Whether it must be answered.",
        "answer_choices": "The answers to choose from; empty unless it is a select.",
        "include_other": "Whether an answer of one's own may be given, too.",
    },
    event_types.LocationConfiguration: {
        "kind": "The kind of place, such as physical, outbound_call or custom.",
        "location": "The place, where the kind needs one.",
        "additional_info": "What else invitees are told of it.",
        "phone_number": "The number to call, for calls to the host.",
    },
    no_shows.NoShow: {
        "uri": "URI of the no-show.",
        "invitee": "URI of the invitee who did not come.",
        "created_at": "When the invitee was marked as absent, in UTC.",
    },
    invitees.NoShowRef: {
        "uri": "URI of the no-show; what Delete Invitee No Show takes.",
        "created_at": "When the invitee was marked as absent, in UTC.",
    },
    webhooks.WebhookPayload: {
        "event": "What happened.",
        "created_at": "When it happened, in UTC.",
        "created_by": "URI of the user whose subscription this is.",
        "payload": "What it happened to.",
    },
    webhooks.WebhookSubscription: {
        "uri": "URI of the subscription.",
        "callback_url": "Where events are sent.",
        "created_at": _WHEN_MADE,
        "updated_at": _WHEN_CHANGED,
        "retry_started_at": "Since when events can't be delivered, in UTC; empty while they can.",
        "state": "active or disabled.",
        "events": "The events that are sent.",
        "scope": "Whose events are sent: organization, user or group.",
        "organization": "URI of the organization.",
        "user": "URI of the user, where the scope is user.",
        "creator": "URI of the user who subscribed.",
        "group": "URI of the group, where the scope is group.",
    },
    webhooks.CreateWebhookSubscription: {
        "url": "Where events are sent; filled in by the platform.",
        "organization": "URI of the organization; filled in by the connector.",
        "user": "URI of the user, where the scope is user.",
        "scope": "Whose events are sent.",
        "signing_key": "The key that deliveries are signed with.",
    },
    invitees.Invitee: {
        "uri": "URI of the invitee; what Create Invitee No Show takes.",
        "email": "The invitee's e-mail address.",
        "first_name": "The invitee's first name; empty where the form asks for the whole name.",
        "last_name": "The invitee's last name; empty where the form asks for the whole name.",
        "name": "The invitee's name.",
        "status": "active or canceled.",
        "questions_and_answers": "What the invitee answered on the booking form.",
        "timezone": "The invitee's time zone, such as Europe/Rome.",
        "event": "URI of the scheduled event.",
        "created_at": "When the invitee booked, in UTC.",
        "updated_at": _WHEN_CHANGED,
        "tracking": "Where the invitee came from.",
        "text_reminder_number": "The phone number for reminders by text message.",
        "rescheduled": "Whether this booking was moved: then there is a new invitee in its place.",
        "old_invitee": "URI of the invitee before a move; empty where this is the first booking.",
        "new_invitee": "URI of the invitee after a move; empty where this is the last booking.",
        "cancel_url": "Link by which the invitee can cancel.",
        "reschedule_url": "Link by which the invitee can move the meeting.",
        "routing_form_submission": "URI of the routing form submission that led to the booking.",
        "cancellation": "Who canceled, and why.",
        "payment": "What the invitee paid.",
        "no_show": "That the invitee was marked as absent.",
        "reconfirmation": "That the invitee was asked to confirm again.",
        "scheduling_method": "How it was booked: api or instant_book; empty where on the booking page.",
        "invitee_scheduled_by": "URI of the user who booked for the invitee.",
        "canceled": "Whether it was canceled; the status says the same.",
    },
    invitees.InviteePayload: {"scheduled_event": "The meeting."},
    invitees.QuestionAndAnswer: {
        "question": "The question.",
        "answer": "The answer; several choices are on a line each.",
        "position": "The question's place on the form, from 0.",
    },
    invitees.Payment: {
        "external_id": "Id of the payment at its provider.",
        "provider": "Who handled it, such as stripe or paypal.",
        "amount": "How much, in units of the currency.",
        "currency": "The currency, such as EUR.",
        "terms": "What was agreed on refunds and the like.",
        "successful": "Whether it went through.",
    },
    invitees.Reconfirmation: {
        "created_at": "When the invitee was asked, in UTC.",
        "confirmed_at": "When the invitee confirmed, in UTC; empty until then.",
    },
    scheduled_events.ScheduledEvent: {
        "uri": "URI of the scheduled event.",
        "name": "The name of the event type when it was booked.",
        "status": "active or canceled.",
        "start_time": "When it starts, in UTC.",
        "end_time": "When it ends, in UTC.",
        "event_type": "URI of the event type.",
        "location": "Where it takes place.",
        "invitees_counter": "How many come.",
        "created_at": _WHEN_MADE,
        "updated_at": _WHEN_CHANGED,
        "event_memberships": "Its hosts.",
        "event_guests": "Who comes along besides the invitees.",
        "calendar_event": "Its copy in a host's calendar.",
        "meeting_notes_plain": "The hosts' notes without markup.",
        "meeting_notes_html": "The hosts' notes in HTML.",
        "cancellation": "Who canceled, and why.",
    },
    scheduled_events.Location: {
        "type": "The kind of place, such as physical, outbound_call or zoom_conference.",
        "location": "The address, number or text, where the kind has one.",
        "additional_info": "What else invitees are told of it.",
        "status": "Of an online meeting: initiated, processing, pushed or failed.",
        "join_url": "Link to join an online meeting, once its status is pushed.",
        "data": "What the conferencing service tells of the meeting.",
    },
    scheduled_events.InviteesCounter: {
        "total": "Invitees, canceled ones included.",
        "active": "Invitees who have not canceled.",
        "limit": "How many may book.",
    },
    scheduled_events.EventMembership: {
        "user": "URI of the host.",
        "user_email": "The host's e-mail address.",
        "user_name": "The host's name.",
        "buffered_start_time": "From when the host is busy, buffers included, in UTC.",
        "buffered_end_time": "Until when the host is busy, buffers included, in UTC.",
    },
    scheduled_events.Guest: {
        "email": "The guest's e-mail address.",
        "created_at": "When the guest was added, in UTC.",
        "updated_at": _WHEN_CHANGED,
    },
    scheduled_events.Cancellation: {
        "canceled_by": "The name of who canceled.",
        "reason": "What they gave as a reason.",
        "canceler_type": "host or invitee.",
        "created_at": "When it was canceled, in UTC.",
    },
    scheduled_events.CalendarEvent: {
        "kind": "The kind of calendar, such as google.",
        "external_id": "Id of the event in that calendar.",
    },
    routing_forms.RoutingFormSubmission: {
        "uri": "URI of the submission.",
        "routing_form": "URI of the form.",
        "questions_and_answers": "What was answered.",
        "tracking": "Where the sender came from.",
        "submitter": "URI of the invitee, where the sender went on to book.",
        "submitter_type": "Invitee, where the sender went on to book.",
        "created_at": "When it was sent, in UTC.",
        "updated_at": _WHEN_CHANGED,
        "result": "Where the answers led.",
    },
    routing_forms.RoutingFormAnswer: {
        "question_uuid": "Id of the question.",
        "question": "The question.",
        "answer": "The answer.",
    },
    routing_forms.RoutingFormResult: {
        "type": "event_type, external_url or custom_message.",
        "value": "URI of the event type, the URL, or the message with its headline and body.",
    },
}
"""By shape and by the field's name in JSON; a shape has those of the shape that it extends, too."""

OTHER_NAMES = (
    Text("Additional Info", "Informazioni aggiuntive", "ข้อมูลเพิ่มเติม"),
    Text("Avatar URL", "URL dell'immagine", "ลิงก์รูปประจำตัว"),
    Text("Buffered End Time", "Ora di fine con margine", "เวลาสิ้นสุดรวมเวลาเผื่อ"),
    Text("Buffered Start Time", "Ora di inizio con margine", "เวลาเริ่มรวมเวลาเผื่อ"),
    Text("Callback URL", "URL di callback", "URL สำหรับส่งเหตุการณ์"),
    Text("Canceled", "Annullato", "ยกเลิกแล้ว"),
    Text("Code", "Codice", "รหัส"),
    Text("Creator", "Creatore", "ผู้สร้าง"),
    Text("Current Organization", "Organizzazione corrente", "องค์กรปัจจุบัน"),
    Text("Details", "Dettagli", "รายละเอียด"),
    Text("Duration Options", "Durate selezionabili", "ระยะเวลาที่เลือกได้"),
    Text("Email", "E-mail", "อีเมล"),
    Text("Events", "Eventi", "เหตุการณ์"),
    Text("Group", "Gruppo", "กลุ่ม"),
    Text("Invitee Scheduled By", "Prenotato da", "ผู้ที่จองให้"),
    Text("Invitees Counter", "Conteggio inviti", "จำนวนผู้จอง"),
    Text("Is Paid", "A pagamento", "มีค่าบริการ"),
    Text("Kind Description", "Descrizione del tipo", "คำอธิบายชนิด"),
    Text("Locale", "Lingua", "ภาษา"),
    Text("Location", "Posizione", "สถานที่"),
    Text("Locations", "Posizioni", "สถานที่ที่เลือกได้"),
    Text("Meeting Notes HTML", "Note della riunione (HTML)", "บันทึกการประชุม (HTML)"),
    Text("Meeting Notes Plain", "Note della riunione (testo normale)", "บันทึกการประชุม (ข้อความธรรมดา)"),
    Text("Message", "Messaggio", "ข้อความ"),
    Text("Name", "Nome", "ชื่อ"),
    Text("Organization", "Organizzazione", "องค์กร"),
    Text("Pagination", "Paginazione", "การแบ่งหน้า"),
    Text("Parameter", "Parametro", "ค่าที่ระบุ"),
    Text("Payload", "Contenuto", "เนื้อหา"),
    Text("Phone Number", "Numero di telefono", "หมายเลขโทรศัพท์"),
    Text("Position", "Ordine", "ลำดับ"),
    Text("Profile", "Profilo", "โปรไฟล์"),
    Text("Required Scopes", "Ambiti necessari", "ขอบเขตสิทธิ์ที่ต้องมี"),
    Text("Resource", "Risorsa", "ข้อมูล"),
    Text("Resource Type", "Tipo di risorsa", "ประเภทข้อมูล"),
    Text("Result", "Risultato", "ผลลัพธ์"),
    Text("Retry Started At", "Nuovi tentativi dal", "เริ่มลองส่งใหม่เมื่อ"),
    Text("Scheduling Method", "Modalità di prenotazione", "ช่องทางการจอง"),
    Text("Scope", "Ambito", "ขอบเขต"),
    Text("State", "Stato", "สถานะ"),
    Text("Status Code", "Codice di stato", "รหัสสถานะ"),
    Text("Time Notation", "Formato dell'ora", "รูปแบบเวลา"),
    Text("Timezone", "Fuso orario", "เขตเวลา"),
    Text("Title", "Titolo", "หัวข้อ"),
    Text("Tracking", "Tracciamento", "การติดตามที่มา"),
    Text("URI", "URI", "URI ของข้อมูล"),
    Text("User", "Utente", "ผู้ใช้"),
    Text("User Name", "Nome utente", "ชื่อผู้ใช้"),
    Text("Value", "Valore", "ค่า"),
    Text("Web conference metadata", "Metadati della conferenza Web", "ข้อมูลของการประชุมออนไลน์"),
)
"""Of fields without a row, unless a row has the same English name."""
SPECIAL_NAMES = {("Location", "data"): "Web conference metadata"}
"""English names of fields, by shape, that are not their names in JSON. Source: the vendor's own connector file."""


def description_of(shape: str, field: str) -> str | None:
    """What a field holds, in English; ``shape`` by the name of its class."""
    return _BY_SHAPE.get(shape, {}).get(field)


def field_name_in(language: str, english: str) -> str:
    """The name of a field without a row: as rows with that English name have it, else ours."""
    row = _ROWS.get(english)
    return name_in(language, row) if row else text_in(language, _OTHERS[english])


def _inherited() -> Iterator[tuple[str, dict[str, str]]]:
    for shape in DESCRIPTIONS:
        above: list[type[Struct]] = [one for one in reversed(shape.__mro__) if one in DESCRIPTIONS]
        yield shape.__name__, {field: text for one in above for field, text in DESCRIPTIONS[one].items()}


def _rows() -> Iterator[Named]:
    for operation in (*ACTIONS, *TRIGGERS):
        yield from operation.returns
    for entry in DEFINITIONS:
        yield from entry.rows


_BY_SHAPE = dict(_inherited())
_ROWS = {row.name: row for row in _rows()}
_OTHERS = {text.en: text for text in OTHER_NAMES}
