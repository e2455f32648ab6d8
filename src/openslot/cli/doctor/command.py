"""The command: it runs all checks and prints what they find."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from openslot.cli.database import load_settings
from openslot.cli.doctor.database_checks import check_database
from openslot.cli.doctor.finding import Finding
from openslot.cli.doctor.installation_checks import (
    check_data_directory,
    check_mail,
    check_secret_key,
    check_service,
    check_zone_data,
)
from openslot.config import Settings
from openslot.db import embedded


@click.command()
@click.option("--data-dir", type=click.Path(path_type=Path), help="The data directory (OPENSLOT_DATA_DIR).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def doctor(data_dir: Path | None, as_json: bool) -> None:  # noqa: FBT001 -- by name
    """Report what is wrong, and how to fix it. Exits with 1 if there is a problem."""
    settings = load_settings(data_dir=data_dir)
    findings = examine(settings)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in findings]))
    else:
        for one in findings:
            mark = {"ok": "ok      ", "warning": "WARNING ", "problem": "PROBLEM "}[one.state]
            click.echo(f"{mark} {one.check}: {one.message}")
            if one.remedy is not None:
                click.echo(f"          -> {one.remedy}")
    if any(one.state == "problem" for one in findings):
        raise SystemExit(1)


def examine(settings: Settings) -> list[Finding]:
    """Run all checks; those that need a database only if it answers."""
    conninfo, findings = settings.database_url, list[Finding]()
    if not conninfo:
        try:
            server = embedded.find(settings.data_dir)
        except embedded.PostgresError as exc:
            findings = [Finding("database", "problem", str(exc), f"see {settings.data_dir}/postgres.log")]
        else:
            conninfo = "" if server is None else server.conninfo
            if server is None:
                message = f"the embedded PostgreSQL of {settings.data_dir} is not running"
                findings = [Finding("database", "warning", message, "openslot up")]
    if conninfo:
        findings = check_database(conninfo)
    key = check_secret_key(settings, conninfo)
    return [
        check_data_directory(settings), key, check_service(settings), check_zone_data(), check_mail(settings),
        *findings,
    ]  # fmt: skip
