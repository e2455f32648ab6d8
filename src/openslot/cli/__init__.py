"""The ``openslot`` command. Subcommands are imported when they are called: most need the server's libraries."""

import importlib
from typing import Any, NamedTuple

import click

from openslot.parent import end_with_parent


class _Lazy(NamedTuple):
    module: str
    attribute: str
    help: str


COMMANDS = {
    "up": _Lazy("service", "up", "Run everything: database, web and worker."),
    "web": _Lazy("service", "web", "Serve HTTP on an external PostgreSQL, or beside a running 'up'."),
    "worker": _Lazy("service", "worker", "Run background jobs on an external PostgreSQL, or beside a running 'up'."),
    "migrate": _Lazy("service", "migrate", "Bring the database's schema up to date."),
    "init": _Lazy("accounts", "init", "Create an organization with its owner and a token."),
    "token": _Lazy("access_tokens", "token", "Create, list and revoke personal access tokens."),
    "user": _Lazy("users", "user", "Add, list, change and deactivate users."),
    "organization": _Lazy("organizations", "organization", "Show and change what is set for an organization."),
    "oauth-app": _Lazy("oauth_applications", "oauth_app", "Add, list and delete applications that use OAuth."),
    "event-type": _Lazy("event_types", "event_type", "List and change event types."),
    "mail": _Lazy("mail", "mail", "List, show and resend mail."),
    "routing-form": _Lazy("routing_forms", "routing_form", "Import and list routing forms."),
    "meetings": _Lazy("meetings", "meetings", "List the meetings of a host."),
    "doctor": _Lazy("doctor.command", "doctor", "Report what is wrong, and how to fix it."),
    "secret-key": _Lazy("secret_key", "secret_key_group", "The key that encrypts stored credentials."),
    "erase": _Lazy("erase", "erase", "Erase personal data by e-mail address."),
    "explain": _Lazy("explain", "explain", "Explain why a start is not offered."),
    "webhook": _Lazy("webhook.command", "webhook", "Inspect webhook deliveries, and make them again."),
    "zones": _Lazy("zones", "zones", "List the events that a change of zone data moves."),
    "connector": _Lazy("connector", "connector", "Act on Calendly or OpenSlot, and listen to what happens there."),
    "flow": _Lazy("flow", "flow", "Run flows: a trigger and what to do about it."),
    "mcp": _Lazy("mcp", "mcp", "Serve the connector to agents, by the Model Context Protocol."),
}
SERVER_LIBRARIES = frozenset(
    {"litestar", "granian", "psycopg", "psycopg_pool", "procrastinate", "yoyo", "aiohttp", "PIL"}
)


INTERRUPTED = 130
"""The exit code of a command that Ctrl-C ended, as shells have it: 128 and the number of SIGINT."""


class Started(NamedTuple):
    """How this process was started."""

    by_up: bool
    """By ``openslot up``, which has claimed the port for it, and with which it ends."""


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        lazy = COMMANDS[cmd_name]
        try:
            module = importlib.import_module(f"openslot.cli.{lazy.module}")
        except ModuleNotFoundError as exc:
            if (exc.name or "").partition(".")[0] not in SERVER_LIBRARIES:
                raise
            message = f"'openslot {cmd_name}' needs the server: pip install 'openslot[server]'"
            raise click.ClickException(message) from exc
        command: click.Command = getattr(module, lazy.attribute)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        ctx.obj = Started(by_up=end_with_parent())
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:  # while a subcommand is still being imported
            raise SystemExit(INTERRUPTED) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.help) for name, lazy in COMMANDS.items()])


@click.command(cls=_LazyGroup)
@click.version_option(package_name="openslot")
def main() -> None:
    """Open, self-hosted scheduling that speaks Calendly."""
