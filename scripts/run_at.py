"""Runs a command as if it were another date, on Linux: ``python scripts/run_at.py '2026-12-31 22:00' date``."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

SOURCE = Path(__file__).with_name("shifted_clock.c")


def main() -> None:
    """Run the command with the wall clock at the date in UTC, for all processes that it starts."""
    date, *command = sys.argv[1:]
    shift = datetime.fromisoformat(date).replace(tzinfo=UTC) - datetime.now(UTC)
    library = Path(sys.prefix) / "shifted_clock.so"
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"], check=True)
    os.environ |= {"LD_PRELOAD": str(library), "CLOCK_SHIFT_SECONDS": str(int(shift.total_seconds()))}
    os.execvp(command[0], command)  # noqa: S606 -- the purpose of the script


if __name__ == "__main__":
    main()
