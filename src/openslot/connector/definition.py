"""The connector as data: connection, throttling, operations and definitions, with English and Italian names.

Everything else in this package is made from it. The rows are those of the public connector, spelled as it spells them;
the shapes are the wire's. Source: ``tests/contract/connector.json``, held row by row by the tests.
"""

from typing import Any, Literal

from msgspec import Struct

from openslot.client import operations
from openslot.client.operation import Operation
from openslot.wire import event_types, invitees, routing_forms, scheduled_events
from openslot.wire.common import Page, Resource
from openslot.wire.no_shows import NoShow
from openslot.wire.webhooks import WebhookPayload


class Row(Struct, frozen=True):
    """A value that an operation returns or that a definition has."""

    path: str
    """Field names joined by dots, through lists too; ``204`` where the status alone is the answer."""
    type: str
    """A JSON type, a format of string, ``array of`` one, or the name of a definition."""
    name: str
    name_it: str


class Parameter(Struct, frozen=True):
    """A value that the caller of an operation gives."""

    key: str
    type: str
    required: bool
    name: str
    name_it: str


class Definition(Struct, frozen=True):
    """A shape that rows refer to by name."""

    name: str
    name_it: str
    shape: type[Struct]
    rows: tuple[Row, ...]


class Action(Struct, frozen=True, kw_only=True):
    """An operation that is called."""

    operation_id: str
    name: str
    name_it: str
    operation: type[Operation[Any]]
    """What is sent."""
    answer: Any
    """The shape of the whole body that comes back; ``None`` where there is none."""
    parameters: tuple[Parameter, ...]
    returns: tuple[Row, ...]


class TriggerDefinition(Struct, frozen=True, kw_only=True):
    """An operation that is asked for once and then happens."""

    operation_id: str
    name: str
    name_it: str
    platform_path: str
    """Where the connector platform posts the subscription before its policies rewrite the path to ``operation``'s."""
    operation: type[Operation[Any]]
    unsubscribe: type[Operation[Any]]
    answer: Any
    """The shape of a delivery."""
    events: tuple[str, ...]
    default_event: str
    hidden: tuple[str, ...]
    """Keys of the subscription's body that the connector fills in itself."""
    default_scope: Literal["organization", "user"]
    parameters: tuple[Parameter, ...]
    returns: tuple[Row, ...]


class ConnectionDefinition(Struct, frozen=True, kw_only=True):
    """How the connector proves who it is."""

    parameters: tuple[Parameter, ...]
    request_headers: dict[str, str]
    """Besides ``Authorization``."""
    test_operation_id: str
    test_operation: type[Operation[Any]]


class Throttling(Struct, frozen=True, kw_only=True):
    """How often one connection may call."""

    name: str
    name_it: str
    calls: int
    period_seconds: int


CONNECTION = ConnectionDefinition(
    parameters=(Parameter("api_key", "securestring", True, "Personal Access Token", "Token di accesso personale"),),
    request_headers={"X-Calendly-Consumer-Application": "ms_power_automate"},
    test_operation_id="CurrentUserInfo",
    test_operation=operations.GetCurrentUser,
)

THROTTLING = Throttling(
    name="API calls per connection", name_it="Chiamate API per connessione", calls=100, period_seconds=60
)

CREATE_INVITEE_NO_SHOW = Action(
    operation_id="CreateInviteeNoShow",
    name="Create Invitee No Show",
    name_it="Create Invitee No Show",
    operation=operations.CreateInviteeNoShow,
    answer=Resource[NoShow],
    parameters=(Parameter("invitee", "string", True, "Invitee URI", "URI dell'invito"),),
    returns=(
        Row("resource.uri", "string", "No Show URI", "Nessun URI di visualizzazione"),
        Row("resource.invitee", "string", "Invitee URI", "URI dell'invito"),
        Row("resource.created_at", "string", "Created At", "Creato all'indirizzo"),
    ),
)

DELETE_INVITEE_NO_SHOW = Action(
    operation_id="DeleteInviteeNoShow",
    name="Delete Invitee No Show",
    name_it="Elimina invito nessuna visualizzazione",
    operation=operations.DeleteInviteeNoShow,
    answer=None,
    parameters=(Parameter("uuid", "string", True, "Invitee No Show UUID", "Invita nessun UUID show"),),
    returns=(Row("204", "string", "No Show successfully deleted", "Nessuna visualizzazione eliminata"),),
)

GET_EVENT_TYPE = Action(
    operation_id="GetEventType",
    name="Get Event Type",
    name_it="Tipo di evento Get",
    operation=operations.GetEventType,
    answer=Resource[event_types.EventType],
    parameters=(Parameter("uuid", "string", True, "Event Type UUID", "UUID del tipo di evento"),),
    returns=(Row("resource", "EventType", "resource", "resource"),),
)

GET_EVENT_TYPES = Action(
    operation_id="GetEventTypes",
    name="Get Event Types",
    name_it="Get Event Types",
    operation=operations.ListEventTypes,
    answer=Page[event_types.EventType],
    parameters=(
        Parameter("active", "boolean", False, "Active", "Active"),
        Parameter("count", "integer", False, "Count", "Conteggio"),
        Parameter("page_token", "string", False, "Page Token", "Token di pagina"),
        Parameter("admin_managed", "boolean", False, "Admin Managed", "Amministratore gestito"),
    ),
    returns=(
        Row("collection", "array of EventType", "collection", "collezione"),
        Row("pagination.count", "integer", "Pagination Count", "Conteggio paginazione"),
        Row("pagination.next_page", "string", "Next Page URI", "URI pagina successiva"),
        Row("pagination.previous_page", "string", "Previous Page URI", "URI pagina precedente"),
        Row("pagination.next_page_token", "string", "Next Page Token", "Token pagina successiva"),
        Row("pagination.previous_page_token", "string", "Previous Page Token", "Token pagina precedente"),
    ),
)

INVITEE_TRIGGER = TriggerDefinition(
    operation_id="CreateWebhookSubscription",
    name="Create Webhook Subscription (Invitee)",
    name_it="Creare una sottoscrizione webhook (invito)",
    platform_path="/webhook_subscriptions",
    operation=operations.CreateWebhookSubscription,
    unsubscribe=operations.DeleteWebhookSubscription,
    answer=WebhookPayload[invitees.InviteePayload],
    events=(
        "invitee.created",
        "invitee.canceled",
        "invitee_no_show.created",
        "invitee_no_show.deleted",
    ),
    default_event="invitee.created",
    hidden=(
        "url",
        "organization",
        "user",
        "scope",
        "signing_key",
    ),
    default_scope="organization",
    parameters=(Parameter("events", "array of string", True, "events", "events"),),
    returns=(
        Row("created_at", "string", "Webhook Created At", "Webhook creato all'indirizzo"),
        Row("created_by", "string", "Webhook Creator URI", "Webhook Creator URI"),
        Row("event", "string", "Webhook Event", "Webhook, evento"),
        Row("payload.cancel_url", "string", "Cancel Event URL", "Cancel Event URL"),
        Row("payload.created_at", "string", "Invitee Created At", "Invita creato all'indirizzo"),
        Row("payload.email", "string", "Invitee Email", "Invia un messaggio di posta elettronica di invito"),
        Row("payload.event", "string", "Event URI", "URI evento"),
        Row("payload.name", "string", "Invitee Name", "Nome dell'invito"),
        Row("payload.first_name", "string", "Invitee First Name", "Invitare il nome"),
        Row("payload.last_name", "string", "Invitee Last Name", "Nome dell'invito"),
        Row("payload.new_invitee", "string", "New Invitee URI", "Nuovo URI dell'invito"),
        Row("payload.old_invitee", "string", "Old Invitee URI", "URI dell'invito precedente"),
        Row(
            "payload.questions_and_answers",
            "array of object",
            "A collection of the invitee's responses to questions on the event booking confirmation form",
            "Raccolta delle risposte dell'invitato alle domande sul modulo di conferma della prenotazione dell'evento",
        ),
        Row("payload.questions_and_answers.question", "string", "Question", "Domanda"),
        Row("payload.questions_and_answers.answer", "string", "Answer", "Risposta"),
        Row("payload.questions_and_answers.position", "number", "Question Position", "Posizione della domanda"),
        Row("payload.reschedule_url", "string", "Reschedule Event URL", "URL evento reschedule"),
        Row("payload.rescheduled", "boolean", "Invitee Rescheduled?", "Invita reschedulato?"),
        Row("payload.status", "string", "Invitee Status", "Stato invito"),
        Row(
            "payload.text_reminder_number",
            "string",
            "Invitee Text Reminder Number",
            "Numero di promemoria di testo dell'invito",
        ),
        Row("payload.timezone", "string", "Invitee Timezone", "Invitare fuso orario"),
        Row("payload.tracking.utm_campaign", "string", "UTM Campaign", "Campagna UTM"),
        Row("payload.tracking.utm_source", "string", "UTM Source", "Origine UTM"),
        Row("payload.tracking.utm_medium", "string", "UTM Medium", "UTM Medium"),
        Row("payload.tracking.utm_content", "string", "UTM Content", "Contenuto UTM"),
        Row("payload.tracking.utm_term", "string", "UTM Term", "Termine UTM"),
        Row("payload.tracking.salesforce_uuid", "string", "Salesforce UUID", "Salesforce UUID"),
        Row("payload.uri", "string", "Invitee URI", "URI dell'invito"),
        Row("payload.routing_form_submission", "string", "Routing Form Submission URI", "URI invio modulo di routing"),
        Row("payload.scheduled_event", "ScheduledEvent", "scheduled_event", "scheduled_event"),
        Row("payload.cancellation", "Cancellation", "cancellation", "cancellazione"),
        Row("payload.payment", "Payment", "payment", "pagamento"),
        Row("payload.no_show", "NoShow", "no_show", "no_show"),
        Row("payload.reconfirmation", "Reconfirmation", "reconfirmation", "riconferma"),
    ),
)

ROUTING_FORM_SUBMISSION_TRIGGER = TriggerDefinition(
    operation_id="CreateWebhookSubscriptionRoutingFormSubmission",
    name="Create Webhook Subscription (Routing Form Submission)",
    name_it="Creare una sottoscrizione webhook (invio di moduli di routing)",
    platform_path="/webhook_subscriptions/routing_form_submission",
    operation=operations.CreateWebhookSubscription,
    unsubscribe=operations.DeleteWebhookSubscription,
    answer=WebhookPayload[routing_forms.RoutingFormSubmission],
    events=("routing_form_submission.created",),
    default_event="routing_form_submission.created",
    hidden=(
        "url",
        "organization",
        "user",
        "scope",
        "signing_key",
    ),
    default_scope="organization",
    parameters=(Parameter("events", "array of string", True, "events", "events"),),
    returns=(
        Row("created_at", "string", "Webhook Created At", "Webhook creato all'indirizzo"),
        Row("created_by", "string", "Webhook Creator URI", "Webhook Creator URI"),
        Row("event", "string", "Webhook Event", "Webhook, evento"),
        Row("payload.uri", "string", "Routing Form Submission URI", "URI invio modulo di routing"),
        Row("payload.routing_form", "string", "Routing Form URI", "URI modulo di routing"),
        Row("payload.questions_and_answers", "array of object", "questions_and_answers", "questions_and_answers"),
        Row("payload.questions_and_answers.question_uuid", "string", "Question UUID", "UUID domanda"),
        Row("payload.questions_and_answers.question", "string", "Question", "Domanda"),
        Row("payload.questions_and_answers.answer", "string", "Answer", "Risposta"),
        Row("payload.tracking.utm_campaign", "string", "UTM Campaign", "Campagna UTM"),
        Row("payload.tracking.utm_source", "string", "UTM Source", "Origine UTM"),
        Row("payload.tracking.utm_medium", "string", "UTM Medium", "UTM Medium"),
        Row("payload.tracking.utm_content", "string", "UTM Content", "Contenuto UTM"),
        Row("payload.tracking.utm_term", "string", "UTM Term", "Termine UTM"),
        Row("payload.tracking.salesforce_uuid", "string", "Salesforce UUID", "Salesforce UUID"),
        Row("payload.result.type", "string", "Result Type", "Tipo di risultato"),
        Row("payload.submitter", "string", "Submitter URI", "URI del mittente"),
        Row("payload.submitter_type", "string", "Submitter Type", "Tipo di mittente"),
        Row(
            "payload.created_at",
            "string",
            "Routing Form Submission Created At",
            "Invio modulo di routing creato all'indirizzo",
        ),
        Row(
            "payload.updated_at",
            "string",
            "Routing Form Submission Updated At",
            "Invio modulo di routing aggiornato all'indirizzo",
        ),
    ),
)

ACTIONS = (CREATE_INVITEE_NO_SHOW, DELETE_INVITEE_NO_SHOW, GET_EVENT_TYPE, GET_EVENT_TYPES)
TRIGGERS = (INVITEE_TRIGGER, ROUTING_FORM_SUBMISSION_TRIGGER)

DEFINITIONS = (
    Definition(
        "ScheduledEvent",
        "ScheduledEvent",
        scheduled_events.ScheduledEvent,
        (
            Row("uri", "uri", "Event URI", "URI evento"),
            Row("name", "string", "Event Name", "Nome evento"),
            Row("status", "string", "Event Status", "Stato evento"),
            Row("start_time", "date-time", "Event Start Time", "Ora di inizio evento"),
            Row("end_time", "date-time", "Event End Time", "Ora di fine evento"),
            Row("event_type", "uri", "Event Type URI", "URI del tipo di evento"),
            Row("location", "Location", "location", "ubicazione"),
            Row("invitees_counter.total", "number", "Total Invitees", "Totale inviti"),
            Row("invitees_counter.active", "number", "Total Active Invitees", "Totale inviti attivi"),
            Row("invitees_counter.limit", "number", "Event Max Invitees", "Numero massimo di inviti di eventi"),
            Row("created_at", "date-time", "Event Created At", "Evento creato all'indirizzo"),
            Row("updated_at", "date-time", "Event Updated At", "Evento aggiornato all'indirizzo"),
            Row("event_memberships", "array of object", "event_memberships", "event_memberships"),
            Row("event_memberships.user", "uri", "Event Member URI", "URI membro dell'evento"),
            Row(
                "event_memberships.user_email",
                "email",
                "Event Member Email",
                "Messaggio di posta elettronica membro dell'evento",
            ),
            Row("event_guests", "array of Guest", "event_guests", "event_guests"),
            Row("cancellation", "Cancellation", "cancellation", "cancellazione"),
            Row("calendar_event", "LegacyCalendarEvent", "Calendar Event", "Calendar, evento"),
        ),
    ),
    Definition(
        "Cancellation",
        "Annullamento",
        scheduled_events.Cancellation,
        (
            Row("canceled_by", "string", "Canceled By", "Annullata da"),
            Row("reason", "string", "Cancellation Reason", "Motivo annullamento"),
            Row("canceler_type", "string", "Canceler Type", "Tipo di annullatore"),
        ),
    ),
    Definition(
        "Guest",
        "Guest",
        scheduled_events.Guest,
        (
            Row("email", "email", "Event Guest Email", "Messaggio di posta elettronica guest dell'evento"),
            Row("created_at", "date-time", "Event Guest Created At", "Guest evento creato all'indirizzo"),
            Row("updated_at", "date-time", "Event Guest Updated At", "Evento guest aggiornato all'indirizzo"),
        ),
    ),
    Definition(
        "Location",
        "Posizione",
        scheduled_events.Location,
        (
            Row("type", "string", "Location Type", "Tipo di posizione"),
            Row("status", "string", "Web Conference Status", "Stato conferenza Web"),
            Row("join_url", "uri", "Web Conference Meeting URL", "URL riunione Web conference"),
            Row("location", "string", "Event Location", "Posizione evento"),
        ),
    ),
    Definition(
        "LegacyCalendarEvent",
        "LegacyCalendarEvent",
        scheduled_events.CalendarEvent,
        (
            Row("kind", "string", "Calendly Event Kind", "Tipo di evento Calendly"),
            Row("external_id", "string", "External Calendar Event Id", "ID evento calendario esterno"),
        ),
    ),
    Definition(
        "Payment",
        "Pagamento",
        invitees.Payment,
        (
            Row("external_id", "string", "Payment External Id", "ID esterno pagamento"),
            Row("provider", "string", "Payment Provider", "Provider di pagamento"),
            Row("amount", "float", "Payment Amount", "Importo pagamento"),
            Row("currency", "string", "Payment Currency", "Valuta del pagamento"),
            Row("terms", "string", "Payment Terms", "Condizioni di pagamento"),
            Row("successful", "boolean", "Payment Successful?", "Pagamento riuscito?"),
        ),
    ),
    Definition(
        "NoShow",
        "NoShow",
        invitees.NoShowRef,
        (
            Row("uri", "string", "No Show URI", "Nessun URI di visualizzazione"),
            Row("created_at", "date-time", "No Show Created At", "Nessuna mostra creata all'indirizzo"),
        ),
    ),
    Definition(
        "EventType",
        "TipoDiEvento",
        event_types.EventType,
        (
            Row("uri", "string", "Event Type URI", "URI del tipo di evento"),
            Row("name", "string", "Event Type Name", "Nome tipo di evento"),
            Row("active", "boolean", "Active", "Active"),
            Row("booking_method", "string", "Booking Method", "Metodo di prenotazione"),
            Row("slug", "string", "Slug", "Slug"),
            Row("scheduling_url", "string", "Scheduling URL", "URL di pianificazione"),
            Row("duration", "integer", "Duration", "Durata"),
            Row("kind", "string", "Kind", "Kind"),
            Row("pooling_type", "string", "Pooling Type", "Tipo di pooling"),
            Row("type", "string", "Type", "TIPO"),
            Row("color", "string", "Color", "Colore"),
            Row("created_at", "string", "Created At", "Creato all'indirizzo"),
            Row("updated_at", "string", "Updated At", "Aggiornato all'indirizzo"),
            Row("internal_note", "string", "Internal Note", "Nota interna"),
            Row("description_plain", "string", "Description (Plain)", "Descrizione (normale)"),
            Row("description_html", "string", "Description (HTML)", "Descrizione (HTML)"),
            Row("profile.type", "string", "Profile Type", "Tipo di profilo"),
            Row("profile.name", "string", "Profile Name", "Nome profilo"),
            Row("profile.owner", "string", "Profile Owner URI", "URI proprietario del profilo"),
            Row("secret", "boolean", "Secret", "Secret"),
            Row("deleted_at", "string", "Deleted At", "Eliminato all'indirizzo"),
            Row("admin_managed", "boolean", "Admin Managed", "Amministratore gestito"),
            Row("custom_questions", "array of object", "custom_questions", "custom_questions"),
            Row("custom_questions.name", "string", "Custom Question Name", "Nome domanda personalizzato"),
            Row("custom_questions.type", "string", "Custom Question Type", "Tipo di domanda personalizzato"),
            Row(
                "custom_questions.position",
                "integer",
                "Custom Question Position",
                "Posizione della domanda personalizzata",
            ),
            Row("custom_questions.enabled", "boolean", "Custom Question Enabled", "Domanda personalizzata abilitata"),
            Row(
                "custom_questions.required",
                "boolean",
                "Custom Question Required",
                "Domanda personalizzata obbligatoria",
            ),
            Row(
                "custom_questions.answer_choices",
                "array of string",
                "Custom Question Answer Choices",
                "Opzioni di risposta alle domande personalizzate",
            ),
            Row("custom_questions.include_other", "boolean", "Include Other", "Includi altro"),
        ),
    ),
    Definition(
        "Reconfirmation",
        "Riconferma",
        invitees.Reconfirmation,
        (
            Row("created_at", "date-time", "Reconfirmation Created At", "Riconferma creata all'indirizzo"),
            Row("confirmed_at", "date-time", "Invitee Confirmed At", "Invitato confermato all'indirizzo"),
        ),
    ),
)
