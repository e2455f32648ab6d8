"""The connector as data: connection, throttling, operations and definitions, with names in three languages.

Everything else in this package is made from it. The rows are those of the public connector, spelled as it spells them;
the shapes are the wire's. Source: ``tests/contract/connector.json``, held row by row by the tests.
"""

from typing import Any, Literal, Protocol

from msgspec import Struct

from openslot.client import operations
from openslot.client.operation import Operation
from openslot.wire import event_types, invitees, routing_forms, scheduled_events
from openslot.wire.common import Page, Resource
from openslot.wire.no_shows import NoShow
from openslot.wire.webhooks import WebhookPayload

LANGUAGES = ("en", "it", "th")
"""Those that everything here has a name in. English and Italian are the public connector's own, slips included."""


class Named(Protocol):
    """Whatever is shown to people."""

    @property
    def name(self) -> str: ...

    @property
    def name_it(self) -> str: ...

    @property
    def name_th(self) -> str: ...


def name_in(language: str, named: Named) -> str:
    """The name to show in a language, such as ``it`` or ``th-TH``; in English where there is none in it."""
    names = {"it": named.name_it, "th": named.name_th}
    return names.get(language.partition("-")[0].lower(), named.name)


class Row(Struct, frozen=True):
    """A value that an operation returns or that a definition has."""

    path: str
    """Field names joined by dots, through lists too; ``204`` where the status alone is the answer."""
    type: str
    """A JSON type, a format of string, ``array of`` one, or the name of a definition."""
    name: str
    name_it: str
    name_th: str


class Parameter(Struct, frozen=True):
    """A value that the caller of an operation gives."""

    key: str
    type: str
    required: bool
    name: str
    name_it: str
    name_th: str


class Definition(Struct, frozen=True):
    """A shape that rows refer to by name."""

    name: str
    name_it: str
    name_th: str
    shape: type[Struct]
    rows: tuple[Row, ...]


class Action(Struct, frozen=True, kw_only=True):
    """An operation that is called."""

    operation_id: str
    name: str
    name_it: str
    name_th: str
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
    name_th: str
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
    name_th: str
    calls: int
    period_seconds: int


CONNECTION = ConnectionDefinition(
    parameters=(
        Parameter(
            "api_key",
            "securestring",
            True,
            "Personal Access Token",
            "Token di accesso personale",
            "โทเค็นการเข้าถึงส่วนบุคคล",
        ),
    ),
    request_headers={"X-Calendly-Consumer-Application": "ms_power_automate"},
    test_operation_id="CurrentUserInfo",
    test_operation=operations.GetCurrentUser,
)

THROTTLING = Throttling(
    name="API calls per connection",
    name_it="Chiamate API per connessione",
    name_th="จำนวนการเรียก API ต่อการเชื่อมต่อ",
    calls=100,
    period_seconds=60,
)

CREATE_INVITEE_NO_SHOW = Action(
    operation_id="CreateInviteeNoShow",
    name="Create Invitee No Show",
    name_it="Create Invitee No Show",
    name_th="บันทึกว่าผู้จองไม่มาตามนัด",
    operation=operations.CreateInviteeNoShow,
    answer=Resource[NoShow],
    parameters=(Parameter("invitee", "string", True, "Invitee URI", "URI dell'invito", "URI ของผู้จอง"),),
    returns=(
        Row("resource.uri", "string", "No Show URI", "Nessun URI di visualizzazione", "URI ของการไม่มาตามนัด"),
        Row("resource.invitee", "string", "Invitee URI", "URI dell'invito", "URI ของผู้จอง"),
        Row("resource.created_at", "string", "Created At", "Creato all'indirizzo", "สร้างเมื่อ"),
    ),
)

DELETE_INVITEE_NO_SHOW = Action(
    operation_id="DeleteInviteeNoShow",
    name="Delete Invitee No Show",
    name_it="Elimina invito nessuna visualizzazione",
    name_th="ลบบันทึกว่าผู้จองไม่มาตามนัด",
    operation=operations.DeleteInviteeNoShow,
    answer=None,
    parameters=(
        Parameter("uuid", "string", True, "Invitee No Show UUID", "Invita nessun UUID show", "UUID ของการไม่มาตามนัด"),
    ),
    returns=(
        Row(
            "204",
            "string",
            "No Show successfully deleted",
            "Nessuna visualizzazione eliminata",
            "ลบบันทึกการไม่มาตามนัดแล้ว",
        ),
    ),
)

GET_EVENT_TYPE = Action(
    operation_id="GetEventType",
    name="Get Event Type",
    name_it="Tipo di evento Get",
    name_th="ดูประเภทนัดหมาย",
    operation=operations.GetEventType,
    answer=Resource[event_types.EventType],
    parameters=(
        Parameter("uuid", "string", True, "Event Type UUID", "UUID del tipo di evento", "UUID ของประเภทนัดหมาย"),
    ),
    returns=(Row("resource", "EventType", "resource", "resource", "ข้อมูล"),),
)

GET_EVENT_TYPES = Action(
    operation_id="GetEventTypes",
    name="Get Event Types",
    name_it="Get Event Types",
    name_th="ดูรายการประเภทนัดหมาย",
    operation=operations.ListEventTypes,
    answer=Page[event_types.EventType],
    parameters=(
        Parameter("active", "boolean", False, "Active", "Active", "เปิดใช้งาน"),
        Parameter("count", "integer", False, "Count", "Conteggio", "จำนวน"),
        Parameter("page_token", "string", False, "Page Token", "Token di pagina", "โทเค็นของหน้า"),
        Parameter("admin_managed", "boolean", False, "Admin Managed", "Amministratore gestito", "จัดการโดยผู้ดูแล"),
    ),
    returns=(
        Row("collection", "array of EventType", "collection", "collezione", "รายการ"),
        Row("pagination.count", "integer", "Pagination Count", "Conteggio paginazione", "จำนวนรายการในหน้า"),
        Row("pagination.next_page", "string", "Next Page URI", "URI pagina successiva", "URI ของหน้าถัดไป"),
        Row("pagination.previous_page", "string", "Previous Page URI", "URI pagina precedente", "URI ของหน้าก่อนหน้า"),
        Row("pagination.next_page_token", "string", "Next Page Token", "Token pagina successiva", "โทเค็นของหน้าถัดไป"),
        Row(
            "pagination.previous_page_token",
            "string",
            "Previous Page Token",
            "Token pagina precedente",
            "โทเค็นของหน้าก่อนหน้า",
        ),
    ),
)

_ENVELOPE = (
    Row("created_at", "string", "Webhook Created At", "Webhook creato all'indirizzo", "สร้าง webhook เมื่อ"),
    Row("created_by", "string", "Webhook Creator URI", "Webhook Creator URI", "URI ของผู้สร้าง webhook"),
    Row("event", "string", "Webhook Event", "Webhook, evento", "เหตุการณ์ของ webhook"),
)

_TRACKING = (
    Row("payload.tracking.utm_campaign", "string", "UTM Campaign", "Campagna UTM", "แคมเปญ UTM"),
    Row("payload.tracking.utm_source", "string", "UTM Source", "Origine UTM", "แหล่งที่มา UTM"),
    Row("payload.tracking.utm_medium", "string", "UTM Medium", "UTM Medium", "สื่อ UTM"),
    Row("payload.tracking.utm_content", "string", "UTM Content", "Contenuto UTM", "เนื้อหา UTM"),
    Row("payload.tracking.utm_term", "string", "UTM Term", "Termine UTM", "คำค้น UTM"),
    Row("payload.tracking.salesforce_uuid", "string", "Salesforce UUID", "Salesforce UUID", "UUID ของ Salesforce"),
)

INVITEE_TRIGGER = TriggerDefinition(
    operation_id="CreateWebhookSubscription",
    name="Create Webhook Subscription (Invitee)",
    name_it="Creare una sottoscrizione webhook (invito)",
    name_th="สมัครรับ webhook (ผู้จอง)",
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
    parameters=(Parameter("events", "array of string", True, "events", "events", "เหตุการณ์"),),
    returns=(
        *_ENVELOPE,
        Row("payload.cancel_url", "string", "Cancel Event URL", "Cancel Event URL", "ลิงก์สำหรับยกเลิกนัดหมาย"),
        Row("payload.created_at", "string", "Invitee Created At", "Invita creato all'indirizzo", "จองเมื่อ"),
        Row(
            "payload.email",
            "string",
            "Invitee Email",
            "Invia un messaggio di posta elettronica di invito",
            "อีเมลของผู้จอง",
        ),
        Row("payload.event", "string", "Event URI", "URI evento", "URI ของนัดหมาย"),
        Row("payload.name", "string", "Invitee Name", "Nome dell'invito", "ชื่อผู้จอง"),
        Row("payload.first_name", "string", "Invitee First Name", "Invitare il nome", "ชื่อตัวของผู้จอง"),
        Row("payload.last_name", "string", "Invitee Last Name", "Nome dell'invito", "นามสกุลของผู้จอง"),
        Row("payload.new_invitee", "string", "New Invitee URI", "Nuovo URI dell'invito", "URI ของผู้จองรายใหม่"),
        Row("payload.old_invitee", "string", "Old Invitee URI", "URI dell'invito precedente", "URI ของผู้จองรายเดิม"),
        Row(
            "payload.questions_and_answers",
            "array of object",
            "A collection of the invitee's responses to questions on the event booking confirmation form",
            "Raccolta delle risposte dell'invitato alle domande sul modulo di conferma della prenotazione dell'evento",
            "คำตอบของผู้จองต่อคำถามในแบบฟอร์มยืนยันการจอง",
        ),
        Row("payload.questions_and_answers.question", "string", "Question", "Domanda", "คำถาม"),
        Row("payload.questions_and_answers.answer", "string", "Answer", "Risposta", "คำตอบ"),
        Row(
            "payload.questions_and_answers.position",
            "number",
            "Question Position",
            "Posizione della domanda",
            "ลำดับของคำถาม",
        ),
        Row("payload.reschedule_url", "string", "Reschedule Event URL", "URL evento reschedule", "ลิงก์สำหรับเลื่อนนัดหมาย"),
        Row("payload.rescheduled", "boolean", "Invitee Rescheduled?", "Invita reschedulato?", "ผู้จองเลื่อนนัดหรือไม่"),
        Row("payload.status", "string", "Invitee Status", "Stato invito", "สถานะผู้จอง"),
        Row(
            "payload.text_reminder_number",
            "string",
            "Invitee Text Reminder Number",
            "Numero di promemoria di testo dell'invito",
            "หมายเลขโทรศัพท์สำหรับข้อความเตือน",
        ),
        Row("payload.timezone", "string", "Invitee Timezone", "Invitare fuso orario", "เขตเวลาของผู้จอง"),
        *_TRACKING,
        Row("payload.uri", "string", "Invitee URI", "URI dell'invito", "URI ของผู้จอง"),
        Row(
            "payload.routing_form_submission",
            "string",
            "Routing Form Submission URI",
            "URI invio modulo di routing",
            "URI ของการส่งแบบฟอร์มกำหนดเส้นทาง",
        ),
        Row("payload.scheduled_event", "ScheduledEvent", "scheduled_event", "scheduled_event", "นัดหมาย"),
        Row("payload.cancellation", "Cancellation", "cancellation", "cancellazione", "การยกเลิก"),
        Row("payload.payment", "Payment", "payment", "pagamento", "การชำระเงิน"),
        Row("payload.no_show", "NoShow", "no_show", "no_show", "การไม่มาตามนัด"),
        Row("payload.reconfirmation", "Reconfirmation", "reconfirmation", "riconferma", "การยืนยันอีกครั้ง"),
    ),
)

ROUTING_FORM_SUBMISSION_TRIGGER = TriggerDefinition(
    operation_id="CreateWebhookSubscriptionRoutingFormSubmission",
    name="Create Webhook Subscription (Routing Form Submission)",
    name_it="Creare una sottoscrizione webhook (invio di moduli di routing)",
    name_th="สมัครรับ webhook (การส่งแบบฟอร์มกำหนดเส้นทาง)",
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
    parameters=(Parameter("events", "array of string", True, "events", "events", "เหตุการณ์"),),
    returns=(
        *_ENVELOPE,
        Row(
            "payload.uri",
            "string",
            "Routing Form Submission URI",
            "URI invio modulo di routing",
            "URI ของการส่งแบบฟอร์มกำหนดเส้นทาง",
        ),
        Row("payload.routing_form", "string", "Routing Form URI", "URI modulo di routing", "URI ของแบบฟอร์มกำหนดเส้นทาง"),
        Row(
            "payload.questions_and_answers",
            "array of object",
            "questions_and_answers",
            "questions_and_answers",
            "คำถามและคำตอบ",
        ),
        Row("payload.questions_and_answers.question_uuid", "string", "Question UUID", "UUID domanda", "UUID ของคำถาม"),
        Row("payload.questions_and_answers.question", "string", "Question", "Domanda", "คำถาม"),
        Row("payload.questions_and_answers.answer", "string", "Answer", "Risposta", "คำตอบ"),
        *_TRACKING,
        Row("payload.result.type", "string", "Result Type", "Tipo di risultato", "ประเภทของผลลัพธ์"),
        Row("payload.submitter", "string", "Submitter URI", "URI del mittente", "URI ของผู้ส่ง"),
        Row("payload.submitter_type", "string", "Submitter Type", "Tipo di mittente", "ประเภทของผู้ส่ง"),
        Row(
            "payload.created_at",
            "string",
            "Routing Form Submission Created At",
            "Invio modulo di routing creato all'indirizzo",
            "ส่งแบบฟอร์มกำหนดเส้นทางเมื่อ",
        ),
        Row(
            "payload.updated_at",
            "string",
            "Routing Form Submission Updated At",
            "Invio modulo di routing aggiornato all'indirizzo",
            "อัปเดตการส่งแบบฟอร์มกำหนดเส้นทางเมื่อ",
        ),
    ),
)

ACTIONS = (CREATE_INVITEE_NO_SHOW, DELETE_INVITEE_NO_SHOW, GET_EVENT_TYPE, GET_EVENT_TYPES)
TRIGGERS = (INVITEE_TRIGGER, ROUTING_FORM_SUBMISSION_TRIGGER)

DEFINITIONS = (
    Definition(
        "ScheduledEvent",
        "ScheduledEvent",
        "นัดหมาย",
        scheduled_events.ScheduledEvent,
        (
            Row("uri", "uri", "Event URI", "URI evento", "URI ของนัดหมาย"),
            Row("name", "string", "Event Name", "Nome evento", "ชื่อนัดหมาย"),
            Row("status", "string", "Event Status", "Stato evento", "สถานะนัดหมาย"),
            Row("start_time", "date-time", "Event Start Time", "Ora di inizio evento", "เวลาเริ่มนัดหมาย"),
            Row("end_time", "date-time", "Event End Time", "Ora di fine evento", "เวลาสิ้นสุดนัดหมาย"),
            Row("event_type", "uri", "Event Type URI", "URI del tipo di evento", "URI ของประเภทนัดหมาย"),
            Row("location", "Location", "location", "ubicazione", "สถานที่"),
            Row("invitees_counter.total", "number", "Total Invitees", "Totale inviti", "จำนวนผู้จองทั้งหมด"),
            Row(
                "invitees_counter.active",
                "number",
                "Total Active Invitees",
                "Totale inviti attivi",
                "จำนวนผู้จองที่ยังไม่ยกเลิก",
            ),
            Row(
                "invitees_counter.limit",
                "number",
                "Event Max Invitees",
                "Numero massimo di inviti di eventi",
                "จำนวนผู้จองสูงสุด",
            ),
            Row("created_at", "date-time", "Event Created At", "Evento creato all'indirizzo", "สร้างนัดหมายเมื่อ"),
            Row("updated_at", "date-time", "Event Updated At", "Evento aggiornato all'indirizzo", "อัปเดตนัดหมายเมื่อ"),
            Row("event_memberships", "array of object", "event_memberships", "event_memberships", "ผู้จัดของนัดหมาย"),
            Row("event_memberships.user", "uri", "Event Member URI", "URI membro dell'evento", "URI ของผู้จัด"),
            Row(
                "event_memberships.user_email",
                "email",
                "Event Member Email",
                "Messaggio di posta elettronica membro dell'evento",
                "อีเมลของผู้จัด",
            ),
            Row("event_guests", "array of Guest", "event_guests", "event_guests", "ผู้ร่วมนัดหมาย"),
            Row("cancellation", "Cancellation", "cancellation", "cancellazione", "การยกเลิก"),
            Row("calendar_event", "LegacyCalendarEvent", "Calendar Event", "Calendar, evento", "กิจกรรมในปฏิทิน"),
        ),
    ),
    Definition(
        "Cancellation",
        "Annullamento",
        "การยกเลิก",
        scheduled_events.Cancellation,
        (
            Row("canceled_by", "string", "Canceled By", "Annullata da", "ยกเลิกโดย"),
            Row("reason", "string", "Cancellation Reason", "Motivo annullamento", "เหตุผลที่ยกเลิก"),
            Row("canceler_type", "string", "Canceler Type", "Tipo di annullatore", "ประเภทของผู้ยกเลิก"),
        ),
    ),
    Definition(
        "Guest",
        "Guest",
        "ผู้ร่วมนัดหมาย",
        scheduled_events.Guest,
        (
            Row(
                "email",
                "email",
                "Event Guest Email",
                "Messaggio di posta elettronica guest dell'evento",
                "อีเมลของผู้ร่วมนัดหมาย",
            ),
            Row(
                "created_at",
                "date-time",
                "Event Guest Created At",
                "Guest evento creato all'indirizzo",
                "เพิ่มผู้ร่วมนัดหมายเมื่อ",
            ),
            Row(
                "updated_at",
                "date-time",
                "Event Guest Updated At",
                "Evento guest aggiornato all'indirizzo",
                "อัปเดตผู้ร่วมนัดหมายเมื่อ",
            ),
        ),
    ),
    Definition(
        "Location",
        "Posizione",
        "สถานที่",
        scheduled_events.Location,
        (
            Row("type", "string", "Location Type", "Tipo di posizione", "ประเภทสถานที่"),
            Row("status", "string", "Web Conference Status", "Stato conferenza Web", "สถานะการประชุมออนไลน์"),
            Row("join_url", "uri", "Web Conference Meeting URL", "URL riunione Web conference", "ลิงก์การประชุมออนไลน์"),
            Row("location", "string", "Event Location", "Posizione evento", "สถานที่นัดหมาย"),
        ),
    ),
    Definition(
        "LegacyCalendarEvent",
        "LegacyCalendarEvent",
        "กิจกรรมในปฏิทิน",
        scheduled_events.CalendarEvent,
        (
            Row("kind", "string", "Calendly Event Kind", "Tipo di evento Calendly", "ชนิดของกิจกรรมในปฏิทิน"),
            Row(
                "external_id",
                "string",
                "External Calendar Event Id",
                "ID evento calendario esterno",
                "รหัสกิจกรรมในปฏิทินภายนอก",
            ),
        ),
    ),
    Definition(
        "Payment",
        "Pagamento",
        "การชำระเงิน",
        invitees.Payment,
        (
            Row("external_id", "string", "Payment External Id", "ID esterno pagamento", "รหัสการชำระเงินภายนอก"),
            Row("provider", "string", "Payment Provider", "Provider di pagamento", "ผู้ให้บริการชำระเงิน"),
            Row("amount", "float", "Payment Amount", "Importo pagamento", "จำนวนเงินที่ชำระ"),
            Row("currency", "string", "Payment Currency", "Valuta del pagamento", "สกุลเงินที่ชำระ"),
            Row("terms", "string", "Payment Terms", "Condizioni di pagamento", "เงื่อนไขการชำระเงิน"),
            Row("successful", "boolean", "Payment Successful?", "Pagamento riuscito?", "ชำระเงินสำเร็จหรือไม่"),
        ),
    ),
    Definition(
        "NoShow",
        "NoShow",
        "การไม่มาตามนัด",
        invitees.NoShowRef,
        (
            Row("uri", "string", "No Show URI", "Nessun URI di visualizzazione", "URI ของการไม่มาตามนัด"),
            Row(
                "created_at",
                "date-time",
                "No Show Created At",
                "Nessuna mostra creata all'indirizzo",
                "บันทึกการไม่มาตามนัดเมื่อ",
            ),
        ),
    ),
    Definition(
        "EventType",
        "TipoDiEvento",
        "ประเภทนัดหมาย",
        event_types.EventType,
        (
            Row("uri", "string", "Event Type URI", "URI del tipo di evento", "URI ของประเภทนัดหมาย"),
            Row("name", "string", "Event Type Name", "Nome tipo di evento", "ชื่อประเภทนัดหมาย"),
            Row("active", "boolean", "Active", "Active", "เปิดใช้งาน"),
            Row("booking_method", "string", "Booking Method", "Metodo di prenotazione", "วิธีจอง"),
            Row("slug", "string", "Slug", "Slug", "ชื่อในลิงก์"),
            Row("scheduling_url", "string", "Scheduling URL", "URL di pianificazione", "ลิงก์สำหรับจอง"),
            Row("duration", "integer", "Duration", "Durata", "ระยะเวลา"),
            Row("kind", "string", "Kind", "Kind", "ชนิด"),
            Row("pooling_type", "string", "Pooling Type", "Tipo di pooling", "วิธีจัดสรรผู้จัด"),
            Row("type", "string", "Type", "TIPO", "ประเภท"),
            Row("color", "string", "Color", "Colore", "สี"),
            Row("created_at", "string", "Created At", "Creato all'indirizzo", "สร้างเมื่อ"),
            Row("updated_at", "string", "Updated At", "Aggiornato all'indirizzo", "อัปเดตเมื่อ"),
            Row("internal_note", "string", "Internal Note", "Nota interna", "บันทึกภายใน"),
            Row(
                "description_plain", "string", "Description (Plain)", "Descrizione (normale)", "คำอธิบาย (ข้อความธรรมดา)"
            ),
            Row("description_html", "string", "Description (HTML)", "Descrizione (HTML)", "คำอธิบาย (HTML)"),
            Row("profile.type", "string", "Profile Type", "Tipo di profilo", "ประเภทโปรไฟล์"),
            Row("profile.name", "string", "Profile Name", "Nome profilo", "ชื่อโปรไฟล์"),
            Row("profile.owner", "string", "Profile Owner URI", "URI proprietario del profilo", "URI ของเจ้าของโปรไฟล์"),
            Row("secret", "boolean", "Secret", "Secret", "ไม่แสดงต่อสาธารณะ"),
            Row("deleted_at", "string", "Deleted At", "Eliminato all'indirizzo", "ลบเมื่อ"),
            Row("admin_managed", "boolean", "Admin Managed", "Amministratore gestito", "จัดการโดยผู้ดูแล"),
            Row("custom_questions", "array of object", "custom_questions", "custom_questions", "คำถามเพิ่มเติม"),
            Row(
                "custom_questions.name",
                "string",
                "Custom Question Name",
                "Nome domanda personalizzato",
                "ข้อความของคำถามเพิ่มเติม",
            ),
            Row(
                "custom_questions.type",
                "string",
                "Custom Question Type",
                "Tipo di domanda personalizzato",
                "ประเภทของคำถามเพิ่มเติม",
            ),
            Row(
                "custom_questions.position",
                "integer",
                "Custom Question Position",
                "Posizione della domanda personalizzata",
                "ลำดับของคำถามเพิ่มเติม",
            ),
            Row(
                "custom_questions.enabled",
                "boolean",
                "Custom Question Enabled",
                "Domanda personalizzata abilitata",
                "คำถามเพิ่มเติมเปิดใช้งาน",
            ),
            Row(
                "custom_questions.required",
                "boolean",
                "Custom Question Required",
                "Domanda personalizzata obbligatoria",
                "คำถามเพิ่มเติมที่ต้องตอบ",
            ),
            Row(
                "custom_questions.answer_choices",
                "array of string",
                "Custom Question Answer Choices",
                "Opzioni di risposta alle domande personalizzate",
                "ตัวเลือกคำตอบของคำถามเพิ่มเติม",
            ),
            Row("custom_questions.include_other", "boolean", "Include Other", "Includi altro", "มีตัวเลือกอื่น ๆ"),
        ),
    ),
    Definition(
        "Reconfirmation",
        "Riconferma",
        "การยืนยันอีกครั้ง",
        invitees.Reconfirmation,
        (
            Row(
                "created_at",
                "date-time",
                "Reconfirmation Created At",
                "Riconferma creata all'indirizzo",
                "ขอให้ยืนยันอีกครั้งเมื่อ",
            ),
            Row(
                "confirmed_at", "date-time", "Invitee Confirmed At", "Invitato confermato all'indirizzo", "ผู้จองยืนยันเมื่อ"
            ),
        ),
    ),
)
