"""Webhook subscriptions and sample data."""

from typing import Literal, TypeVar, cast, get_args
from uuid import UUID

from litestar import Response, delete, get, post
from litestar.params import FromPath
from msgspec import Struct

from openslot.api.calls import Call, ThisCall
from openslot.api.decoding import (
    GroupUri,
    OrganizationUri,
    UserUri,
    draft_of,
    draft_query_of,
    optional_uri_id,
    path_id,
    query_of,
    uri_id,
)
from openslot.api.pagination import PageQuery, by_creation, page_request, paged
from openslot.api.replies import CREATED, no_content, reply, resource
from openslot.api.shapes import unrelated
from openslot.core.errors import FieldError, Invalid
from openslot.db import webhook_subscriptions as rows
from openslot.edges import AnyRequest
from openslot.presenters import samples
from openslot.presenters import webhooks as present
from openslot.services import access, quotas
from openslot.services.webhooks import subscriptions
from openslot.services.webhooks.subscriptions import Wanted, problems
from openslot.wire.webhooks import ALL_EVENT_SCOPES, CreateWebhookSubscription

B = TypeVar("B", bound=CreateWebhookSubscription)
SORTING = by_creation("webhook_subscriptions")
Scope = Literal["organization", "user", "group"]
SCOPES = get_args(Scope)


# The connector's definition names the second path; its platform rewrites it, other readers of the definition do not.
@post(["/webhook_subscriptions", "/webhook_subscriptions/routing_form_submission"], scope="webhooks:write")
async def create_webhook_subscription(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Answers with a Location header: connectors unsubscribe by DELETE to it."""
    _, wanted = await wanted_subscription(call, request, CreateWebhookSubscription)
    made = await subscriptions.subscribe(
        call.conn,
        call.principal,
        wanted,
        vault=call.vault,
        outbound=call.outbound,
        most=quotas.subscriptions_of(call.principal, call.settings),
        now=call.now,
    )
    shown = present.subscription(made, call.uris)
    return resource(shown, status=CREATED, headers={"Location": shown.uri})


async def wanted_subscription(call: Call, request: AnyRequest, kind: type[B]) -> tuple[B, Wanted]:
    """The body of a subscription, and the command that it stands for, in the caller's own organization.

    Raises:
        Invalid: some fields can't be read or are wrong; each is named.
        NotFound: it names a resource that does not exist.
        Forbidden: it names one that is not the caller's.
    """
    body, wrong = await draft_of(request, kind)
    if body is None or wrong:
        about_rest = [] if body is None else problems(body.url, body.events, body.scope, call.outbound)
        raise Invalid(*wrong, *unrelated(about_rest, wrong))
    await _own(call, body.organization)
    return body, Wanted(
        url=body.url,
        events=body.events,
        scope=body.scope,
        user_id=optional_uri_id(body.user, "users", "user"),
        # one that is named with another scope is left aside
        group_id=optional_uri_id(body.group, "groups", "group") if body.scope == "group" else None,
        signing_key=body.signing_key,
    )


class ListWebhookSubscriptions(PageQuery, kw_only=True):
    """Source: GET /webhook_subscriptions; clients leave the organization out with the scope of a user."""

    organization: OrganizationUri | None = None
    scope: str | None = None
    user: UserUri | None = None
    group: GroupUri | None = None


@get("/webhook_subscriptions", scope="webhooks:read")
async def list_webhook_subscriptions(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """The subscriptions of one scope."""
    query, scope = await _list_query(request)
    user_id, group_id = await _owner_of_scope(call, query, scope)
    page = await rows.list_page(
        call.conn, call.organization_id, scope, page_request(query, SORTING), user_id=user_id, group_id=group_id
    )
    path = "/webhook_subscriptions"
    return paged(request, call.uris, path, query, page, lambda row: present.subscription(row, call.uris))


@get("/webhook_subscriptions/{webhook_uuid:str}", scope="webhooks:read")
async def get_webhook_subscription(call: ThisCall, webhook_uuid: FromPath[str]) -> Response[bytes]:
    """One subscription."""
    found = await subscriptions.get(call.conn, call.principal, path_id(webhook_uuid, "webhook subscription"))
    return resource(present.subscription(found, call.uris))


@delete("/webhook_subscriptions/{webhook_uuid:str}", status_code=204, scope="webhooks:write")
async def delete_webhook_subscription(call: ThisCall, webhook_uuid: FromPath[str]) -> Response[None]:
    """Ends a subscription."""
    subscription_id = path_id(webhook_uuid, "webhook subscription")
    await subscriptions.unsubscribe(call.conn, call.principal, subscription_id, now=call.now)
    return no_content()


class GetSample(Struct, kw_only=True):
    """Source: GET /sample_webhook_data."""

    event: str
    organization: OrganizationUri
    scope: Scope
    user: UserUri | None = None
    group: GroupUri | None = None


@get("/sample_webhook_data", scope="webhooks:read")
async def get_sample_webhook_data(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """A made-up delivery, bare: what a subscription would be sent.

    Raises:
        Invalid: an unknown event, or one that the scope does not have.
    """
    query = await query_of(request, GetSample)
    await _owner_of_scope(call, query, query.scope)
    if query.event not in ALL_EVENT_SCOPES:
        raise Invalid(FieldError("event", "is not a known event"))
    if query.scope not in ALL_EVENT_SCOPES[query.event]:
        raise Invalid(FieldError("scope", f"{query.event} is not available for {query.scope} scope"))
    return reply(samples.envelope(query.event, call.principal.user, call.uris, now=call.now))


async def _list_query(request: AnyRequest) -> tuple[ListWebhookSubscriptions, Scope]:
    """The query, and the scope to list.

    Raises:
        Invalid: a parameter is missing or wrong. The wording is Calendly's, which omits the group.
    Source: since-september, section 7.
    """
    query, wrong = await draft_query_of(request, ListWebhookSubscriptions)
    errors = []
    if query is not None and query.scope not in SCOPES:
        errors.append(FieldError("scope", "must be one of: organization, user"))
    if query is not None and query.organization is None and query.scope != "user":
        errors.append(FieldError("organization", "invalid"))
    if query is None or wrong or errors:
        raise Invalid(*unrelated(errors, wrong), *wrong)
    return query, cast(Scope, query.scope)


async def _owner_of_scope(
    call: Call, query: ListWebhookSubscriptions | GetSample, scope: Scope
) -> tuple[UUID | None, UUID | None]:
    """Check that the caller may read a scope; the user or the group to filter by, where the scope has one."""
    if query.organization is not None:
        await _own(call, query.organization)
    user_id = optional_uri_id(query.user, "users", "user") if scope == "user" else None
    group_id = optional_uri_id(query.group, "groups", "group") if scope == "group" else None
    await subscriptions.authorize_list(call.conn, call.principal, scope, user_id, group_id)
    return user_id, group_id


async def _own(call: Call, organization: str) -> UUID:
    organization_id = uri_id(organization, "organizations", "organization")
    return await access.own_organization(call.conn, call.principal, organization_id)


HANDLERS = [
    create_webhook_subscription,
    list_webhook_subscriptions,
    get_webhook_subscription,
    delete_webhook_subscription,
    get_sample_webhook_data,
]
