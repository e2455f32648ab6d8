"""``apiDefinition.swagger.json``: the operations as Swagger 2.0 with Microsoft's extensions."""

from typing import Any

from openslot.connector import definition
from openslot.connector.definition import Action, Language, Named, Parameter, Text, TriggerDefinition, name_in, text_in
from openslot.connector.definition.fields import description_of
from openslot.connector.power_platform.host import Host
from openslot.connector.power_platform.readme import TITLE
from openslot.connector.power_platform.swagger import Schema, Schemas, simple, summarized
from openslot.wire.common import Resource
from openslot.wire.webhooks import CreateWebhookSubscription, WebhookSubscription

_VERSION = "1.0"


class ApiDefinition:
    """One document. Made for one use, because its schemas collect what they refer to."""

    def __init__(self, host: Host, language: Language) -> None:
        self._host = host
        self._language = language
        self._schemas = Schemas(language)

    def document(self) -> dict[str, Any]:
        (key,) = definition.CONNECTION.parameters
        paths = self._paths()
        return {
            "swagger": "2.0",
            "info": {"title": TITLE, "description": self._text(definition.DESCRIPTION), "version": _VERSION},
            "host": self._host.authority,
            "basePath": self._host.base_path,
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

    def _paths(self) -> dict[str, Any]:
        paths: dict[str, Any] = {}
        for trigger in definition.TRIGGERS:
            paths[trigger.platform_path] = {
                "x-ms-notification-content": {
                    "description": self._text(trigger.description),
                    "schema": self._schemas.of(trigger.answer, trigger.returns),
                },
                "post": self._trigger(trigger),
            }
        for visibility, actions in (
            ("internal", definition.INTERNAL_OPERATIONS),
            ("important", definition.ACTIONS),
        ):
            for action in actions:
                method = action.operation.method.lower()
                paths.setdefault(action.platform_path, {})[method] = self._action(action, visibility)
        return paths

    def _action(self, action: Action, visibility: str) -> dict[str, Any]:
        if action.answer is None:
            (row,) = action.returns
            answers: dict[str, Any] = {row.path: {"description": self._name(row)}}
        else:
            status = "201" if action.operation.method == "POST" else "200"
            schema = self._schemas.of(action.answer, action.returns)
            answers = {status: {"description": self._name(action), "schema": schema}}
        return {
            **self._head(action, visibility),
            "parameters": self._parameters(action, visibility),
            "responses": answers | self._failures(),
        }

    def _parameters(self, action: Action, visibility: str) -> list[dict[str, Any]]:
        placed = [one for one in action.parameters if _is_in_path(action, one) or _is_in_query(action, one)]
        in_body = [one for one in action.parameters if one not in placed]
        made = [self._parameter(action, one, visibility) for one in placed]
        if in_body:
            properties = {one.key: self._value(one, visibility) for one in in_body}
            made.append(_body(properties, [one.key for one in in_body if one.required]))
        return made

    def _parameter(self, action: Action, parameter: Parameter, visibility: str) -> dict[str, Any]:
        in_path = _is_in_path(action, parameter)
        return {
            "name": parameter.key,
            "in": "path" if in_path else "query",
            "required": parameter.required,
            **self._value(parameter, visibility),
            # a URI has slashes, which must reach us as part of the value
            **({"x-ms-url-encoding": "double"} if in_path else {}),
            **(_EVENT_TYPES_TO_CHOOSE_FROM if action is definition.GET_EVENT_TYPE else {}),
        }

    def _value(self, parameter: Parameter, visibility: str) -> Schema:
        limits = {"minimum": parameter.minimum, "maximum": parameter.maximum, "default": parameter.default}
        schema = {
            **simple(parameter.type),
            **{word: limit for word, limit in limits.items() if limit is not None},
            "description": self._text(parameter.description),
        }
        shown = "important" if parameter.required else "advanced"
        return summarized(schema, self._name(parameter), "internal" if visibility == "internal" else shown)

    def _trigger(self, trigger: TriggerDefinition) -> dict[str, Any]:
        (events,) = trigger.parameters
        choice = {"type": "string", "enum": list(trigger.events), "default": trigger.default_event}
        listed = {**self._value(events, "important"), "items": choice}
        hidden = {key: self._hidden(key) for key in trigger.hidden}
        hidden["url"]["x-ms-notification-url"] = True
        hidden["scope"]["default"] = trigger.default_scope
        subscribed = {
            "description": self._name(trigger),
            "schema": self._schemas.of(Resource[WebhookSubscription]),
            "headers": {"Location": {"type": "string", "description": self._text(definition.LOCATION)}},
        }
        return {
            **self._head(trigger, "important"),
            "x-ms-trigger": "single",
            "x-ms-trigger-hint": self._text(trigger.hint),
            "parameters": [_body({events.key: listed, **hidden}, ["url", events.key, "scope"])],
            "responses": {"201": subscribed, **self._failures()},
        }

    def _hidden(self, key: str) -> Schema:
        described = description_of(CreateWebhookSubscription.__name__, key) if self._language == "en" else None
        return {
            "type": "string",
            **({"description": described} if described else {}),
            "x-ms-visibility": "internal",
        }

    def _failures(self) -> dict[str, Any]:
        return {
            failure.status: {
                "description": self._text(failure.description),
                "schema": self._schemas.of(failure.shape),
            }
            for failure in definition.FAILURES
        }

    def _head(self, operation: Action | TriggerDefinition, visibility: str) -> dict[str, Any]:
        return {
            "summary": self._name(operation),
            "description": self._text(operation.description),
            "operationId": operation.operation_id,
            "x-ms-visibility": visibility,
        }

    def _name(self, entry: Named) -> str:
        return name_in(self._language, entry)

    def _text(self, text: Text) -> str:
        return text_in(self._language, text)


def _whole_list() -> int | None:
    """Event types that the platform offers to choose from: the longest page there is."""
    (count,) = [one for one in definition.GET_EVENT_TYPES.parameters if one.key == "count"]
    return count.maximum


_EVENT_TYPES_TO_CHOOSE_FROM: dict[str, Any] = {
    "x-ms-dynamic-values": {
        "operationId": definition.GET_EVENT_TYPES.operation_id,
        "parameters": {"count": _whole_list()},
        "value-collection": "collection",
        "value-title": "name",
        "value-path": "uri",
    },
    # the same for newer designers, which look for this one first
    "x-ms-dynamic-list": {
        "operationId": definition.GET_EVENT_TYPES.operation_id,
        "parameters": {"count": {"value": _whole_list()}},
        "itemsPath": "collection",
        "itemTitlePath": "name",
        "itemValuePath": "uri",
    },
}


def _is_in_path(action: Action, parameter: Parameter) -> bool:
    return f"{{{parameter.key}}}" in action.platform_path


def _is_in_query(action: Action, parameter: Parameter) -> bool:
    return parameter.key in action.operation.__struct_fields__ and not _is_in_path(action, parameter)


def _body(properties: dict[str, Schema], required: list[str]) -> dict[str, Any]:
    schema = {"type": "object", "required": required, "properties": properties}
    return {"name": "body", "in": "body", "required": True, "schema": schema}
