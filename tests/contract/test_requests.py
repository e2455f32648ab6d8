"""What the client can send is what the contract takes: every operation, with all and with the least that it has.

``make prism`` sends the same to a mock of the contract that others wrote.
"""

import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from scripts.prism.samples import API, samples

from contract import schemas
from contract.test_coverage import unnamed
from openslot.client import Operation

CALLS = list(samples())


def path_of(operation: Operation[Any]) -> str:
    """The path as the contract spells it."""
    (wanted,) = unnamed([(operation.method, operation.path)])
    paths: dict[str, object] = schemas.contract()["paths"]
    return next(path for path in paths if unnamed([(operation.method, path)]) == {wanted})


@pytest.mark.parametrize("operation", CALLS, ids=lambda one: type(one).__name__)
def test_the_contract_takes_what_the_client_sends(operation: Operation[Any]) -> None:
    request = operation.request(API)
    address = urlsplit(request.url)
    body = None if request.content is None else json.loads(request.content)

    assert re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", operation.path), address.path)
    schemas.described().check_request(operation.method, path_of(operation), dict(parse_qsl(address.query)), body)
