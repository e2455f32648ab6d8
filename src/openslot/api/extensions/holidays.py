"""The public holidays that can close a host's days."""

from datetime import date

from litestar import Response, get
from msgspec import Struct

from openslot.api.calls import ThisCall
from openslot.api.decoding import query_of
from openslot.api.replies import reply
from openslot.core.errors import invalid
from openslot.core.holidays import holidays_of, is_region
from openslot.edges import AnyRequest
from openslot.wire.common import Collection
from openslot.wire.holidays import Holiday


class ListHolidays(Struct):
    """Source: GET /openslot/holidays."""

    region: str
    year: int


@get("/openslot/holidays", scope="availability:read")
async def list_holidays(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """The public holidays of a region in a year, by the names that ``worked_holidays`` takes.

    Raises:
        Invalid: an unknown region, or a year too far off.
    """
    query = await query_of(request, ListHolidays)
    if not is_region(query.region):
        raise invalid("region", "is not a known country or region, such as IT or US-CA")
    if not call.now.year - 1 <= query.year <= call.now.year + 10:
        raise invalid("year", "must be from last year to ten years ahead")
    found = holidays_of(query.region, date(query.year, 1, 1), date(query.year, 12, 31))
    return reply(Collection([Holiday(day, name) for day, name in found.items()]))


HANDLERS = [list_holidays]
