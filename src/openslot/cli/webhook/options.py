"""The options and arguments that the commands share."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import click

from openslot.core.ids import parse_id
from openslot.wire.codec import parse_instant

_DURATION = re.compile(r"(\d{1,6})([smhdw])", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class _Moment(click.ParamType[datetime]):
    """A time such as 2027-01-05T10:00:00Z, or how long ago, such as 2h."""

    name = "time"

    def convert(self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        if ago := _DURATION.fullmatch(value):
            try:
                return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
            except OverflowError:
                self.fail(f"{value!r} is too long ago", param, ctx)
        try:
            return parse_instant(value)
        except ValueError:
            self.fail(f"{value!r} is neither such as 2027-01-05T10:00:00Z nor such as 30m, 2h, 3d", param, ctx)


class _Named(click.ParamType[UUID]):
    """An id, or a URI that ends with it."""

    name = "id"

    def convert(self, value: str | UUID, param: click.Parameter | None, ctx: click.Context | None) -> UUID:
        if isinstance(value, UUID):
            return value
        found = parse_id(value.rstrip("/").rpartition("/")[2])
        if found is None:
            self.fail(f"{value!r} is neither an id nor a URI", param, ctx)
        return found


MOMENT, NAMED = _Moment(), _Named()
data_dir_option = click.option(
    "--data-dir", type=click.Path(path_type=Path), help="Data directory of a running 'openslot up'."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the API's answer.")
