"""Shapes of the public API, shared by server, client and connector.

Requests are closed: a missing field or a wrong type is an error; unknown keys are ignored, as Calendly ignores them.
Responses are open (``common.Open``): fields added after 2024 have defaults, enumerations are plain strings, and the
client keeps unknown keys.
Field names are the API's own. Source for all of them: the Calendly API v2 reference as restated in
``tests/contract/calendly-v2.openapi.yaml``.
"""
