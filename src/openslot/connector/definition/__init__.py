"""The connector as data: connection, throttling, operations and definitions, with names in three languages.

Everything else of the connector is made from it.
"""

from openslot.connector.definition.actions import (
    ACTIONS,
    CREATE_INVITEE_NO_SHOW,
    DELETE_INVITEE_NO_SHOW,
    GET_EVENT_TYPE,
    GET_EVENT_TYPES,
)
from openslot.connector.definition.connection import (
    CONNECTION,
    CURRENT_USER_INFO,
    DELETE_TRIGGER,
    DESCRIPTION,
    FAILURES,
    INTERNAL_OPERATIONS,
    LOCATION,
    THROTTLING,
)
from openslot.connector.definition.definitions import DEFINITIONS
from openslot.connector.definition.shapes import (
    LANGUAGES,
    Action,
    ConnectionDefinition,
    Definition,
    Failure,
    Language,
    LimitReached,
    Named,
    Parameter,
    Row,
    Text,
    Throttling,
    TriggerDefinition,
    name_in,
    text_in,
)
from openslot.connector.definition.triggers import INVITEE_TRIGGER, ROUTING_FORM_SUBMISSION_TRIGGER, TRIGGERS

__all__ = [
    "ACTIONS",
    "CONNECTION",
    "CREATE_INVITEE_NO_SHOW",
    "CURRENT_USER_INFO",
    "DEFINITIONS",
    "DELETE_INVITEE_NO_SHOW",
    "DELETE_TRIGGER",
    "DESCRIPTION",
    "FAILURES",
    "GET_EVENT_TYPE",
    "GET_EVENT_TYPES",
    "INTERNAL_OPERATIONS",
    "INVITEE_TRIGGER",
    "LANGUAGES",
    "LOCATION",
    "ROUTING_FORM_SUBMISSION_TRIGGER",
    "THROTTLING",
    "TRIGGERS",
    "Action",
    "ConnectionDefinition",
    "Definition",
    "Failure",
    "Language",
    "LimitReached",
    "Named",
    "Parameter",
    "Row",
    "Text",
    "Throttling",
    "TriggerDefinition",
    "name_in",
    "text_in",
]
