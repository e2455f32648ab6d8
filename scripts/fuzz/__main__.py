"""``python -m scripts.fuzz [--seed 1 --seed 2] [--examples 50]``: exits with 1 if anything is found."""

import argparse
import sys
import tempfile
from pathlib import Path

from scripts.fuzz.attack import CALLERS, PHASES, attack
from scripts.fuzz.service import serving

SEEDS = [1, 7, 42]


def main() -> int:
    """Run with one service for each seed, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m scripts.fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, action="append", help=f"may be repeated; default: {SEEDS}")
    parser.add_argument("--examples", type=int, default=40, help="requests per operation and phase; default: 40")
    parser.add_argument("--phases", default=PHASES, help=f"default: {PHASES}")
    parser.add_argument("--caller", choices=CALLERS, action="append", help="may be repeated; default: all")
    given = parser.parse_args()
    found = 0
    for seed in given.seed or SEEDS:
        with tempfile.TemporaryDirectory(prefix="openslot-fuzz-", ignore_cleanup_errors=True) as folder:
            Path(folder).chmod(0o755)  # PostgreSQL runs as another user where this is root
            with serving(Path(folder)) as service:
                for caller in given.caller or CALLERS:
                    print(f"== seed {seed}, {caller}", flush=True)
                    found |= attack(service, caller, seed=seed, examples=given.examples, phases=given.phases)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
