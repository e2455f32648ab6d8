"""Quotas: how much of what others need one caller may have at a time. Settings say how much; 0 takes one away."""

from openslot.config import Settings
from openslot.db.holds import Share
from openslot.services.access import Principal


def share_of_member(principal: Principal, settings: Settings) -> Share:
    """What a member may hold at a time. Admins may keep anybody's time anyway, and speak for checkouts."""
    most = settings.holds_per_admin if principal.is_admin else settings.holds_per_user
    return Share(of_user=most or None)


def share_of_visitor(address_digest: bytes | None, settings: Settings) -> Share:
    """What a visitor of a page may hold at a time; ``address_digest`` is of where the visitor comes from, if known."""
    return Share(
        address_digest=address_digest,
        of_address=settings.holds_per_address or None,
        of_email=settings.holds_per_email or None,
    )
