"""Why a start is not offered. Our own, below ``/openslot`` (ADR 0009)."""

from litestar import Response, get
from msgspec import Struct

from openslot.api.calls import ThisCall
from openslot.api.decoding import EventTypeUri, query_of, uri_id
from openslot.api.replies import resource
from openslot.edges import AnyRequest
from openslot.presenters import explanations as present
from openslot.services import explaining
from openslot.wire.codec import Timestamp


class Explain(Struct):
    """Source: GET /openslot/explanations."""

    event_type: EventTypeUri
    start_time: Timestamp
    duration: int | None = None
    """Minutes: one of the event type's durations; its usual one where it is left out."""


@get("/openslot/explanations", scope=("availability:read", "event_types:read"))
async def explain(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Every reason that refuses a start: for admins, owners, and the hosts of the event type.

    Who is no admin learns of the other hosts only that they are not available.
    """
    query = await query_of(request, Explain)
    found = await explaining.why_not(
        call.conn,
        call.organization_id,
        uri_id(query.event_type, "event_types", "event_type"),
        query.start_time,
        duration_minutes=query.duration,
        now=call.now,
    )
    found = await explaining.seen_by(call.conn, call.principal, found, now=call.now)
    return resource(
        present.explanation(
            found.event_type.id, found.start_time, found.refusals, found.set_aside, found.holds, call.uris
        )
    )


HANDLERS = [explain]
