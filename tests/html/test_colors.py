import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openslot.html.colors import DARK_SURFACE, LIGHT_SURFACE, accent_stylesheet, contrast, mix

COLORS = st.integers(0, 0xFFFFFF).map(lambda number: f"{number:06x}")


def schemes(color: str) -> list[dict[str, str]]:
    """The variables of the light scheme and of the dark one."""
    return [dict(re.findall(r"--([a-z-]+):#([0-9a-f]{6})", part)) for part in accent_stylesheet(color).split("@media")]


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("000000", "ffffff") == pytest.approx(21)
    assert contrast("777777", "ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("123456", "123456") == 1


def test_a_mix_lies_between_the_two() -> None:
    assert mix("000000", "ffffff", 0.5) == "808080"
    assert mix("ff0000", "00ff00", 0) == "ff0000"


@given(COLORS)
def test_every_color_gives_text_that_can_be_read_on_both_schemes(color: str) -> None:
    for scheme, surface in zip(schemes(color), (LIGHT_SURFACE, DARK_SURFACE), strict=True):
        assert contrast(scheme["on-accent"], scheme["accent"]) >= 4.5
        assert contrast(scheme["accent-ink"], scheme["accent-soft"]) >= 4.5
        assert contrast(scheme["accent-ink"], surface) >= 4.5
        assert contrast(scheme["accent"], surface) >= 3
        assert contrast(scheme["accent-soft"], surface) >= 1.1, "a tint that is not seen"


def test_a_color_that_can_be_read_is_left_as_it_is() -> None:
    light, _ = schemes("0050c8")
    assert light["accent"] == light["accent-ink"] == "0050c8"
