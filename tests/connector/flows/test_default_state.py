from pathlib import Path

import platformdirs
import pytest

from openslot.connector.flows.default_state import default_path


def test_the_state_is_in_the_data_directory_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """The base install has no platformdirs."""
    for variable in ("OPENSLOT_FLOW_STATE", "OPENSLOT_DATA_DIR", "XDG_DATA_HOME"):
        monkeypatch.delenv(variable, raising=False)

    assert default_path() == Path(platformdirs.user_data_dir("openslot")) / "flows.sqlite3"

    monkeypatch.setenv("XDG_DATA_HOME", "/elsewhere")
    assert default_path() == Path(platformdirs.user_data_dir("openslot")) / "flows.sqlite3"
