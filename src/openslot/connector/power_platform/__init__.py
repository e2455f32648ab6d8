"""The connector as a package for the Power Platform, made from the definition: what ``gateway`` speaks, written down.

Source: Microsoft's schemas of the two documents, kept in ``tests/contract/power-platform``.
"""

import json
from pathlib import Path
from typing import Any

from openslot.connector.definition import Language
from openslot.connector.power_platform import icon, readme
from openslot.connector.power_platform.api_definition import ApiDefinition
from openslot.connector.power_platform.api_properties import api_properties
from openslot.connector.power_platform.folder import NotOurs, write
from openslot.connector.power_platform.host import Host

__all__ = ["Host", "NotOurs", "Package"]

_SETTINGS = {
    "apiDefinition": "apiDefinition.swagger.json",
    "apiProperties": "apiProperties.json",
    "icon": "icon.png",
    "powerAppsUrl": "https://api.powerapps.com",
    "powerAppsApiVersion": "2016-11-01",
}


class Package:
    """The files of one export."""

    def __init__(self, host: str, language: Language = "en") -> None:
        """``host`` is where the gateway is reached: a name, perhaps a port and a path.

        Raises:
            ValueError: no such host.
        """
        self.host = Host.parse(host)
        self.language = language

    def files(self) -> dict[str, bytes]:
        """The content of each file by name; the same for the same host and language."""
        return {
            "apiDefinition.swagger.json": _json(self.api_definition()),
            "apiProperties.json": _json(self.api_properties()),
            "settings.json": _json(_SETTINGS),
            "icon.png": icon.png(),
            readme.NAME: self.readme().encode(),
        }

    def write(self, directory: Path, *, force: bool = False) -> list[Path]:
        """Write all files or none, over those of an earlier export, and return their paths.

        What ``paconn`` has noted in ``settings.json`` since, such as the connector's id, stays.

        Raises:
            NotOurs: the folder has files that no export made, and ``force`` is not given.
            OSError: they can't be written.
        """
        return write(directory, self.files(), mark=(readme.NAME, readme.MARK), force=force)

    def api_definition(self) -> dict[str, Any]:
        """The Swagger document."""
        return ApiDefinition(self.host, self.language).document()

    def api_properties(self) -> dict[str, Any]:
        """The connection, and the policy that makes a bearer of its token."""
        return api_properties(self.language)

    def readme(self) -> str:
        """What the files are, for their finder."""
        return readme.text(self.host, self.language)


def _json(document: dict[str, Any]) -> bytes:
    # ASCII, because Microsoft's paconn reads the files in the machine's code page
    return json.dumps(document, indent=2).encode("ascii") + b"\n"
