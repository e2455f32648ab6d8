"""Public holidays. Ours."""

from datetime import date

from openslot.wire.common import Open


class Holiday(Open):
    """A public holiday."""

    date: date
    name: str
