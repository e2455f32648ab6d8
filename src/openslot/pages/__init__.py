"""The public pages: booking, rescheduling, canceling, routing forms. HTML that works without JavaScript."""

from litestar import Router
from litestar.di import Provide
from litestar.middleware import DefineMiddleware

from openslot.html import assets
from openslot.html.headers import FRAMED, POLICY, USUAL
from openslot.html.posting import MAX_FORM, FormMiddleware
from openslot.pages import (
    booking,
    booking_requests,
    calendar_files,
    cancellations,
    guests,
    invitees,
    profiles,
    reconfirmations,
    reminders,
    requests,
    reschedulings,
    routing_forms,
    snippets,
)
from openslot.pages.connections import provide_conn
from openslot.pages.quotas import QuotaMiddleware
from openslot.pages.visitor import provide_page

ROUTES = [
    profiles.start,
    snippets.show,
    profiles.show,
    profiles.show_nothing,
    profiles.show_nothing_deeper,
    booking.show,
    booking.confirm,
    booking.book,
    booking.show_private,
    booking.confirm_private,
    booking.book_private,
    booking.show_requested,
    booking.show_requested_privately,
    invitees.show,
    calendar_files.download,
    guests.show,
    guests.change,
    cancellations.show,
    cancellations.cancel,
    reconfirmations.show,
    reconfirmations.confirm,
    booking_requests.show,
    booking_requests.answer,
    requests.show,
    requests.withdraw,
    reminders.show,
    reminders.stop,
    reschedulings.show,
    reschedulings.confirm,
    reschedulings.reschedule,
    routing_forms.show,
    routing_forms.submit,
]
"""Every page. Paths with a fixed first part beat ``/{profile}``, in any order."""


def make_router() -> Router:
    """The pages and their assets."""
    pages = Router(
        "/",
        route_handlers=ROUTES,
        dependencies={
            "conn": Provide(provide_conn),
            "page": Provide(provide_page, sync_to_thread=False),
        },
        middleware=[DefineMiddleware(FormMiddleware), DefineMiddleware(QuotaMiddleware)],
        request_max_body_size=MAX_FORM,
        include_in_schema=False,
        opt={POLICY: FRAMED},
    )
    files = [assets.static_files, assets.external_files]
    made = [assets.accent, assets.look, assets.time_zones, assets.phone_countries]
    return Router("/", route_handlers=[*files, *made, pages], opt={POLICY: USUAL})
