"""Ensure that the page tests have a Chromium: find one, else install it as root, else print how to install it."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """The path of a browser for the tests, or ``None``. ``OPENSLOT_CHROMIUM`` takes precedence over the search path."""
    chosen = os.environ.get("OPENSLOT_CHROMIUM")
    return chosen or next((path for name in NAMES if (path := shutil.which(name))), None)


def main() -> int:
    if find():
        return 0
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        print("No Chromium found: installing Debian's package for the page tests.", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], env=quiet, check=True)
        packages = ["chromium", "fonts-noto-core"]  # the fonts draw the Thai pages
        subprocess.run(["apt-get", "install", "-y", "-qq", *packages], env=quiet, check=True, stdout=subprocess.DEVNULL)
        return 0
    print(
        "The page tests drive a real Chromium and none was found. Install one:\n"
        "  Debian, Ubuntu:  sudo apt-get install chromium\n"
        "  Fedora:          sudo dnf install chromium\n"
        "  macOS:           brew install --cask chromium\n"
        "or name one that is there already: OPENSLOT_CHROMIUM=/path/to/chrome make test",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
