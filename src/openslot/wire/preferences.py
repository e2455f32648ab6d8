"""Preferences of hosts and of the organization: time zone, week, holidays, address, agreement to host, embeds. Ours."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from openslot.wire.availability_schedules import Hours
from openslot.wire.bounds import REGION, SLUG, ZONE, schema, uri_of
from openslot.wire.common import Open
from openslot.wire.names import Name

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
MAX_SITE_LENGTH = 255
MAX_SITES = 100
USER_OR_ORGANIZATION = schema(**uri_of("users", "organizations"))
"""Somebody, or everybody."""


class HostPreferences(Open, kw_only=True):
    """How a host's days and weeks are reckoned."""

    user: str
    slug: str
    """The user's part of booking links."""
    scheduling_url: str
    timezone: str
    """The user's own, IANA name; the hours have one of theirs."""
    week_start: str
    holiday_region: str | None
    """ISO 3166 country, or subdivision such as US-CA, whose public holidays close the day."""
    worked_holidays: list[str]
    """Names of holidays that do not."""
    availability: Hours | None
    hosts_for: list[str]
    """URIs of the colleagues who may name the user as a host of their event types without an admin; that of the
    organization stands for all of them."""


class ChangeHostPreferences(Struct, kw_only=True):
    """Body of PATCH; what is left out stays."""

    slug: Annotated[str, SLUG] | UnsetType = UNSET
    """Letters, digits and hyphens, kept in lower case; the old address leads to the new one for good."""
    timezone: Annotated[str, ZONE] | UnsetType = UNSET
    """IANA name."""
    week_start: Weekday | UnsetType = UNSET
    holiday_region: Annotated[str, REGION] | UnsetType | None = UNSET
    """ISO 3166 country, or subdivision such as US-CA, whose public holidays are known."""
    worked_holidays: Annotated[list[Name], Meta(max_length=100)] | UnsetType = UNSET
    """Names of holidays of the region."""
    availability: Hours | UnsetType = UNSET
    hosts_for: Annotated[list[Annotated[str, USER_OR_ORGANIZATION]], Meta(max_length=1000)] | UnsetType = UNSET
    """The whole list, URIs of users or of the organization. Who is taken off it keeps the hosts of before."""


class OrganizationPreferences(Open):
    """By which calendar the organization's limits are reckoned, who may embed its pages, and what stands on them."""

    organization: str
    timezone: str
    week_start: str
    frame_ancestors: list[str] | None
    """The sites that may show the organization's booking pages within theirs; null: any."""
    logo_url: str | None
    """The picture at the top of the pages of its members; it is set by PUT /openslot/organization/logo."""


class ChangeOrganizationPreferences(Struct):
    """Body of PATCH; what is left out stays."""

    timezone: Annotated[str, ZONE] | UnsetType = UNSET
    """IANA name."""
    week_start: Weekday | UnsetType = UNSET
    frame_ancestors: (
        Annotated[list[Annotated[str, Meta(max_length=MAX_SITE_LENGTH)]], Meta(max_length=MAX_SITES)] | UnsetType | None
    ) = UNSET
    """The whole list, such as ``https://shop.example`` and ``https://*.shop.example``; empty: none, null: any."""
