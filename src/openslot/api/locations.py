"""Where a user can meet. Source: GET /locations; behaviours, section 13."""

from litestar import Response, get
from msgspec import Struct

from openslot.api.calls import ThisCall
from openslot.api.decoding import UserUri, query_of, uri_id
from openslot.api.replies import reply
from openslot.core.roles import Action
from openslot.edges import AnyRequest
from openslot.presenters import locations as present
from openslot.services import access
from openslot.wire.common import Collection


class ListLocations(Struct):
    """Source: GET /locations."""

    user: UserUri


@get("/locations", scope="locations:read")
async def list_locations(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """One's own; those of any member for admins and owners. They do not depend on the user yet."""
    query = await query_of(request, ListLocations)
    await access.colleague(call.conn, call.principal, uri_id(query.user, "users", "user"), Action.READ_LOCATIONS)
    return reply(Collection(present.meeting_locations()))


HANDLERS = [list_locations]
