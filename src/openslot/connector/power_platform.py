"""The connector as a package for the Power Platform, made from the definition: what ``gateway`` speaks, written down.

Source: Microsoft's schemas of the two documents, kept in ``tests/contract/power-platform``.
"""

import json
import re
from pathlib import Path
from typing import Any, Literal, get_args

from openslot.connector import definition, icon
from openslot.connector.definition import Action, Named, Parameter, TriggerDefinition, name_in
from openslot.connector.swagger import Schema, Schemas, simple, summarized
from openslot.wire.common import Resource
from openslot.wire.users import User
from openslot.wire.webhooks import WebhookSubscription

Language = Literal["en", "it", "th"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

TITLE = "OpenSlot"
_VERSION = "1.0"
_HOST = re.compile(r"(?:https://)?([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?)((?:/[A-Za-z0-9._~-]+)*)/?")
_WHOLE_LIST = 100
"""Event types that the platform offers to choose from: the longest page that the API knows."""

_ABOUT: dict[str, dict[Language, str]] = {
    "CreateInviteeNoShow": {
        "en": "Marks an invitee as absent.",
        "it": "Segna un invitato come assente.",
        "th": "บันทึกว่าผู้จองไม่มาตามนัด",
    },
    "DeleteInviteeNoShow": {
        "en": "Takes the mark of an absent invitee back.",
        "it": "Annulla il segno di assenza di un invitato.",
        "th": "ลบบันทึกว่าผู้จองไม่มาตามนัด",
    },
    "GetEventType": {
        "en": "Gets one event type.",
        "it": "Legge un tipo di evento.",
        "th": "อ่านประเภทนัดหมายหนึ่งรายการ",
    },
    "GetEventTypes": {
        "en": "Gets a page of the organization's event types; of your own where you are a plain member of it.",
        "it": "Legge una pagina dei tipi di evento dell'organizzazione; dei propri per chi ne è semplice membro.",
        "th": "อ่านประเภทนัดหมายขององค์กรทีละหน้า หรือของคุณเองหากคุณเป็นสมาชิกทั่วไป",
    },
    "CreateWebhookSubscription": {
        "en": "Starts when an invitee books, cancels, is marked as absent or no longer is.",
        "it": "Si avvia quando un invitato prenota, annulla, viene segnato come assente o non lo è più.",
        "th": "เริ่มเมื่อผู้จองจอง ยกเลิก ถูกบันทึกว่าไม่มาตามนัด หรือเมื่อลบบันทึกนั้น",
    },
    "CreateWebhookSubscriptionRoutingFormSubmission": {
        "en": "Starts when a routing form is sent, whether its sender books or not.",
        "it": "Si avvia quando viene inviato un modulo di routing, che il mittente prenoti o no.",
        "th": "เริ่มเมื่อมีการส่งแบบฟอร์มกำหนดเส้นทาง ไม่ว่าผู้ส่งจะจองหรือไม่",
    },
    "DeleteTrigger": {
        "en": "Ends a subscription; the platform calls it when a flow is turned off.",
        "it": "Termina una sottoscrizione; la piattaforma lo chiama quando un flusso viene disattivato.",
        "th": "สิ้นสุดการสมัครรับ แพลตฟอร์มเรียกใช้เมื่อปิดโฟลว์",
    },
    "CurrentUserInfo": {
        "en": "Tells whose token this is; the platform calls it to test a connection.",
        "it": "Dice di chi è il token; la piattaforma lo chiama per provare una connessione.",
        "th": "บอกว่าโทเค็นนี้เป็นของใคร แพลตฟอร์มเรียกใช้เพื่อทดสอบการเชื่อมต่อ",
    },
    "api_key": {
        "en": "A personal access token, as Calendly or OpenSlot showed it when it was made.",
        "it": "Un token di accesso personale, come Calendly o OpenSlot l'ha mostrato alla creazione.",
        "th": "โทเค็นการเข้าถึงส่วนบุคคลตามที่ Calendly หรือ OpenSlot แสดงเมื่อสร้าง",
    },
    "uuid": {
        "en": "Its id or its URI.",
        "it": "Il suo id o il suo URI.",
        "th": "รหัสหรือ URI ของรายการนั้น",
    },
    "connector": {
        "en": "Acts on Calendly or OpenSlot, and starts flows when meetings are booked, canceled or missed.",
        "it": "Agisce su Calendly o OpenSlot e avvia flussi quando le riunioni vengono prenotate, annullate o mancate.",
        "th": "ทำงานกับ Calendly หรือ OpenSlot และเริ่มโฟลว์เมื่อมีการจอง ยกเลิก หรือไม่มาตามนัด",
    },
}
"""What the public connector's rows do not say: sentences about operations and values."""

_README = """\
# {title} for the Power Platform

The connector of Calendly and OpenSlot: four actions and two triggers, called at `https://{address}`, where
`openslot connector serve` must answer. `openslot connector export` made these files; make them again rather than change
them.

| File | What |
|---|---|
| `apiDefinition.swagger.json` | the operations, as Swagger 2.0 with Microsoft's extensions |
| `apiProperties.json` | the connection: a personal access token, sent as `Bearer` |
| `settings.json` | the arguments of `paconn` |
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
`apiDefinition.swagger.json`. For other hosts see `docs/power-platform.md` of OpenSlot.
"""


class Package:
    """The files of one export."""

    def __init__(self, host: str, language: Language = "en") -> None:
        """``host`` is where the gateway is reached: a name, perhaps a port and a path.

        Raises:
            ValueError: no such host.
        """
        found = _HOST.fullmatch(host)
        if found is None:
            raise ValueError("a host looks like connector.example.org or example.org:8443/connector")
        self.host, self.base_path = found[1], found[2] or "/"
        self.language = language
        self._schemas = Schemas(self._name)

    def files(self) -> dict[str, bytes]:
        """The content of each file by name; the same for the same host and language."""
        return {
            "apiDefinition.swagger.json": _json(self.api_definition()),
            "apiProperties.json": _json(self.api_properties()),
            "settings.json": _json(_settings()),
            "icon.png": icon.png(),
            "readme.md": self.readme().encode(),
        }

    def write(self, directory: Path) -> list[Path]:
        """Write the files, over those that are there, and say where they are.

        Raises:
            OSError: they can't be written.
        """
        directory.mkdir(parents=True, exist_ok=True)
        written = []
        for name, content in self.files().items():
            (directory / name).write_bytes(content)
            written.append(directory / name)
        return written

    def api_definition(self) -> dict[str, Any]:
        """The Swagger document."""
        (key,) = definition.CONNECTION.parameters
        paths = self._paths()
        return {
            "swagger": "2.0",
            "info": {"title": TITLE, "description": self._about("connector"), "version": _VERSION},
            "host": self.host,
            "basePath": self.base_path,
            "schemes": ["https"],
            "consumes": ["application/json"],
            "produces": ["application/json"],
            "paths": paths,
            "definitions": self._schemas.definitions(),
            "securityDefinitions": {key.key: {"type": "apiKey", "in": "header", "name": "Authorization"}},
            "security": [{key.key: []}],
            "x-ms-capabilities": {"testConnection": {"operationId": definition.CONNECTION.test_operation_id}},
            "x-ms-connector-metadata": [{"propertyName": "Categories", "propertyValue": "Productivity"}],
        }

    def api_properties(self) -> dict[str, Any]:
        """The connection, and the policy that makes a bearer of its token."""
        (key,) = definition.CONNECTION.parameters
        policy = {
            "templateId": "setheader",
            "title": "Bearer token",
            "parameters": {
                "x-ms-apimTemplateParameter.name": "Authorization",
                "x-ms-apimTemplateParameter.value": f"Bearer @connectionParameters('{key.key}')",
                "x-ms-apimTemplateParameter.existsAction": "override",
                "x-ms-apimTemplate-policySection": "Request",
            },
        }
        shown = {
            "displayName": self._name(key),
            "description": self._about(key.key),
            "tooltip": self._about(key.key),
            "constraints": {"tabIndex": 2, "clearText": False, "required": str(key.required).lower()},
        }
        return {
            "properties": {
                "connectionParameters": {key.key: {"type": key.type, "uiDefinition": shown}},
                "iconBrandColor": icon.BRAND_COLOR,
                "capabilities": [],
                "policyTemplateInstances": [policy],
                "publisher": TITLE,
            }
        }

    def readme(self) -> str:
        """What the files are, for whoever finds them."""
        return _README.format(
            title=TITLE,
            address=f"{self.host}{self.base_path}".rstrip("/"),
            actions=self._list(definition.ACTIONS),
            triggers=self._list(definition.TRIGGERS),
            calls=definition.THROTTLING.calls,
            seconds=definition.THROTTLING.period_seconds,
        )

    def _list(self, operations: tuple[Action | TriggerDefinition, ...]) -> str:
        return "\n".join(f"- {self._name(one)}: {self._about(one.operation_id)}" for one in operations)

    def _paths(self) -> dict[str, Any]:
        paths: dict[str, Any] = {}
        for trigger in definition.TRIGGERS:
            paths[trigger.platform_path] = {
                "x-ms-notification-content": {
                    "description": self._about(trigger.operation_id),
                    "schema": self._schemas.of(trigger.answer, trigger.returns),
                },
                "post": self._trigger(trigger),
            }
        leave = definition.INVITEE_TRIGGER.unsubscribe
        paths[_path(leave.path)] = {"delete": self._unsubscribe()}
        test = definition.CONNECTION.test_operation
        paths[test.path] = {"get": self._test()}
        for action in definition.ACTIONS:
            paths.setdefault(action.operation.path, {})[action.operation.method.lower()] = self._action(action)
        return paths

    def _action(self, action: Action) -> dict[str, Any]:
        if action.answer is None:
            (row,) = action.returns
            responses: dict[str, Any] = {row.path: {"description": self._name(row)}}
        else:
            status = "201" if action.operation.method == "POST" else "200"
            schema = self._schemas.of(action.answer, action.returns)
            responses = {status: {"description": self._name(action), "schema": schema}}
        return {
            **self._head(action.operation_id, self._name(action), "important"),
            "parameters": self._parameters(action),
            "responses": responses,
        }

    def _parameters(self, action: Action) -> list[dict[str, Any]]:
        placed = action.operation.__struct_fields__
        in_body = [parameter for parameter in action.parameters if parameter.key not in placed]
        made = [self._parameter(action, parameter) for parameter in action.parameters if parameter.key in placed]
        if in_body:
            properties = {one.key: summarized(simple(one.type), self._name(one), _visibility(one)) for one in in_body}
            made.append(_body(properties, [one.key for one in in_body if one.required]))
        return made

    def _parameter(self, action: Action, parameter: Parameter) -> dict[str, Any]:
        in_path = f"{{{parameter.key}}}" in action.operation.path
        return {
            "name": parameter.key,
            "in": "path" if in_path else "query",
            "required": parameter.required,
            **simple(parameter.type),
            **({"description": self._about(parameter.key)} if parameter.key in _ABOUT else {}),
            "x-ms-summary": self._name(parameter),
            "x-ms-visibility": _visibility(parameter),
            # a URI has slashes, which must reach us as part of the value
            **({"x-ms-url-encoding": "double"} if in_path else {}),
            **(_EVENT_TYPES_TO_CHOOSE_FROM if action is definition.GET_EVENT_TYPE else {}),
        }

    def _trigger(self, trigger: TriggerDefinition) -> dict[str, Any]:
        (events,) = trigger.parameters
        choice = {"type": "string", "enum": list(trigger.events), "default": trigger.default_event}
        listed = summarized({"type": "array", "items": choice}, self._name(events), _visibility(events))
        hidden: dict[str, Schema] = {key: {"type": "string", "x-ms-visibility": "internal"} for key in trigger.hidden}
        hidden["url"]["x-ms-notification-url"] = True
        hidden["scope"]["default"] = trigger.default_scope
        subscribed = {
            "description": self._name(trigger),
            "schema": self._schemas.of(Resource[WebhookSubscription]),
            "headers": {"Location": {"type": "string", "description": "Where the subscription is deleted."}},
        }
        return {
            **self._head(trigger.operation_id, self._name(trigger), "important"),
            "x-ms-trigger": "single",
            "parameters": [_body({events.key: listed, **hidden}, ["url", events.key, "scope"])],
            "responses": {"201": subscribed},
        }

    def _unsubscribe(self) -> dict[str, Any]:
        uuid = {"name": "uuid", "in": "path", "required": True, "type": "string", "x-ms-visibility": "internal"}
        return {
            **self._head("DeleteTrigger", "Delete Webhook Subscription", "internal"),
            "parameters": [uuid],
            "responses": {"204": {"description": "No Content"}},
        }

    def _test(self) -> dict[str, Any]:
        return {
            **self._head(definition.CONNECTION.test_operation_id, "Get Current User Info", "internal"),
            "parameters": [],
            "responses": {"200": {"description": "OK", "schema": self._schemas.of(Resource[User])}},
        }

    def _head(self, operation_id: str, name: str, visibility: str) -> dict[str, Any]:
        return {
            "summary": name,
            "description": self._about(operation_id),
            "operationId": operation_id,
            "x-ms-visibility": visibility,
        }

    def _name(self, entry: Named) -> str:
        return name_in(self.language, entry)

    def _about(self, key: str) -> str:
        return _ABOUT[key][self.language]


_EVENT_TYPES_TO_CHOOSE_FROM: dict[str, Any] = {
    "x-ms-dynamic-values": {
        "operationId": definition.GET_EVENT_TYPES.operation_id,
        "parameters": {"count": _WHOLE_LIST},
        "value-collection": "collection",
        "value-title": "name",
        "value-path": "uri",
    },
    # the same for newer designers, which look for this one first
    "x-ms-dynamic-list": {
        "operationId": definition.GET_EVENT_TYPES.operation_id,
        "parameters": {"count": {"value": _WHOLE_LIST}},
        "itemsPath": "collection",
        "itemTitlePath": "name",
        "itemValuePath": "uri",
    },
}


def _visibility(parameter: Parameter) -> str:
    return "important" if parameter.required else "advanced"


def _body(properties: dict[str, Schema], required: list[str]) -> dict[str, Any]:
    schema = {"type": "object", "required": required, "properties": properties}
    return {"name": "body", "in": "body", "required": True, "schema": schema}


def _path(path: str) -> str:
    """An operation's path with the definition's name for an id."""
    return re.sub(r"\{\w+\}", "{uuid}", path)


def _settings() -> dict[str, str]:
    return {
        "apiDefinition": "apiDefinition.swagger.json",
        "apiProperties": "apiProperties.json",
        "icon": "icon.png",
        "powerAppsUrl": "https://api.powerapps.com",
        "powerAppsApiVersion": "2016-11-01",
    }


def _json(document: dict[str, Any]) -> bytes:
    # ASCII, because Microsoft's paconn reads the files in the machine's code page
    return json.dumps(document, indent=2).encode("ascii") + b"\n"
