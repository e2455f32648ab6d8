"""Pictures that people upload: read, turned upright, cut or fitted, and written anew (ADR 0047).

What comes in is judged by its content alone, never by a name or a type that somebody gave it. What goes out is a new
WebP file of a bounded size, with the pixels and nothing else: no place, no camera, no comment.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL.GifImagePlugin import GifImageFile
from PIL.Image import Image, Resampling, Transpose, new
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from openslot.core.errors import Invalid, invalid

MEDIA_TYPE = "image/webp"
SUFFIX = ".webp"
MAX_UPLOAD = 5 * 1024 * 1024
"""Bytes of an upload."""
MAX_PIXELS = 25_000_000
"""Of an upload: more than most telephones and cameras have. One takes up to 16 bytes while it is read."""
MAX_SCANS = 100
"""Of a JPEG. Progressive ones have about ten; each takes time for every pixel of the picture, however few its bytes."""
MAX_BYTES = 48 * 1024
"""Of what is written."""
SIDE = 256
"""Pixels of a portrait: three times of what the largest place on a page has."""
LOGO_BOX = (480, 160)
"""Pixels that a logo is fitted into: twice of what a page has."""

_FORMATS: Final[tuple[tuple[re.Pattern[bytes], Callable[[BytesIO], ImageFile]], ...]] = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), PngImageFile),
    (re.compile(rb"\xff\xd8\xff"), JpegImageFile),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), WebPImageFile),
    (re.compile(rb"GIF8[79]a"), GifImageFile),
)
_SCAN = b"\xff\xda"
_ORIENTATION = 0x0112
_TURNS: Final = {
    2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180, 4: Transpose.FLIP_TOP_BOTTOM, 5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270, 7: Transpose.TRANSVERSE, 8: Transpose.ROTATE_90,
}  # fmt: skip
"""What makes a picture upright, by its orientation. Source: Exif 2.32, tag 0x0112."""
_LYING = frozenset({5, 6, 7, 8})
"""Orientations that swap width and height."""
_DEEP = frozenset({"I", "I;16", "I;16B", "I;16L", "F"})
"""Modes of Pillow with more than eight bits of gray."""
_SMOOTH = frozenset({"L", "LA", "RGB", "RGBA", "CMYK"})
"""Modes of Pillow that can be made smaller as they are, which takes less memory than to convert them before."""
_CRISP_BYTES = 16 * 1024
"""Up to so many bytes a logo loses nothing: that is enough for what was drawn, and photographs never get by with it."""
_EFFORT = 4
"""Of WebP, 0 to 6. With the largest, noise in the transparency takes seconds; it would save a hundredth."""
_QUALITIES = (82, 65, 45, 25)
"""Of WebP, the first that fits into ``MAX_BYTES``."""

UNREADABLE = "can't be read: it takes a PNG, JPEG, WebP or GIF file that is whole"
TOO_LARGE = f"is too large: it may have up to {MAX_UPLOAD // 1024**2} MB"
TOO_MANY_PIXELS = f"has too many pixels: it may have up to {MAX_PIXELS // 1_000_000} million"


@dataclass(frozen=True)
class Picture:
    """A picture as it is shown."""

    content: bytes
    """WebP."""
    width: int
    height: int


def portrait(upload: bytes) -> Picture:
    """The picture of a person: the square in the middle, at most ``SIDE`` pixels wide, on white.

    Raises:
        Invalid: the upload is no picture that can be read, or too large.
    """
    return _made(upload, _square)


def logo(upload: bytes) -> Picture:
    """The logo of an organization: all of it, within ``LOGO_BOX``; what is transparent stays so.

    Raises:
        Invalid: as for ``portrait``.
    """
    return _made(upload, _fitted)


def _made(upload: bytes, shape: Callable[[ImageFile], Image]) -> Picture:
    try:
        image = shape(_opened(upload))
    except Invalid:
        raise
    except Exception as exc:  # a file can be damaged in every way, and Pillow has no error for all of them
        raise invalid("picture", UNREADABLE) from exc
    return _written(image, is_drawn=shape is _fitted)


def _opened(upload: bytes) -> ImageFile:
    """The upload with its head read, and no pixel yet.

    Raises:
        Invalid: it is too large, or of no format that is taken. Exception: its head is damaged.
    """
    if len(upload) > MAX_UPLOAD:
        raise invalid("picture", TOO_LARGE)
    reader = next((reader for mark, reader in _FORMATS if mark.match(upload)), None)
    # Within the data of a scan, the two bytes of the mark never stand beside each other.
    if reader is None or (reader is JpegImageFile and upload.count(_SCAN) > MAX_SCANS):
        raise invalid("picture", UNREADABLE)
    image = reader(BytesIO(upload))
    if image.width * image.height > MAX_PIXELS:
        raise invalid("picture", TOO_MANY_PIXELS)
    return image


def _square(image: ImageFile) -> Image:
    image.draft(None, (2 * SIDE, 2 * SIDE))  # of a JPEG, reads no more than is needed
    turn = _TURNS.get(_orientation(image))
    edge = min(image.width, image.height)
    left, top = (image.width - edge) / 2, (image.height - edge) / 2
    side = min(SIDE, edge)
    square = _scaled(image, (side, side), (left, top, left + edge, top + edge))
    ground = new("RGB", square.size, "white")
    ground.paste(square, mask=square.getchannel("A") if square.mode == "RGBA" else None)
    return ground if turn is None else ground.transpose(turn)


def _fitted(image: ImageFile) -> Image:
    orientation = _orientation(image)
    width, height = reversed(LOGO_BOX) if orientation in _LYING else LOGO_BOX
    image.draft(None, (2 * width, 2 * height))
    scale = min(1.0, width / image.width, height / image.height)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    fitted = _scaled(image, size, (0.0, 0.0, float(image.width), float(image.height)))
    turn = _TURNS.get(orientation)
    return fitted if turn is None else fitted.transpose(turn)


def _scaled(image: Image, size: tuple[int, int], box: tuple[float, float, float, float]) -> Image:
    """What is in ``box``, as large as ``size``."""
    is_smooth = image.mode in _SMOOTH and "transparency" not in image.info
    source = image if is_smooth else _colored(image)
    return _colored(source.resize(size, Resampling.LANCZOS, box, reducing_gap=3.0))


def _orientation(image: Image) -> int:
    found = image.getexif().get(_ORIENTATION, 1)
    return found if isinstance(found, int) else 1


def _colored(image: Image) -> Image:
    """In colors of eight bits, with transparency where there is some."""
    if image.mode in _DEEP:  # 16 bits, which conversion would cut off at 255
        image.load()
        return image.convert("F").point(lambda value: value / 257).convert("L").convert("RGB")
    mode = "RGBA" if image.has_transparency_data else "RGB"
    return image if image.mode == mode else image.convert(mode)


def _written(image: Image, *, is_drawn: bool) -> Picture:
    """As WebP, in the best quality that fits; noise without end gets smaller until it does."""
    image.info.clear()  # some versions of Pillow write the profile that they find there
    while True:
        for content in _attempts(image, is_drawn=is_drawn):
            if len(content) <= MAX_BYTES:
                return Picture(content, image.width, image.height)
        image = image.reduce(2)


def _attempts(image: Image, *, is_drawn: bool) -> Iterator[bytes]:
    if is_drawn:
        crisp = _webp(image, lossless=True)
        if len(crisp) <= _CRISP_BYTES:
            yield crisp
    for quality in _QUALITIES:
        yield _webp(image, quality=quality)


def _webp(image: Image, **options: int) -> bytes:
    written = BytesIO()
    image.save(written, "WEBP", method=_EFFORT, **options)
    return written.getvalue()
