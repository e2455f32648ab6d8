"""Public holidays."""

from typing import ClassVar

from openslot.client.operation import All
from openslot.client.parameters import Region, Year
from openslot.wire.holidays import Holiday


class ListHolidays(All[Holiday]):
    """The public holidays of a region in a year."""

    path = "/openslot/holidays"
    scopes: ClassVar = ("availability:read",)
    region: Region
    """ISO 3166, one whose holidays are known, as ``IT`` or ``US-CA``."""
    year: Year
    """From last year to ten years ahead."""
