"""Shapes of the public API, shared by server, client and connector.

Requests are closed (what is missing or of the wrong type is an error, unknown keys are ignored as the API does);
responses are open (``common.Open``): fields that came after 2024 have defaults, enumerations are plain strings, unknown
keys are kept by the client.
Field names are the API's own. Source for all of them: the Calendly API v2 reference as restated in
``tests/contract/calendly-v2.openapi.yaml``.
"""
