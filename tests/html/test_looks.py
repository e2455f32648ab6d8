import re

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openslot.html.colors import DARK_SURFACE, LIGHT_SURFACE, contrast
from openslot.html.looks import Look, color_of, look_stylesheet

COLORS = st.integers(0, 0xFFFFFF).map(lambda number: f"{number:06x}")


def schemes(look: Look) -> list[dict[str, str]]:
    parts = look_stylesheet(look).split("@media")
    return [dict(re.findall(r"--([a-z0-9-]+):#([0-9a-f]{6})", part)) for part in parts]


@given(COLORS, st.none() | COLORS, COLORS)
def test_on_any_background_all_can_be_read(background: str, text: str | None, accent: str) -> None:
    (colors,) = schemes(Look(background, text, accent))

    assert colors["surface"] == background
    for ink, grounds in {
        "ink": ["surface", "ground"],
        "ink-2": ["surface", "ground"],
        "accent-ink": ["surface", "accent-soft"],
        "on-accent": ["accent"],
        "bad": ["surface", "bad-soft"],
    }.items():
        assert all(contrast(colors[ink], colors[ground]) >= 4.5 for ground in grounds), ink
    assert contrast(colors["accent"], background) >= 3
    assert contrast(colors["line-strong"], background) >= 3


@given(COLORS, COLORS)
def test_without_a_background_both_schemes_stay_and_can_be_read(text: str, accent: str) -> None:
    for colors, surface in zip(schemes(Look(None, text, accent)), (LIGHT_SURFACE, DARK_SURFACE), strict=True):
        assert "surface" not in colors
        assert contrast(colors["ink"], surface) >= 4.5
        assert contrast(colors["accent-ink"], surface) >= 4.5


def test_colors_that_can_be_read_are_left_as_they_are() -> None:
    (colors,) = schemes(Look("fffbe6", "20300f", "0050c8"))

    assert (colors["surface"], colors["ink"], colors["accent"]) == ("fffbe6", "20300f", "0050c8")


@pytest.mark.parametrize(
    ("text", "color"),
    [("0069FF", "0069ff"), ("#abc", "aabbcc"), ("", None), ("red", None), ("12345", None), ("0069ff;}", None)],
)
def test_a_color_is_six_or_three_hex_digits(text: str, color: str | None) -> None:
    assert color_of(text) == color


async def test_each_look_has_an_address_for_good(http: httpx.AsyncClient) -> None:
    name = Look("101418", None, "ff8800").name
    found = await http.get(f"/assets/look/{name}")

    assert (found.status_code, found.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "immutable" in found.headers["cache-control"]
    assert found.text.startswith(":root{color-scheme:dark;")
    for other in ("101418-auto.css", "auto-auto-auto.css", "101418-auto-ff8800", "10141g-auto-ff8800.css"):
        assert (await http.get(f"/assets/look/{other}")).status_code == 404
