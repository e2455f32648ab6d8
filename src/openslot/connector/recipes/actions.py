"""The shapes of actions in YAML: what stands in the file, before its templates are read."""

import hashlib
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from openslot.connector.recipes.conditions import Condition
from openslot.connector.recipes.effects import TIMEOUT_SECONDS

_DIGEST_LETTERS = 24
_Status = Annotated[int, Meta(ge=300, le=599)]


class _Spec(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Defaults are left out of digests, so that a new field changes none."""


class Http(_Spec):
    """``HttpRequest`` with templates."""

    url: str
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    headers: dict[str, str] = {}
    json: Any = UNSET
    form: dict[str, str] | UnsetType = UNSET
    body: str | UnsetType = UNSET
    success: list[_Status] = []
    give_up: list[_Status] | UnsetType = UNSET
    timeout: str = f"{TIMEOUT_SECONDS}s"

    def what(self) -> "Http":
        """What is sent, without how its answer is taken."""
        return msgspec.structs.replace(self, success=[], give_up=UNSET, timeout=f"{TIMEOUT_SECONDS}s")


class Letter(_Spec, rename={"sender": "from"}):
    """``Mail`` with templates."""

    to: str
    subject: str
    text: str
    sender: str | None = None


class Slack(_Spec):
    """``ChatMessage`` with templates."""

    url: str
    text: str


class Action(_Spec, rename={"arguments": "with", "name": "as"}):
    """One of the four, its name, and its conditions."""

    connector: (
        Literal["create_invitee_no_show", "delete_invitee_no_show", "get_event_type", "get_event_types"] | None
    ) = None
    arguments: dict[str, Any] = {}
    http: Http | None = None
    mail: Letter | None = None
    slack: Slack | None = None
    name: str | None = None
    conditions: list[Condition] = []

    def digest(self) -> str:
        """The same for two actions that do the same, whenever they do it and whatever their answers are called."""
        http = None if self.http is None else self.http.what()
        what = msgspec.structs.replace(self, http=http, name=None, conditions=[])
        return hashlib.sha256(msgspec.json.encode(what, order="deterministic")).hexdigest()[:_DIGEST_LETTERS]

    def words(self) -> str:
        """What it is, in a few words."""
        kind = next((one for one in ("http", "mail", "slack") if getattr(self, one) is not None), "connector")
        detail = self.connector if kind == "connector" else self.http.method if self.http is not None else None
        name = None if self.name is None else f"as {self.name}"
        return " ".join(part for part in (kind, detail, name) if part)
