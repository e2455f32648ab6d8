"""Uploads become small, clean pictures, whatever they are. Source: ADR 0047."""

import struct
import zlib
from collections.abc import Callable
from random import Random

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from openslot.core import pictures
from openslot.core.errors import FieldError, Invalid
from openslot.core.pictures import (
    LOGO_BOX,
    MAX_BYTES,
    MAX_SCANS,
    MAX_UPLOAD,
    SIDE,
    TOO_LARGE,
    TOO_MANY_PIXELS,
    UNREADABLE,
    Picture,
)
from uploads import BLUE, GREEN, RED, WHITE, encoded, is_near, read, upload

KINDS = ("PNG", "JPEG", "WEBP", "GIF")
MAKERS = (pictures.portrait, pictures.logo)
SCRIPT = "<script>alert(1)</script>"
Make = Callable[[bytes], Picture]


def refusal(make: Make, content: bytes) -> tuple[FieldError, ...]:
    with pytest.raises(Invalid) as refused:
        make(content)
    return refused.value.details


def quarters() -> Image.Image:
    """Red and green above blue and white, wider than high."""
    image = Image.new("RGB", (240, 120), WHITE)
    for color, corner in ((RED, (0, 0)), (GREEN, (120, 0)), (BLUE, (0, 60))):
        image.paste(Image.new("RGB", (120, 60), color), corner)
    return image


@pytest.mark.parametrize("kind", KINDS)
def test_a_portrait_is_the_square_in_the_middle_of_any_format(kind: str) -> None:
    image = Image.new("RGB", (900, 600), BLUE)
    image.paste(Image.new("RGB", (600, 600), RED), (150, 0))
    made = pictures.portrait(encoded(image, kind))
    shown = read(made.content)
    assert (shown.format, shown.mode, shown.size, (made.width, made.height)) == (
        "WEBP", "RGB", (SIDE, SIDE), (SIDE, SIDE),
    )  # fmt: skip
    assert all(is_near(shown.getpixel(at), RED) for at in ((4, 4), (SIDE - 5, SIDE - 5)))


def test_small_pictures_are_not_enlarged() -> None:
    portrait, logo = pictures.portrait(upload(size=(20, 31))), pictures.logo(upload(size=(20, 31)))
    assert ((portrait.width, portrait.height), (logo.width, logo.height)) == ((20, 20), (20, 31))


@pytest.mark.parametrize(
    ("size", "fitted"),
    [((960, 320), (480, 160)), ((2000, 500), (480, 120)), ((500, 1000), (80, 160)), ((4000, 2), (480, 1))],
)
def test_a_logo_is_fitted_and_keeps_its_proportions(size: tuple[int, int], fitted: tuple[int, int]) -> None:
    made = pictures.logo(upload(size=size))
    assert (made.width, made.height) == read(made.content).size == fitted


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_what_is_transparent_stays_so_in_a_logo_and_is_white_in_a_portrait(kind: str) -> None:
    content = upload(kind, color=(*RED, 0))
    logo, portrait = read(pictures.logo(content).content), read(pictures.portrait(content).content)
    assert (logo.mode, logo.getpixel((5, 5))[3]) == ("RGBA", 0)  # type: ignore[index]  # four numbers
    assert is_near(portrait.getpixel((5, 5)), WHITE)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "CMYK", "YCbCr"])
def test_pictures_of_every_depth_and_color_are_read(mode: str) -> None:
    gray = Image.new("L", (300, 300), 128)
    kind = "JPEG" if mode in {"CMYK", "YCbCr"} else "PNG"
    image = Image.new("I;16", gray.size, 128 * 257) if mode == "I;16" else gray.convert("RGB").convert(mode)
    shown = read(pictures.portrait(encoded(image, kind)).content)
    assert mode == "1" or is_near(shown.getpixel((50, 50)), (128, 128, 128))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("make", MAKERS)
def test_a_photograph_is_turned_upright(make: Make, orientation: int) -> None:
    """A camera stores what it saw turned the other way, and notes how."""
    stored = quarters() if make is pictures.logo else quarters().resize((240, 240))
    back = {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}.get(orientation)
    back = back or pictures._TURNS.get(orientation)  # the others undo themselves
    stored = stored if back is None else stored.transpose(back)
    exif = Image.Exif()
    exif[0x0112] = orientation
    shown = read(make(encoded(stored, "JPEG", quality=95, exif=exif)).content).convert("RGB")
    width, height = shown.size
    corners = [(5, 5), (width - 6, 5), (5, height - 6), (width - 6, height - 6)]
    assert (width == height) is (make is pictures.portrait)
    assert width >= height
    assert all(is_near(shown.getpixel(at), color) for at, color in zip(corners, (RED, GREEN, BLUE, WHITE), strict=True))


@pytest.mark.parametrize("make", MAKERS)
def test_nothing_goes_out_but_the_pixels(make: Make) -> None:
    """No comment that a browser could take for a page, no place where a photograph was taken, no profile."""
    exif = Image.Exif()
    exif[0x010E] = SCRIPT
    exif.get_ifd(0x8825)[1] = "N"
    notes = PngInfo()
    notes.add_text("Comment", SCRIPT)
    uploads = [
        encoded(quarters(), "JPEG", comment=SCRIPT, exif=exif, icc_profile=SCRIPT.encode()) + SCRIPT.encode(),
        encoded(quarters(), "PNG", pnginfo=notes, exif=exif, icc_profile=SCRIPT.encode()) + SCRIPT.encode(),
        encoded(quarters(), "GIF", comment=SCRIPT) + SCRIPT.encode(),
        encoded(quarters(), "WEBP", exif=exif, xmp=SCRIPT.encode(), icc_profile=SCRIPT.encode()),
    ]
    shown = [make(one).content for one in uploads]
    assert all(SCRIPT.encode() in one or zlib.compress(SCRIPT.encode())[2:8] in one for one in uploads)
    assert [one for one in shown if b"script" in one.lower()] == []
    assert [sorted(read(one).info.keys() & {"exif", "icc_profile", "xmp", "comment"}) for one in shown] == [[]] * 4
    assert [one[:4] + one[8:12] for one in shown] == [b"RIFFWEBP"] * 4


def test_of_an_animation_the_first_picture_is_taken() -> None:
    first, second = Image.new("RGB", (300, 300), RED), Image.new("RGB", (300, 300), BLUE)
    for kind in ("GIF", "WEBP", "PNG"):
        shown = read(pictures.portrait(encoded(first, kind, save_all=True, append_images=[second])).content)
        assert (getattr(shown, "n_frames", 1), is_near(shown.getpixel((9, 9)), RED)) == (1, True), kind


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
        b"<!doctype html><title>x</title>",
        b"%PDF-1.7\n",
        upload("BMP"),
        upload("TIFF"),
        upload("ICO", (64, 64)),
        upload("PPM"),
    ],
    ids=["nothing", "a head alone", "svg", "xml", "html", "pdf", "bmp", "tiff", "ico", "ppm"],
)
def test_what_is_none_of_the_four_formats_is_refused(make: Make, content: bytes) -> None:
    assert refusal(make, content) == (FieldError("picture", UNREADABLE),)


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_that_breaks_off_is_refused(kind: str) -> None:
    whole = encoded(Image.effect_noise((200, 200), 90).convert("RGB"), kind)
    for part in (0.02, 0.5, 0.9):
        assert refusal(pictures.portrait, whole[: int(len(whole) * part)]) == (FieldError("picture", UNREADABLE),)


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_picture_is_shown_or_refused_and_nothing_else(kind: str) -> None:
    random = Random(kind)
    whole = encoded(Image.effect_noise((60, 40), 90).convert("RGB"), kind)
    for _ in range(60):
        damaged = bytearray(whole)
        for _ in range(random.randrange(1, 6)):
            damaged[random.randrange(len(damaged))] = random.randrange(256)
        try:
            made = pictures.logo(bytes(damaged))
        except Invalid:
            continue
        assert len(made.content) <= MAX_BYTES


def test_an_upload_may_have_five_megabytes() -> None:
    filled = upload() + bytes(MAX_UPLOAD)
    assert pictures.portrait(filled[:MAX_UPLOAD]).width == SIDE
    assert refusal(pictures.portrait, filled[: MAX_UPLOAD + 1]) == (FieldError("picture", TOO_LARGE),)


def png_of(width: int, height: int) -> bytes:
    """A file whose head promises so many pixels, of which there is none."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    parts = [head, b"IDAT" + zlib.compress(b""), b"IEND"]
    written = [struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part)) for part in parts]
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)


def gif_of(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + upload("GIF")[10:]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (png_of(5000, 5000), UNREADABLE),
        (png_of(5001, 5000), TOO_MANY_PIXELS),
        (png_of(2**31 - 1, 2**31 - 1), TOO_MANY_PIXELS),
        (gif_of(5001, 5000), TOO_MANY_PIXELS),
    ],
)
def test_too_many_pixels_are_refused_before_any_is_read(content: bytes, message: str) -> None:
    """A few kilobytes may be made to become gigabytes."""
    assert refusal(pictures.logo, content) == (FieldError("picture", message),)


def test_a_jpeg_has_no_more_scans_than_photographs_have() -> None:
    """Each takes a pass over all pixels: a few megabytes of them would take minutes."""
    whole = encoded(quarters(), "JPEG", progressive=True)
    (*_, first, last) = [at for at in range(len(whole)) if whole[at : at + 2] == b"\xff\xda"]
    scan = whole[first:last]
    assert pictures.portrait(whole).width == 120
    many = whole[:-2] + scan * MAX_SCANS + whole[-2:]
    assert refusal(pictures.portrait, many) == (FieldError("picture", UNREADABLE),)


@pytest.mark.parametrize(("make", "mode"), [(pictures.portrait, "RGB"), (pictures.logo, "RGBA")])
def test_what_is_written_is_bounded_even_for_noise(make: Make, mode: str) -> None:
    noise = Image.frombytes(mode, LOGO_BOX, Random(1).randbytes(LOGO_BOX[0] * LOGO_BOX[1] * len(mode)))
    made = make(encoded(noise, "PNG"))
    assert (len(made.content) <= MAX_BYTES, read(made.content).size) == (True, (made.width, made.height))


def test_what_is_drawn_loses_nothing() -> None:
    image = quarters()
    assert read(pictures.logo(encoded(image, "PNG")).content).tobytes() == image.tobytes()
