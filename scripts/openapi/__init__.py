"""The OpenAPI document of the server's operations, made of the client's declarations and the shapes of ``wire``."""
