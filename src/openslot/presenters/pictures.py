"""Pictures as our own API shows them."""

from openslot.core.pictures import MEDIA_TYPE
from openslot.db import pictures as rows
from openslot.presenters.uris import PICTURES, Uris
from openslot.wire.pictures import Picture


def picture(row: rows.Picture, uris: Uris) -> Picture:
    """The shape of PUT /openslot/users/{uuid}/picture and of PUT /openslot/organization/logo."""
    return Picture(uris.picture(path_of(row.name)), MEDIA_TYPE, row.width, row.height)


def path_of(name: str) -> str:
    """Where a picture is, below the address of the pages."""
    return f"{PICTURES}{name}"
