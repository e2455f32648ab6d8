"""``openslot organization``: what is set for a whole organization."""

import json

from cli.test_users import Run, init, run

__all__ = ["init", "run"]


def test_the_sites_that_may_embed_pages_are_named_shown_and_freed_again(run: Run, init: dict[str, str]) -> None:
    first = run("organization", "show").stdout
    changed = json.loads(run("organization", "set", 'frame_ancestors=["https://shop.example"]', "--json").stdout)
    shown = run("organization", "show").stdout
    freed = run("organization", "set", "frame_ancestors=null", "week_start=sunday").stdout
    refused = run("organization", "set", 'frame_ancestors=["shop"]')

    assert first == "Time zone    UTC\nWeek begins  monday\nEmbedded by  any site\nLogo         none\n"
    assert changed == {
        "organization": init["organization"], "timezone": "UTC", "week_start": "monday",
        "frame_ancestors": ["https://shop.example"], "logo_url": None,
    }  # fmt: skip
    assert shown.endswith("Embedded by  https://shop.example\nLogo         none\n")
    assert freed == "Time zone    UTC\nWeek begins  sunday\nEmbedded by  any site\nLogo         none\n"
    assert refused.returncode == 1
    assert "frame_ancestors[0] is not a site" in refused.stderr.replace(": ", " ")
