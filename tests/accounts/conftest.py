"""A member with a password, and a browser that is signed in: those of the tests of OAuth."""

from oauth.conftest import application, browser, client_of, http, member, quick_hashes, signed_in

__all__ = ["application", "browser", "client_of", "http", "member", "quick_hashes", "signed_in"]
