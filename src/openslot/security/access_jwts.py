"""Access tokens of OAuth applications, as JSON Web Tokens.

Clients read claims of them: whose token it is, and until when it works. The service itself knows tokens by their
digests, so that one which is revoked ends at once (ADR 0040). The key follows from the service's secret key: every
process has the same, and none is stored.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

ALGORITHM = "ES256"
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the curve P-256 (SEC 2, section 2.4.2): a private key is from 1 to one less."""


@dataclass(frozen=True)
class AccessClaims:
    """What an access token holds; the names of its claims are those that published clients read."""

    id: UUID
    user_id: UUID
    organization_id: UUID
    client_id: UUID
    scope: str
    issued_at: datetime
    expires_at: datetime
    servers: Sequence[str] = ()
    """Whom it is for besides the API (ADR 0042)."""


class AccessJwts:
    """Makes access tokens. Its repr shows no key."""

    def __init__(self, secret_key: str, issuer: str, audience: str) -> None:
        self._secret_key = secret_key
        self._issuer = issuer
        self._audience = audience

    def new(self, claims: AccessClaims) -> str:
        """A signed token. Source: behaviours, section 4; RFC 9068."""
        return jwt.encode(
            {"alg": ALGORITHM, "typ": "at+jwt", "kid": self._key.thumbprint()},
            {
                "iss": self._issuer,
                "aud": [*claims.servers, self._audience] if claims.servers else self._audience,
                "sub": str(claims.user_id),
                "user_uuid": str(claims.user_id),
                "organization_uuid": str(claims.organization_id),
                "app_uid": str(claims.client_id),
                "client_id": str(claims.client_id),
                "scope": claims.scope,
                "iat": int(claims.issued_at.timestamp()),
                "exp": int(claims.expires_at.timestamp()),
                "jti": str(claims.id),
            },
            self._key,
        )

    def public_keys(self) -> Sequence[dict[str, Any]]:
        """The keys by which others can check a token."""
        keys = KeySet([self._key]).as_dict(private=False)["keys"]
        return [{**one, "kid": self._key.thumbprint(), "use": "sig", "alg": ALGORITHM} for one in keys]

    @cached_property
    def _key(self) -> ECKey:
        # 512 bits modulo the order: no value is likelier than another to a measurable degree
        number = int.from_bytes(hashlib.sha512(b"access tokens:" + self._secret_key.encode()).digest(), "big")
        private = ec.derive_private_key(number % (_ORDER - 1) + 1, ec.SECP256R1())
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return ECKey.import_key(pem)
