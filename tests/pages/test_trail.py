from openslot.pages.trail import Trail

QUERY = {
    "lang": "it", "timezone": "Asia/Bangkok", "utm_source": "flyer & co", "name": "Ada", "a1": "Kilns",
    "month": "2027-01", "unknown": "x", "embed_type": "Inline", "email": "",
}  # fmt: skip


def test_links_take_along_what_the_address_held_and_nothing_else() -> None:
    assert Trail.of("", QUERY).to("ada", "intro") == (
        "/ada/intro?timezone=Asia%2FBangkok&lang=it&embed_type=Inline&utm_source=flyer+%26+co&name=Ada&a1=Kilns"
    )


def test_what_a_link_sets_beats_what_is_kept_and_empty_drops_it() -> None:
    trail = Trail("", {"timezone": "UTC", "lang": "it"})
    assert trail.to("ada", timezone="Asia/Tokyo", lang="") == "/ada?timezone=Asia%2FTokyo"


def test_links_stay_below_the_prefix_of_the_public_address() -> None:
    assert Trail("/book", {}).to("ada", "intro", "2027-01-04T09:00:00Z", fragment="times") == (
        "/book/ada/intro/2027-01-04T09:00:00Z#times"
    )


def test_parts_of_a_path_are_encoded() -> None:
    assert Trail("", {}).to("a/b?c", "d e") == "/a%2Fb%3Fc/d%20e"


def test_the_links_of_a_booking_carry_language_and_embed_but_no_data() -> None:
    assert Trail.of("", QUERY).lean.to("cancellations", "1") == "/cancellations/1?lang=it&embed_type=Inline"
