"""A routing form as a file for ``openslot routing-form import`` holds it. Ours; docs/routing-forms.md shows one."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from openslot.wire.routing_forms import CustomMessage

MAX_QUESTIONS = 50
MAX_ROUTES = 100
QuestionType = Literal["name", "text", "email", "phone", "textarea", "select", "radios"]


class QuestionInFile(Struct, kw_only=True):
    """A question."""

    name: Annotated[str, Meta(min_length=1, max_length=1000)]
    type: QuestionType = "text"
    required: bool = False
    choices: Annotated[list[str], Meta(max_length=100)] = []
    """For ``select`` and ``radios``."""
    hidden: bool = False
    """Answered by the address of the form alone."""


class DestinationInFile(Struct, kw_only=True):
    """Where answers lead: exactly one of these."""

    event_type: str | None = None
    """The end of its page's address, such as ``ada-lovelace/intro-call``."""
    url: Annotated[str, Meta(max_length=2000)] | None = None
    message: CustomMessage | None = None


class RouteInFile(Struct, kw_only=True):
    """Taken when every answer in ``when`` is given."""

    when: dict[str, str | list[str]]
    """By the question's name: the answer, or those of which one is enough."""
    to: DestinationInFile


class RoutingFormFile(Struct, kw_only=True):
    """A whole form."""

    name: Annotated[str, Meta(min_length=1, max_length=255)]
    status: Literal["draft", "published"] = "published"
    questions: Annotated[list[QuestionInFile], Meta(min_length=1, max_length=MAX_QUESTIONS)]
    routes: Annotated[list[RouteInFile], Meta(max_length=MAX_ROUTES)] = []
    """The first one that fits is taken."""
    otherwise: DestinationInFile
