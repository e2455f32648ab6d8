"""The actions.

The rows are those of the public connector, spelled as it spells them; the shapes are the wire's. Source:
``tests/contract/connector.json``, held row by row by the tests.
"""

from openslot.client import operations
from openslot.connector.definition.shapes import Action, Parameter, Row, Text
from openslot.wire import event_types
from openslot.wire.common import Page, Resource
from openslot.wire.no_shows import NoShow

CREATE_INVITEE_NO_SHOW = Action(
    operation_id="CreateInviteeNoShow",
    name="Create Invitee No Show",
    name_it="Create Invitee No Show",
    name_th="บันทึกว่าผู้จองไม่มาตามนัด",
    description=Text(
        "Marks an invitee as absent.",
        "Segna un invitato come assente.",
        "บันทึกว่าผู้จองไม่มาตามนัด",
    ),
    operation=operations.CreateInviteeNoShow,
    answer=Resource[NoShow],
    parameters=(
        Parameter(
            "invitee",
            "string",
            True,
            "Invitee URI",
            "URI dell'invito",
            "URI ของผู้จอง",
            Text(
                "The URI of who did not come, as triggers give it.",
                "L'URI di chi non si è presentato, come lo danno i trigger.",
                "URI ของผู้ที่ไม่มาตามนัด ตามที่ทริกเกอร์ให้มา",
            ),
        ),
    ),
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
    description=Text(
        "Takes the mark of an absent invitee back.",
        "Rimuove la segnalazione di assenza di un invitato.",
        "ลบบันทึกว่าผู้จองไม่มาตามนัด",
    ),
    operation=operations.DeleteInviteeNoShow,
    answer=None,
    parameters=(
        Parameter(
            "uuid",
            "string",
            True,
            "Invitee No Show UUID",
            "Invita nessun UUID show",
            "UUID ของการไม่มาตามนัด",
            Text(
                "The id or the URI of the no-show.",
                "L'id o l'URI della segnalazione di assenza.",
                "รหัสหรือ URI ของการไม่มาตามนัด",
            ),
        ),
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
    description=Text(
        "Gets one event type.",
        "Legge un tipo di evento.",
        "ดูประเภทนัดหมายหนึ่งรายการ",
    ),
    operation=operations.GetEventType,
    answer=Resource[event_types.EventType],
    parameters=(
        Parameter(
            "uuid",
            "string",
            True,
            "Event Type UUID",
            "UUID del tipo di evento",
            "UUID ของประเภทนัดหมาย",
            Text(
                "The event type: choose one, or give its id or its URI.",
                "Il tipo di evento: sceglierne uno, oppure dare il suo id o il suo URI.",
                "ประเภทนัดหมาย เลือกจากรายการ หรือระบุรหัสหรือ URI",
            ),
        ),
    ),
    returns=(Row("resource", "EventType", "resource", "resource", "ข้อมูล"),),
)

GET_EVENT_TYPES = Action(
    operation_id="GetEventTypes",
    name="Get Event Types",
    name_it="Get Event Types",
    name_th="ดูรายการประเภทนัดหมาย",
    description=Text(
        "Gets a page of the organization's event types; of your own where you are a plain member of it.",
        "Legge una pagina dei tipi di evento dell'organizzazione; dei propri per chi ne è semplice membro.",
        "ดูประเภทนัดหมายขององค์กรทีละหน้า หรือของคุณเองหากคุณเป็นสมาชิกทั่วไป",
    ),
    operation=operations.ListEventTypes,
    answer=Page[event_types.EventType],
    parameters=(
        Parameter(
            "active",
            "boolean",
            False,
            "Active",
            "Active",
            "เปิดใช้งาน",
            Text(
                "Only those that can be booked (true) or that can't (false); both if left out.",
                "Solo quelli prenotabili (true) o non prenotabili (false); tutti se omesso.",
                "เฉพาะที่เปิดให้จอง (true) หรือไม่เปิด (false) หากไม่ระบุจะได้ทั้งสองแบบ",
            ),
        ),
        Parameter(
            "count",
            "integer",
            False,
            "Count",
            "Conteggio",
            "จำนวน",
            Text(
                "How many to a page, from 1 to 100.",
                "Quanti per pagina, da 1 a 100.",
                "จำนวนรายการต่อหน้า ตั้งแต่ 1 ถึง 100",
            ),
            minimum=1,
            maximum=100,
            default=20,
        ),
        Parameter(
            "page_token",
            "string",
            False,
            "Page Token",
            "Token di pagina",
            "โทเค็นของหน้า",
            Text(
                "The page to get: the Next Page Token or Previous Page Token of another; the first if left out.",
                "La pagina da leggere: il token pagina successiva o precedente di un'altra; la prima se omesso.",
                "หน้าที่ต้องการ ใช้โทเค็นของหน้าถัดไปหรือหน้าก่อนหน้า หากไม่ระบุจะได้หน้าแรก",
            ),
        ),
        Parameter(
            "admin_managed",
            "boolean",
            False,
            "Admin Managed",
            "Amministratore gestito",
            "จัดการโดยผู้ดูแล",
            Text(
                "Only those that admins manage (true) or that they don't (false); both if left out.",
                "Solo quelli gestiti dagli amministratori (true) o non gestiti (false); tutti se omesso.",
                "เฉพาะที่ผู้ดูแลจัดการ (true) หรือไม่ได้จัดการ (false) หากไม่ระบุจะได้ทั้งสองแบบ",
            ),
        ),
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

ACTIONS = (CREATE_INVITEE_NO_SHOW, DELETE_INVITEE_NO_SHOW, GET_EVENT_TYPE, GET_EVENT_TYPES)
