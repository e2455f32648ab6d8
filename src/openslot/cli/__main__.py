"""``python -m openslot.cli`` is ``openslot``."""

from openslot.cli import main

main(prog_name="openslot")
