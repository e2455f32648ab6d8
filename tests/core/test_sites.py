import pytest

from openslot.core.errors import FieldError, Invalid
from openslot.core.sites import NOT_A_SITE, tidy_sites


def test_sites_are_kept_in_lower_case_and_once() -> None:
    given = ["https://Shop.example/", "https://*.shop.example", "http://localhost:8080", "https://shop.example"]

    assert tidy_sites(given) == ["https://shop.example", "https://*.shop.example", "http://localhost:8080"]


@pytest.mark.parametrize(
    "text",
    [
        "", "*", "shop.example", "https:", "https://*", "https://*.", "'none'", "https://shop.example/path", "data:",
        "https://shop.example; script-src *", "https://shop.example https://evil.example", "https://a\nb", "https://-a.example",
    ],
)  # fmt: skip
def test_what_is_no_site_is_refused_by_its_place(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        tidy_sites(["https://shop.example", text])

    assert refused.value.details == (FieldError("frame_ancestors[1]", NOT_A_SITE),)
