"""Where flows keep their state if nobody chooses a place."""

import sys
from os import environ
from pathlib import Path

DATABASE_URL = "OPENSLOT_FLOW_DATABASE_URL"
"""Names the database in which ``openslot flow`` keeps the state, by ``openslot.flow_store``."""


def default_path() -> Path:
    """``flows.sqlite3`` in the data directory, which is ``OPENSLOT_DATA_DIR`` or the user's, as the server has it."""
    if named := environ.get("OPENSLOT_FLOW_STATE"):
        return Path(named)
    return _data_dir() / "flows.sqlite3"


def _data_dir() -> Path:
    if named := environ.get("OPENSLOT_DATA_DIR"):
        return Path(named)
    match sys.platform:
        case "darwin":
            return Path.home() / "Library" / "Application Support" / "openslot"
        case "win32":
            return Path(environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "openslot" / "openslot"
        case _:
            return Path(environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "openslot"
