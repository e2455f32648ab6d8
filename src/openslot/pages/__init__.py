"""The public pages: booking, rescheduling, canceling, routing forms. HTML that works without JavaScript."""

from hashlib import sha256

from litestar import Router
from litestar.config.csrf import CSRFConfig
from litestar.di import Provide
from litestar.middleware import DefineMiddleware

from openslot.pages import (
    assets,
    booking,
    cancellations,
    invitees,
    profiles,
    reconfirmations,
    reschedulings,
    routing_forms,
)
from openslot.pages.page import provide_conn, provide_page
from openslot.pages.posting import FormMiddleware

LARGEST_BODY = 1024 * 1024
"""Bytes."""

ROUTES = [
    profiles.start,
    profiles.show,
    booking.show,
    booking.confirm,
    booking.book,
    booking.show_private,
    booking.confirm_private,
    booking.book_private,
    booking.show_requested,
    booking.show_requested_privately,
    invitees.show,
    cancellations.show,
    cancellations.cancel,
    reconfirmations.show,
    reconfirmations.confirm,
    reschedulings.show,
    reschedulings.confirm,
    reschedulings.reschedule,
    routing_forms.show,
    routing_forms.submit,
]
"""Every page. Paths with a fixed first part beat ``/{profile}``, whoever registers them."""


def make_router(key: str, *, secure: bool = False) -> Router:
    """The pages and their assets; forms are signed by what is derived from ``key``. ``secure``: cookies need HTTPS."""
    secret = sha256(f"csrf:{key}".encode()).hexdigest()
    config = CSRFConfig(
        secret=secret,
        # A cookie that another key has signed is never replaced, and every form would fail; so each key has its own.
        cookie_name=f"openslot_csrf_{sha256(secret.encode()).hexdigest()[:8]}",
        cookie_httponly=True,
        cookie_secure=secure,
    )
    pages = Router(
        "/",
        route_handlers=ROUTES,
        dependencies={
            "conn": Provide(provide_conn),
            "page": Provide(provide_page, sync_to_thread=False),
        },
        middleware=[DefineMiddleware(FormMiddleware, config=config)],
        request_max_body_size=LARGEST_BODY,
        include_in_schema=False,
    )
    return Router("/", route_handlers=[assets.static_files, assets.accent, assets.time_zones, pages])
