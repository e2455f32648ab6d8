"""Pictures of users and the logo of the organization: the body is the file (ADR 0047)."""

from litestar import Response, delete, put
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.params import FromPath

from openslot.api.calls import ThisCall
from openslot.api.decoding import file_of, path_id
from openslot.api.errors import too_large
from openslot.api.replies import no_content, resource
from openslot.core.pictures import MAX_UPLOAD
from openslot.edges import AnyRequest
from openslot.presenters import pictures as present
from openslot.services import pictures

WRITE = "organizations:write"


def answer_too_large(_: AnyRequest, __: Exception) -> Response[bytes]:
    """413, with how large a picture may be."""
    return too_large("picture", MAX_UPLOAD)


@put(
    "/openslot/users/{uuid:str}/picture",
    scope=WRITE,
    request_max_body_size=MAX_UPLOAD,
    exception_handlers={RequestEntityTooLarge: answer_too_large},
)
async def put_user_picture(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """One's own, or as admin or owner anybody's."""
    upload = await file_of(request)
    made = await pictures.set_of_user(call.conn, call.principal, path_id(uuid, "user"), upload, now=call.now)
    return resource(present.picture(made, call.uris))


@delete("/openslot/users/{uuid:str}/picture", status_code=204, scope=WRITE)
async def delete_user_picture(call: ThisCall, uuid: FromPath[str]) -> Response[None]:
    """One's own, or as admin or owner anybody's."""
    await pictures.remove_of_user(call.conn, call.principal, path_id(uuid, "user"), now=call.now)
    return no_content()


@put(
    "/openslot/organization/logo",
    scope=WRITE,
    request_max_body_size=MAX_UPLOAD,
    exception_handlers={RequestEntityTooLarge: answer_too_large},
)
async def put_logo(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """For admins and owners."""
    made = await pictures.set_logo(call.conn, call.principal, await file_of(request), now=call.now)
    return resource(present.picture(made, call.uris))


@delete("/openslot/organization/logo", status_code=204, scope=WRITE)
async def delete_logo(call: ThisCall) -> Response[None]:
    """For admins and owners."""
    await pictures.remove_logo(call.conn, call.principal)
    return no_content()


HANDLERS = [put_user_picture, delete_user_picture, put_logo, delete_logo]
