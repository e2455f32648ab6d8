"""Pictures of hosts and logos, for anybody who has the address: pages, previews of links, the API (ADR 0047)."""

from litestar.enums import HttpMethod
from litestar.params import FromPath
from litestar.response import Response

from openslot.core.pictures import MEDIA_TYPE
from openslot.html.assets import FOREVER
from openslot.html.headers import NOTHING, POLICY
from openslot.html.page import read
from openslot.pages.connections import ThisConn
from openslot.pages.visitor import ThisPage
from openslot.services import pictures

HEADERS = {
    "Cache-Control": FOREVER.to_header(),
    "Cross-Origin-Resource-Policy": "cross-origin",  # sites with a page in a frame, and what shows avatar_url
}


@read("/pictures/{picture:str}", opt={POLICY: NOTHING})
async def show(page: ThisPage, conn: ThisConn, picture: FromPath[str]) -> Response[bytes]:
    """A picture; a new one has another address.

    Raises:
        NotFound: there is none, or none any more.
    """
    found = await pictures.find(conn, picture)
    page.belongs_to(found.organization_id)
    content = b"" if page.request.method == HttpMethod.HEAD else found.content
    headers = HEADERS | {"Content-Length": str(len(found.content))}
    return Response(content, media_type=MEDIA_TYPE, headers=headers)
