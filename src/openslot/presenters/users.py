"""Users as the API shows them."""

from openslot.db import users as rows
from openslot.presenters.uris import Uris
from openslot.wire.codec import Timestamp
from openslot.wire.users import MembershipUser, User


def user(row: rows.User, uris: Uris) -> User:
    """The shape of GET /users/{uuid}."""
    return User(
        uri=uris.user(row.id),
        name=row.name,
        slug=row.slug,
        email=row.email,
        scheduling_url=uris.profile_page(row.slug),
        timezone=row.timezone,
        time_notation=row.time_notation,
        avatar_url=None if row.avatar_url is None else uris.picture(row.avatar_url),
        created_at=Timestamp.of(row.created_at),
        updated_at=Timestamp.of(row.updated_at),
        current_organization=uris.organization(row.organization_id),
        locale=row.locale,
    )


def membership_user(row: rows.User, uris: Uris) -> MembershipUser:
    """The user of a membership."""
    return MembershipUser(
        uri=uris.user(row.id),
        name=row.name,
        slug=row.slug,
        email=row.email,
        scheduling_url=uris.profile_page(row.slug),
        timezone=row.timezone,
        avatar_url=None if row.avatar_url is None else uris.picture(row.avatar_url),
        locale=row.locale,
        created_at=Timestamp.of(row.created_at),
        updated_at=Timestamp.of(row.updated_at),
    )
