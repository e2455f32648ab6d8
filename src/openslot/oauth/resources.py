"""Whom access tokens can be for: what the operator has set."""

from openslot.config import Settings
from openslot.core.oauth import Resources


def resources_of(settings: Settings) -> Resources:
    """The API, and the operator's servers before it."""
    return Resources(settings.base_url, settings.api_url, settings.mcp_urls)
