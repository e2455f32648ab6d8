"""``openslot mail``: what was mailed. Source: ADR 0043."""

import json

from cli.test_users import Run, read, run

__all__ = ["run"]


def test_mails_are_listed_shown_and_sent_again(run: Run) -> None:
    run("init", "--organization", "Kiln & Co", "--name", "Ada Lovelace", "--email", "ada@example.org")
    assert read(run("mail", "list", "--json")) == []
    run("user", "invite", "bob@example.org")

    (mail,) = read(run("mail", "list", "--to", "BOB@example.org", "--state", "waiting", "--json"))
    assert (mail["recipient"], mail["kind"], mail["state"]) == ("bob@example.org", "note", "waiting")
    assert read(run("mail", "list", "--state", "sent", "--json")) == []
    assert run("mail", "list").stdout.splitlines()[1].split()[0] == mail["id"]
    shown = run("mail", "show", mail["id"])
    assert "bob@example.org" in shown.stdout
    assert "There is no text" in shown.stdout
    assert json.loads(run("mail", "show", mail["id"], "--json").stdout)["text"] is None
    refused = run("mail", "resend", mail["id"])
    assert (refused.returncode, "waits to be sent" in refused.stderr) == (1, True)


def test_what_is_no_mail_is_named(run: Run) -> None:
    run("init", "--organization", "Kiln & Co", "--name", "Ada Lovelace", "--email", "ada@example.org")
    for text in ("nothing", "0b0e7a4e-6f6a-4b7e-9a53-0d0f3f6d1c11"):
        refused = run("mail", "show", text)
        assert (refused.returncode, f"there is no mail {text}" in refused.stderr) == (1, True)


def test_an_organization_writes_its_own_subjects_and_texts(run: Run) -> None:
    run("init", "--organization", "Kiln & Co", "--name", "Ada Lovelace", "--email", "ada@example.org")
    about = ("kind=reminder", "recipient=invitee", "language=it")

    made = read(run("mail", "set-template", *about, "subject=A presto, {invitee}", "--json"))
    assert (made["kind"], made["language"], made["subject"]) == ("reminder", "it", "A presto, {invitee}")
    assert run("mail", "templates").stdout.splitlines()[1].split() == [
        "reminder", "invitee", "it", "A", "presto,", "{invitee}", "no",
    ]  # fmt: skip
    refused = run("mail", "set-template", *about, "opening=Ciao {nome}")
    assert (refused.returncode, "opening has no variable {nome}" in refused.stderr) == (1, True)

    assert "OpenSlot's words again" in run("mail", "set-template", *about).stdout
    assert read(run("mail", "templates", "--json")) == []
