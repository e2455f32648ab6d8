"""What is a host that the platform can call, and what is said of what isn't."""

import pytest

from openslot.connector.power_platform import Host


@pytest.mark.parametrize(
    ("text", "authority", "base_path"),
    [
        ("connector.example.org", "connector.example.org", "/"),
        ("https://connector.example.org/", "connector.example.org", "/"),
        ("HTTPS://Connector.Example.org", "connector.example.org", "/"),
        ("example.org:8443/calendly", "example.org:8443", "/calendly"),
        ("example.org:1/a.b/~c_d-e/", "example.org:1", "/a.b/~c_d-e"),
        ("example.org:65535", "example.org:65535", "/"),
        ("203.0.113.7", "203.0.113.7", "/"),
        ("b\u00fccher.example", "xn--bcher-kva.example", "/"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example", "/"),
        ("\u0e15\u0e31\u0e27\u0e2d\u0e22\u0e48\u0e32\u0e07.example", "xn--72c1a1bt4awk9o.example", "/"),
        ("localhost:8300", "localhost:8300", "/"),
    ],
)
def test_a_host_has_a_name_and_may_have_a_port_and_a_path(text: str, authority: str, base_path: str) -> None:
    assert Host.parse(text) == Host(authority, base_path)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "write a name"),
        (":8300", "write a name"),
        ("https:///path", "write a name"),
        ("a@b", "write a name"),
        ("user:secret@example.org", "write a name"),
        ("exa mple.org", "write a name"),
        ("example.org?a=b", "write a name"),
        ("http://example.org", "by https only"),
        ("ftp://example.org", "by https only"),
        ("-example.org", "is no name"),
        ("example-.org", "is no name"),
        ("a..b", "is no name"),
        ("example.org.", "is no name"),
        ("exa_mple.org", "is no name"),
        (f"{'a' * 64}.org", "is no name"),
        (".".join(["a" * 60] * 5), "is no name"),
        ("256.0.0.1", "is no name"),
        ("10.0.1", "is no address"),
        ("example.org:", "a port is a number from 1 to 65535"),
        ("example.org:0", "a port is a number from 1 to 65535"),
        ("example.org:65536", "a port is a number from 1 to 65535"),
        ("example.org:99999", "a port is a number from 1 to 65535"),
        ("example.org:x", "a port is a number from 1 to 65535"),
        ("example.org:\u0663", "a port is a number from 1 to 65535"),
        ("[::1]:8300", "an IPv6 address has no place in Swagger"),
        ("example.org/../y", "neither . nor .. alone"),
        ("example.org/x/./y", "neither . nor .. alone"),
        ("example.org//x", "a path has letters"),
        ("example.org/a?b=c", "a path has letters"),
        ("example.org/%2e%2e", "a path has letters"),
    ],
)
def test_what_is_no_host_is_refused_by_a_sentence_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(
        ValueError, match=r"a host looks like connector\.example\.org or example\.org:8443/connector: "
    ) as no:
        Host.parse(text)

    assert why in str(no.value)


@pytest.mark.parametrize(
    ("text", "private"),
    [
        ("localhost:8300", True),
        ("127.0.0.1:8300", True),
        ("10.0.0.1", True),
        ("192.168.1.20", True),
        ("169.254.1.1", True),
        ("connector", True),
        ("connector.local", True),
        ("gateway.internal/calendly", True),
        ("connector.example.org", False),
        ("8.8.8.8", False),
    ],
)
def test_a_host_of_one_network_is_known_as_such(text: str, *, private: bool) -> None:
    assert Host.parse(text).is_private is private
