"""The connection of a page's request, within the share of the organization whose page it is."""

from collections.abc import AsyncGenerator
from uuid import UUID

from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from openslot.core.errors import NotFound
from openslot.db import addresses, organizations
from openslot.db.connection_shares import Address, Shares
from openslot.db.pool import Conn
from openslot.edges import SAFE_METHODS, AnyRequest, transaction_of
from openslot.html.headers import FRAMES, framed_by
from openslot.html.text import identifier
from openslot.pages.visitor import LEASE
from openslot.security.tokens import digest
from openslot.services import publishing

_OWNED = ("profile", "token", "invitee_id", "form_id", "picture")
"""The parts of addresses that show whose page it is."""


ThisConn = NamedDependency[SkipValidation[Conn]]
"""The connection of the request; made by us, so not checked again."""


async def provide_conn(request: AnyRequest, state: State) -> AsyncGenerator[Conn, None]:
    """The request's connection; what writes is one transaction, which commits when the handler returns.

    The form has been read by then (``posting``), so no slow sender decides how long a connection is held. Whose page
    it is, is known before anything can wait for a lock.

    Raises:
        NotFound: the address holds what no address of ours can, so no query is made.
    """
    if "\x00" in request.scope["path"]:
        raise NotFound("page")
    shares: Shares = state.shares
    address, is_reading = _address(request), request.method in SAFE_METHODS
    lane = None if is_reading else address
    while True:
        async with shares.connection(address, lane, may_skip_lookup=is_reading) as lease:
            conn = lease.conn
            if address is not None and lease.is_lookup:
                organization_id = await _organization_at(conn, address)
                if organization_id is None and not is_reading:
                    address = None
                    continue
                if organization_id is not None and not lease.belongs_to(organization_id):
                    continue
            request.scope["state"][LEASE] = lease
            try:
                async with transaction_of(request.method, conn):
                    yield conn
                    if FRAMES not in request.scope["state"] and isinstance(lease.queue.owner, UUID):
                        sites = await organizations.frame_ancestors(conn, lease.queue.owner)
                        request.scope["state"][FRAMES] = framed_by(sites)
            except NotFound as exc:
                profile = request.path_params.get("profile")
                if exc.host is None and profile is not None:
                    exc.host = await publishing.host_of(conn, profile)
                raise
            return


def _address(request: AnyRequest) -> Address | None:
    """Whose page it is, as far as its address shows."""
    return next((Address(name, request.path_params[name]) for name in _OWNED if name in request.path_params), None)


async def _organization_at(conn: Conn, address: Address) -> UUID | None:
    """The organization whose page is at an address; None: it names nothing."""
    value = str(address.value)
    match address.kind:
        case "profile":
            return await addresses.of_profile(conn, value)
        case "token":
            return await addresses.of_link(conn, value, digest(value))
        case "picture":
            return await addresses.of_picture(conn, value)
    known = identifier(value)
    if known is None:
        return None
    find = addresses.of_form if address.kind == "form_id" else addresses.of_invitee
    return await find(conn, known)
