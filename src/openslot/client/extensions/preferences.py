"""Preferences of a host and of the organization."""

from typing import ClassVar

from openslot.client.operation import One
from openslot.client.parameters import Id
from openslot.wire import preferences
from openslot.wire.preferences import HostPreferences, OrganizationPreferences


class GetHostPreferences(One[HostPreferences]):
    """The hours, the holidays and the week of a host."""

    path = "/openslot/users/{uuid}"
    scopes: ClassVar = ("availability:read",)
    uuid: Id


class UpdateHostPreferences(One[HostPreferences]):
    """Change the hours, the holidays and the week of a host; what is left out stays as it is."""

    method: ClassVar = "PATCH"
    path = "/openslot/users/{uuid}"
    scopes: ClassVar = ("availability:write",)
    conflicts: ClassVar = "The address is, or was, somebody else's, or the service's own."
    uuid: Id
    body: preferences.ChangeHostPreferences


class GetOrganizationPreferences(One[OrganizationPreferences]):
    """The time zone and the week of the caller's organization."""

    path = "/openslot/organization"
    scopes: ClassVar = ("availability:read",)


class UpdateOrganizationPreferences(One[OrganizationPreferences]):
    """Change the time zone and the week of the caller's organization; what is left out stays as it is."""

    method: ClassVar = "PATCH"
    path = "/openslot/organization"
    scopes: ClassVar = ("availability:write",)
    body: preferences.ChangeOrganizationPreferences
