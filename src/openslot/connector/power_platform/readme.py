"""The package's readme, in the language of the export."""

from openslot.connector import definition
from openslot.connector.definition import Action, Language, TriggerDefinition, name_in, text_in
from openslot.connector.power_platform.host import Host

NAME = "readme.md"
MARK = b"<!-- openslot connector export -->\n"
"""How it begins: a folder with it is ours to write to again."""
TITLE = "OpenSlot"


def text(host: Host, language: Language) -> str:
    """What the files are, for their finder."""
    return MARK.decode() + _TEXTS[language].format(
        title=TITLE,
        url=host.url,
        actions=_list(definition.ACTIONS, language),
        triggers=_list(definition.TRIGGERS, language),
        calls=definition.THROTTLING.calls,
        seconds=definition.THROTTLING.period_seconds,
    )


def _list(operations: tuple[Action | TriggerDefinition, ...], language: Language) -> str:
    return "\n".join(f"- {name_in(language, one)}: {text_in(language, one.description)}" for one in operations)


_TEXTS: dict[Language, str] = {
    "en": """\
# {title} for the Power Platform

The connector of Calendly and OpenSlot: four actions and two triggers, called at `{url}`, where
`openslot connector serve` must answer. `openslot connector export` made these files; make them again rather than change
them.

| File | What |
|---|---|
| `apiDefinition.swagger.json` | the operations, as Swagger 2.0 with Microsoft's extensions |
| `apiProperties.json` | the connection: a personal access token, sent as `Bearer` |
| `settings.json` | the arguments of `paconn`, which notes the connector's id in it |
| `icon.png` | the picture |

## Actions

{actions}

## Triggers

{triggers}

A trigger hears of the whole organization, so its token must be an owner's or admin's.

## Limit

{calls} calls per connection within {seconds} seconds; beyond them, 429 with `Retry-After`.

## Import

    pip install paconn
    paconn login
    paconn create --settings settings.json

or, without a command: *Custom connectors*, *New custom connector*, *Import an OpenAPI file*, and choose
`apiDefinition.swagger.json`. For Logic Apps, see the page on the Power Platform in OpenSlot's documentation.
""",
    "it": """\
# {title} per Power Platform

Il connettore di Calendly e OpenSlot: quattro azioni e due trigger, chiamati su `{url}`, dove deve rispondere
`openslot connector serve`. Questi file sono opera di `openslot connector export`: conviene rigenerarli anziché
modificarli.

| File | Che cos'è |
|---|---|
| `apiDefinition.swagger.json` | le operazioni, in Swagger 2.0 con le estensioni di Microsoft |
| `apiProperties.json` | la connessione: un token di accesso personale, inviato come `Bearer` |
| `settings.json` | gli argomenti di `paconn`, che vi annota l'id del connettore |
| `icon.png` | l'immagine |

## Azioni

{actions}

## Trigger

{triggers}

Un trigger ascolta l'intera organizzazione: il suo token deve essere di un proprietario o di un amministratore.

## Limite

{calls} chiamate per connessione in {seconds} secondi; oltre, 429 con `Retry-After`.

## Importazione

    pip install paconn
    paconn login
    paconn create --settings settings.json

oppure, senza comandi: *Connettori personalizzati*, *Nuovo connettore personalizzato*, *Importa un file OpenAPI*, e
scegliere `apiDefinition.swagger.json`. Per Logic Apps, vedere la pagina su Power Platform nella documentazione di
OpenSlot.
""",
    "th": """\
# {title} สำหรับ Power Platform

ตัวเชื่อมต่อของ Calendly และ OpenSlot มีสี่การดำเนินการและสองทริกเกอร์ เรียกใช้ที่ `{url}` ซึ่ง `openslot connector serve`
ต้องทำงานอยู่ ไฟล์เหล่านี้สร้างโดย `openslot connector export` หากต้องการเปลี่ยนให้สร้างใหม่แทนการแก้ไข

| ไฟล์ | เนื้อหา |
|---|---|
| `apiDefinition.swagger.json` | การดำเนินการ ในรูปแบบ Swagger 2.0 พร้อมส่วนขยายของ Microsoft |
| `apiProperties.json` | การเชื่อมต่อ คือโทเค็นการเข้าถึงส่วนบุคคลที่ส่งแบบ `Bearer` |
| `settings.json` | อาร์กิวเมนต์ของ `paconn` ซึ่งบันทึกรหัสของตัวเชื่อมต่อไว้ในไฟล์นี้ |
| `icon.png` | รูปภาพ |

## การดำเนินการ

{actions}

## ทริกเกอร์

{triggers}

ทริกเกอร์รับเหตุการณ์ของทั้งองค์กร โทเค็นจึงต้องเป็นของเจ้าขององค์กรหรือผู้ดูแล

## ขีดจำกัด

{calls} ครั้งต่อการเชื่อมต่อใน {seconds} วินาที หากเกินจะได้รับ 429 พร้อม `Retry-After`

## การนำเข้า

    pip install paconn
    paconn login
    paconn create --settings settings.json

หรือหากไม่ใช้คำสั่ง เลือก *ตัวเชื่อมต่อแบบกำหนดเอง* *ตัวเชื่อมต่อแบบกำหนดเองใหม่* *นำเข้าไฟล์ OpenAPI* แล้วเลือก
`apiDefinition.swagger.json` สำหรับ Logic Apps โปรดดูหน้า Power Platform ในเอกสารของ OpenSlot
""",
}
