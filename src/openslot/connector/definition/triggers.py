"""The triggers.

The rows are those of the public connector, spelled as it spells them; the shapes are the wire's. Source:
``tests/contract/connector.json``, held row by row by the tests.
"""

from openslot.client import operations
from openslot.connector.definition.connection import DELETE_TRIGGER
from openslot.connector.definition.shapes import Parameter, Row, Text, TriggerDefinition
from openslot.wire import invitees, routing_forms
from openslot.wire.webhooks import WebhookPayload

_HIDDEN = ("url", "organization", "user", "scope", "signing_key")

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
    description=Text(
        "Starts when an invitee books, cancels, is marked as absent or no longer is.",
        "Si avvia quando un invitato prenota, annulla, viene segnato come assente o non lo è più.",
        "เริ่มเมื่อผู้จองทำการจอง ยกเลิก ถูกบันทึกว่าไม่มาตามนัด หรือเมื่อลบบันทึกนั้น",
    ),
    hint=Text(
        "To see it work, book a meeting on one of your booking pages.",
        "Per vederlo in azione, prenota una riunione su una delle tue pagine di prenotazione.",
        "หากต้องการดูการทำงาน ให้จองนัดหมายในหน้าจองของคุณ",
    ),
    platform_path="/webhook_subscriptions",
    operation=operations.CreateWebhookSubscription,
    unsubscribe=DELETE_TRIGGER.operation,
    answer=WebhookPayload[invitees.InviteePayload],
    events=(
        "invitee.created",
        "invitee.canceled",
        "invitee_no_show.created",
        "invitee_no_show.deleted",
    ),
    default_event="invitee.created",
    hidden=_HIDDEN,
    default_scope="organization",
    parameters=(
        Parameter(
            "events",
            "array of string",
            True,
            "events",
            "events",
            "เหตุการณ์",
            Text(
                "What starts the flow: one of them, or several.",
                "Che cosa avvia il flusso: uno o più eventi.",
                "เหตุการณ์ที่เริ่มโฟลว์ เลือกได้หนึ่งหรือหลายรายการ",
            ),
        ),
    ),
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
    description=Text(
        "Starts when a routing form is sent, whether its sender books or not.",
        "Si avvia quando viene inviato un modulo di routing, che il mittente prenoti o no.",
        "เริ่มเมื่อมีการส่งแบบฟอร์มกำหนดเส้นทาง ไม่ว่าผู้ส่งจะจองหรือไม่",
    ),
    hint=Text(
        "To see it work, fill in one of your routing forms and send it.",
        "Per vederlo in azione, compila e invia uno dei tuoi moduli di routing.",
        "หากต้องการดูการทำงาน ให้กรอกและส่งแบบฟอร์มกำหนดเส้นทางของคุณ",
    ),
    platform_path="/webhook_subscriptions/routing_form_submission",
    operation=operations.CreateWebhookSubscription,
    unsubscribe=DELETE_TRIGGER.operation,
    answer=WebhookPayload[routing_forms.RoutingFormSubmission],
    events=("routing_form_submission.created",),
    default_event="routing_form_submission.created",
    hidden=_HIDDEN,
    default_scope="organization",
    parameters=(
        Parameter(
            "events",
            "array of string",
            True,
            "events",
            "events",
            "เหตุการณ์",
            Text(
                "What starts the flow: a routing form that was sent.",
                "Che cosa avvia il flusso: l'invio di un modulo di routing.",
                "เหตุการณ์ที่เริ่มโฟลว์ คือการส่งแบบฟอร์มกำหนดเส้นทาง",
            ),
        ),
    ),
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

TRIGGERS = (INVITEE_TRIGGER, ROUTING_FORM_SUBMISSION_TRIGGER)
