"""Pictures as people upload them."""

from io import BytesIO
from typing import Any

from PIL import Image

RED, GREEN, BLUE, WHITE = (200, 30, 30), (30, 160, 60), (40, 60, 200), (255, 255, 255)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The file of a picture, such as a ``PNG``."""
    written = BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def upload(kind: str = "PNG", size: tuple[int, int] = (400, 300), color: tuple[int, ...] = RED) -> bytes:
    """The file of a picture in one color; four numbers are one with transparency."""
    return encoded(Image.new("RGBA" if len(color) > len(RED) else "RGB", size, color), kind)


def read(content: bytes) -> Image.Image:
    """A picture, with its pixels read."""
    image = Image.open(BytesIO(content))
    image.load()
    return image


def is_near(found: Any, wanted: tuple[int, ...]) -> bool:
    """Whether two colors look the same."""
    return all(abs(one - other) <= 12 for one, other in zip(found, wanted, strict=True))
