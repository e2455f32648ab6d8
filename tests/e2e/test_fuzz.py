"""A short run of ``make fuzz``: what the OpenAPI document allows is taken, what it forbids refused, all as it says."""

from pathlib import Path

from scripts.fuzz.attack import attack
from scripts.fuzz.service import serving


def test_the_service_keeps_what_its_document_promises(open_tmp: Path) -> None:
    folder = open_tmp / "fuzz"
    folder.mkdir()
    with serving(folder) as service:
        assert attack(service, "owner", seed=1, examples=1, phases="fuzzing") == 0
