"""Days off. Ours."""

from datetime import date
from typing import Annotated

from msgspec import Struct

from openslot.wire.bounds import USER
from openslot.wire.codec import Timestamp
from openslot.wire.common import Open
from openslot.wire.names import Name


class CreateDaysOff(Struct):
    """Body of POST /openslot/days_off; without a user they are everybody's."""

    name: Name
    first_day: date
    last_day: date
    """Included; not before ``first_day``, and within three years of it."""
    user: Annotated[str, USER] | None = None


class DaysOff(Open, kw_only=True):
    """Days on which a host, or everybody, does not work; a date override beats them."""

    uri: str
    name: str
    first_day: date
    last_day: date
    user: str | None
    created_at: Timestamp
