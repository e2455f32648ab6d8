"""Mail templates: what an organization writes in its mails in place of our words."""

from litestar import Response, delete, get, put
from litestar.params import FromPath

from openslot.api.calls import ThisCall
from openslot.api.decoding import body_of, path_id
from openslot.api.replies import collection, no_content, resource
from openslot.edges import AnyRequest
from openslot.presenters import mail_templates as present
from openslot.services import mail_templates
from openslot.wire.mail_templates import PutMailTemplate

READ, WRITE = "organizations:read", "organizations:write"


@put("/openslot/mail_templates", scope=WRITE)
async def put_mail_template(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Set subject and opening text of mails, in place of those with the same kind, recipient and language."""
    body = await body_of(request, PutMailTemplate)
    made = await mail_templates.put(call.conn, call.principal, body, now=call.now)
    return resource(present.mail_template(made, call.uris))


@get("/openslot/mail_templates", scope=READ)
async def list_mail_templates(call: ThisCall) -> Response[bytes]:
    """All of the organization's, for admins and owners."""
    found = await mail_templates.list_all(call.conn, call.principal)
    return collection([present.mail_template(one, call.uris) for one in found])


@delete("/openslot/mail_templates/{uuid:str}", status_code=204, scope=WRITE)
async def delete_mail_template(call: ThisCall, uuid: FromPath[str]) -> Response[None]:
    """Write these mails in OpenSlot's words again."""
    await mail_templates.delete(call.conn, call.principal, path_id(uuid, "mail template"))
    return no_content()


HANDLERS = [put_mail_template, list_mail_templates, delete_mail_template]
