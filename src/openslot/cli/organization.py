"""The organization that a command is about."""

import click

from openslot.core.errors import FieldError, Invalid
from openslot.db import organizations
from openslot.db.organizations import Organization
from openslot.db.pool import Conn

organization_option = click.option("--organization", help="Name of the organization, where there are several.")


async def the_organization(conn: Conn, name: str | None) -> Organization:
    """The organization of this name, or the only one.

    Raises:
        Invalid: there is none, or it is not clear which.
    """
    every = await organizations.list_all(conn)
    found = [one for one in every if name is None or one.name == name]
    if len(found) == 1:
        return found[0]
    if not every:
        raise Invalid(FieldError("organization", "is not there yet: run 'openslot init'"))
    names = ", ".join(one.name for one in every)
    raise Invalid(FieldError("organization", f"must be named with --organization: {names}"))
