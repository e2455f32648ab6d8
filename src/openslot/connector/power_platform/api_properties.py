"""``apiProperties.json``: the connection, and the policy that makes a bearer of its token."""

from typing import Any

from openslot.connector import definition
from openslot.connector.definition import Language, name_in, text_in
from openslot.connector.power_platform import icon
from openslot.connector.power_platform.readme import TITLE


def api_properties(language: Language) -> dict[str, Any]:
    """The document, with the connection's words in a language."""
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
        "displayName": name_in(language, key),
        "description": text_in(language, key.description),
        "tooltip": text_in(language, key.description),
        "constraints": {"tabIndex": 2, "clearText": False, "required": str(key.required).lower()},
    }
    return {
        "properties": {
            "connectionParameters": {key.key: {"type": key.type, "uiDefinition": shown}},
            "iconBrandColor": icon.BRAND_COLOR,
            "capabilities": ["actions", "triggers"],
            "policyTemplateInstances": [policy],
            "publisher": TITLE,
        }
    }
