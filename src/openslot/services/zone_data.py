"""Which time zone data we reckon with: the tzdata package's, so that its version is known wherever we run."""

import zoneinfo
from datetime import datetime
from zoneinfo import ZoneInfo

import tzdata

VERSION: str = tzdata.IANA_VERSION


def use_packaged() -> None:
    """Leave the operating system's zone files aside; call once at the start of a process."""
    zoneinfo.reset_tzpath(())
    ZoneInfo.clear_cache()


def wall_time(instant: datetime, zone: str) -> datetime:
    """What a clock in ``zone`` shows at ``instant``; naive."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
