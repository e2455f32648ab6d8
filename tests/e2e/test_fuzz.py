"""A short run of ``make fuzz``: whatever is sent, each answer is one that the OpenAPI document names.

What is taken and what is refused depends on the day and on what is booked too; ``make fuzz`` alone looks at that.
"""

from collections.abc import Callable
from pathlib import Path

from scripts.fuzz.attack import ANSWERS, attack
from scripts.fuzz.service import serving


def test_every_answer_is_one_that_the_document_names(open_tmp: Path, new_data_dir: Callable[[str], Path]) -> None:
    folder = open_tmp / "fuzz"
    folder.mkdir()
    new_data_dir("fuzz/data")
    with serving(folder) as service:
        assert attack(service, "owner", seed=1, examples=1, phases="fuzzing", checks=ANSWERS) == 0
