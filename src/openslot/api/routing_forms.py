"""Routing forms and their submissions, for admins and owners."""

from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from openslot.api.calls import Call, ThisCall
from openslot.api.decoding import FormUri, OrganizationUri, path_id, query_of, uri_id
from openslot.api.pagination import PageQuery, by_creation, page_request, paged
from openslot.api.replies import resource
from openslot.core.errors import NotFound
from openslot.core.roles import Action
from openslot.db import routing_forms
from openslot.db.routing_forms import RoutingForm
from openslot.edges import AnyRequest
from openslot.presenters import routing_forms as present
from openslot.services import access
from openslot.services.plans import Plan

SCOPE = "routing_forms:read"
FORMS = by_creation("routing_forms")
SUBMISSIONS = by_creation("routing_form_submissions")


class ListRoutingForms(PageQuery, kw_only=True):
    """Source: GET /routing_forms."""

    organization: OrganizationUri


class ListSubmissions(PageQuery, kw_only=True):
    """Source: GET /routing_form_submissions."""

    form: FormUri


@get("/routing_forms", scope=SCOPE, plan=Plan.TEAMS)
async def list_routing_forms(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """All forms of the organization."""
    call.principal.require(Action.READ_ROUTING_FORMS)
    query = await query_of(request, ListRoutingForms)
    organization_id = await access.own_organization(
        call.conn, call.principal, uri_id(query.organization, "organizations", "organization")
    )
    page = await routing_forms.list_page(call.conn, organization_id, page_request(query, FORMS))
    return paged(request, call.uris, "/routing_forms", query, page, lambda row: present.routing_form(row, call.uris))


@get("/routing_forms/{uuid:str}", scope=SCOPE, plan=Plan.TEAMS)
async def get_routing_form(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """One form."""
    call.principal.require(Action.READ_ROUTING_FORMS)
    return resource(present.routing_form(await _form(call, path_id(uuid, "routing form")), call.uris))


@get("/routing_form_submissions", scope=SCOPE, plan=Plan.TEAMS)
async def list_routing_form_submissions(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """The submissions of one form."""
    call.principal.require(Action.READ_ROUTING_FORMS)
    query = await query_of(request, ListSubmissions)
    form = await _form(call, uri_id(query.form, "routing_forms", "form"))
    page = await routing_forms.list_submissions_page(
        call.conn, call.organization_id, form.id, page_request(query, SUBMISSIONS)
    )
    path = "/routing_form_submissions"
    return paged(request, call.uris, path, query, page, lambda row: present.submission(row, call.uris))


@get("/routing_form_submissions/{uuid:str}", scope=SCOPE, plan=Plan.TEAMS)
async def get_routing_form_submission(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """One submission.

    Raises:
        NotFound: no such submission in the organization.
    """
    call.principal.require(Action.READ_ROUTING_FORMS)
    found = await routing_forms.get_submission(
        call.conn, call.organization_id, path_id(uuid, "routing form submission")
    )
    if found is None:
        raise NotFound("routing form submission")
    return resource(present.submission(found, call.uris))


async def _form(call: Call, form_id: UUID) -> RoutingForm:
    form = await routing_forms.get(call.conn, call.organization_id, form_id)
    if form is None:
        raise NotFound("routing form")
    return form


HANDLERS = [
    list_routing_forms,
    get_routing_form,
    list_routing_form_submissions,
    get_routing_form_submission,
]
