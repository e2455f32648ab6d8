"""The OpenAPI document of the server, generated from the client's operations and the shapes of ``wire``."""
