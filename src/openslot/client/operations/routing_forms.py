"""Routing forms and their submissions."""

from typing import ClassVar

from openslot.client.operation import One, Sortable
from openslot.client.parameters import (
    Id,
    OrganizationUri,
    RoutingFormUri,
)
from openslot.wire.routing_forms import RoutingForm, RoutingFormSubmission


class ListRoutingForms(Sortable[RoutingForm], kw_only=True):
    """The routing forms of an organization."""

    path = "/routing_forms"
    scopes: ClassVar = ("routing_forms:read",)
    organization: OrganizationUri


class GetRoutingForm(One[RoutingForm]):
    """One routing form with its questions."""

    path = "/routing_forms/{uuid}"
    scopes: ClassVar = ("routing_forms:read",)
    uuid: Id


class ListRoutingFormSubmissions(Sortable[RoutingFormSubmission], kw_only=True):
    """The submissions of one form."""

    path = "/routing_form_submissions"
    scopes: ClassVar = ("routing_forms:read",)
    form: RoutingFormUri


class GetRoutingFormSubmission(One[RoutingFormSubmission]):
    """One submission of a routing form."""

    path = "/routing_form_submissions/{uuid}"
    scopes: ClassVar = ("routing_forms:read",)
    uuid: Id
