"""Pictures of users, and logos of organizations. Ours."""

from openslot.wire.common import Open


class Picture(Open):
    """A picture as pages show it, which is not the file that was uploaded."""

    url: str
    """Anybody can read it; another upload has another address."""
    media_type: str
    width: int
    """Pixels."""
    height: int
