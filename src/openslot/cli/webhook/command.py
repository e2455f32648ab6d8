"""The command with all its subcommands."""

import click

from openslot.cli.webhook import deliveries, subscriptions


@click.group("webhook")
def webhook() -> None:
    """Webhook subscriptions, and what became of their deliveries.

    IDs may be given as URIs, and times as ISO 8601 or as how long ago: 30m, 2h, 3d.
    """


for _command in (*subscriptions.COMMANDS, *deliveries.COMMANDS):
    webhook.add_command(_command)
