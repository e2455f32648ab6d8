"""The kit is tested through the pages that stand on it, so their fixtures are its own."""

from pages.conftest import browser, http, make_page, offer

__all__ = ["browser", "http", "make_page", "offer"]
