"""``python -m openslot.i18n [CODE]``: update every catalogue, and create one for a new language."""

import sys

from openslot.i18n import extraction, languages


def main(arguments: list[str]) -> int:
    """Update the catalogues; the exit code is 1 where translations are missing."""
    missing = 0
    for code in sorted({*languages.codes(), *arguments} - {languages.SOURCE}):
        count = extraction.update(code)
        print(f"{code}: {count} without translation")  # noqa: T201 # a command for contributors
        missing += count
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
