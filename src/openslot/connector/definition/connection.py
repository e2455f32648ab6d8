"""What surrounds the operations: the connection, its limit, the platform's own calls, and how a call fails."""

from openslot.client import operations
from openslot.connector.definition.shapes import (
    Action,
    ConnectionDefinition,
    Failure,
    LimitReached,
    Parameter,
    Row,
    Text,
    Throttling,
)
from openslot.wire.common import Error, Resource
from openslot.wire.users import User

DESCRIPTION = Text(
    "Acts on Calendly or OpenSlot, and starts flows when meetings are booked, canceled or missed.",
    "Agisce su Calendly o OpenSlot e avvia flussi quando le riunioni vengono prenotate, annullate o mancate.",
    "ทำงานกับ Calendly หรือ OpenSlot และเริ่มโฟลว์เมื่อมีการจอง ยกเลิก หรือไม่มาตามนัด",
)
"""Of the connector as a whole."""

CURRENT_USER_INFO = Action(
    operation_id="CurrentUserInfo",
    name="Get Current User Info",
    name_it="Informazioni sull'utente corrente",
    name_th="ดูข้อมูลผู้ใช้ปัจจุบัน",
    description=Text(
        "Tells whose token this is; the platform calls it to test a connection.",
        "Dice di chi è il token; la piattaforma lo chiama per provare una connessione.",
        "บอกว่าโทเค็นนี้เป็นของใคร แพลตฟอร์มเรียกใช้เพื่อทดสอบการเชื่อมต่อ",
    ),
    operation=operations.GetCurrentUser,
    answer=Resource[User],
)

DELETE_TRIGGER = Action(
    operation_id="DeleteTrigger",
    name="Delete Webhook Subscription",
    name_it="Elimina sottoscrizione webhook",
    name_th="ยกเลิกการสมัครรับ webhook",
    description=Text(
        "Ends a subscription; the platform calls it when a flow is turned off.",
        "Termina una sottoscrizione; la piattaforma lo chiama quando un flusso viene disattivato.",
        "ยกเลิกการสมัครรับ แพลตฟอร์มเรียกใช้เมื่อปิดโฟลว์",
    ),
    operation=operations.DeleteWebhookSubscription,
    answer=None,
    parameters=(
        Parameter(
            "uuid",
            "string",
            True,
            "Webhook Subscription UUID",
            "UUID della sottoscrizione webhook",
            "UUID ของการสมัครรับ webhook",
            Text(
                "The last part of the subscription's URI.",
                "L'ultima parte dell'URI della sottoscrizione.",
                "ส่วนสุดท้ายของ URI ของการสมัครรับ",
            ),
        ),
    ),
    returns=(
        Row(
            "204",
            "string",
            "Webhook subscription successfully deleted",
            "Sottoscrizione webhook eliminata",
            "ยกเลิกการสมัครรับ webhook แล้ว",
        ),
    ),
)

INTERNAL_OPERATIONS = (DELETE_TRIGGER, CURRENT_USER_INFO)
"""What the platform calls on its own; nobody puts them into a flow."""

LOCATION = Text(
    "Where the subscription is deleted.",
    "Dove si elimina la sottoscrizione.",
    "ที่สำหรับยกเลิกการสมัครรับ",
)
"""Of the header by that name, in the answer to a new subscription."""

FAILURES = (
    Failure(
        "429",
        Text(
            "Too many calls within a minute; try again in as many seconds as Retry-After says.",
            "Troppe chiamate in un minuto; riprovare dopo i secondi indicati da Retry-After.",
            "เรียกใช้เกินจำนวนต่อนาที ลองอีกครั้งหลังจำนวนวินาทีที่ Retry-After บอก",
        ),
        LimitReached,
    ),
    Failure(
        "default",
        Text(
            "The call could not be done; the message says why.",
            "La chiamata non è riuscita; il messaggio dice perché.",
            "ดำเนินการไม่สำเร็จ ข้อความบอกสาเหตุ",
        ),
        Error,
    ),
)
"""What every operation may answer instead."""

CONNECTION = ConnectionDefinition(
    parameters=(
        Parameter(
            "api_key",
            "securestring",
            True,
            "Personal Access Token",
            "Token di accesso personale",
            "โทเค็นการเข้าถึงส่วนบุคคล",
            Text(
                "A personal access token, as Calendly or OpenSlot showed it when it was made.",
                "Un token di accesso personale, come Calendly o OpenSlot l'ha mostrato alla creazione.",
                "โทเค็นการเข้าถึงส่วนบุคคลตามที่ Calendly หรือ OpenSlot แสดงเมื่อสร้าง",
            ),
        ),
    ),
    request_headers={"X-Calendly-Consumer-Application": "ms_power_automate"},
    test=CURRENT_USER_INFO,
)

THROTTLING = Throttling(
    name="API calls per connection",
    name_it="Chiamate API per connessione",
    name_th="จำนวนการเรียก API ต่อการเชื่อมต่อ",
    calls=100,
    period_seconds=60,
)
