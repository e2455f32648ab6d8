"""Names that somebody gives to something of theirs: days off, schedules, groups."""

from typing import Annotated

from msgspec import Meta

from openslot.wire.bounds import SEEN, schema

Name = Annotated[str, Meta(min_length=1, max_length=255), schema(**SEEN)]
"""1 to 255 characters, at least one of them visible."""
