"""The console: where members see and change what is theirs, and those who run an organization what is everybody's.

Pages that work without JavaScript, on the same services as the API: no page does what the API could not.
"""

from litestar import Router
from litestar.di import Provide
from litestar.middleware import DefineMiddleware

from openslot.accounts.sessions import account_provider
from openslot.console import (
    availability,
    contacts,
    event_types,
    explanations,
    home,
    meetings,
    members,
    outbox,
    tokens,
    webhooks,
)
from openslot.console.page import ConsolePage
from openslot.html.headers import POLICY, USUAL
from openslot.html.posting import MAX_FORM, FormMiddleware

ROUTES = [
    home.show,
    home.answer,
    meetings.show,
    meetings.download,
    meetings.show_meeting,
    meetings.cancel,
    meetings.mark,
    event_types.show,
    event_types.show_new,
    event_types.create,
    event_types.show_settings,
    event_types.change,
    event_types.switch,
    event_types.delete,
    explanations.show,
    availability.show,
    availability.change,
    members.show,
    members.invite,
    members.revoke,
    members.remove,
    tokens.show,
    tokens.create,
    tokens.revoke,
    webhooks.show,
    webhooks.create,
    webhooks.show_subscription,
    webhooks.act,
    contacts.show,
    contacts.show_contact,
    contacts.add_note,
    contacts.delete,
    outbox.show,
    outbox.show_mail,
    outbox.show_html,
    outbox.send_again,
]


def make_router() -> Router:
    """The pages of the console."""
    return Router(
        "/",
        route_handlers=ROUTES,
        dependencies={"account": Provide(account_provider(ConsolePage))},
        middleware=[DefineMiddleware(FormMiddleware)],
        request_max_body_size=MAX_FORM,
        include_in_schema=False,
        opt={POLICY: USUAL},
    )
