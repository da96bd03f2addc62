"""Which names of the Host header are ours, and which pages may have an effect."""

from __future__ import annotations

import pytest

from business.http.names import Asked, Hosts, split_target

OURS = Hosts(("console.example.net", "192.0.2.7", "2001:db8::7", "*.inner.example.net"))


def told(*hosts: bytes, method: bytes = b"GET", version: bytes = b"HTTP/1.1", **more: object) -> int:
    """The status of the refusal; 200: it comes in."""
    asked = Asked(method=method, version=version, local="198.51.100.4", hosts=hosts, **more)  # type: ignore[arg-type]
    refused = OURS.refusal(asked)
    return 200 if refused is None else refused.status


@pytest.mark.parametrize(
    "host",
    [
        b"localhost", b"localhost:8086", b"LocalHost.:8086", b"127.0.0.1", b"127.9.8.7:1", b"[::1]:8086",
        b"[0:0:0:0:0:0:0:1]", b"[::FFFF:127.0.0.1]", b"198.51.100.4:80", b"[::ffff:198.51.100.4]",
        b"console.example.net", b"CONSOLE.example.NET.:443", b"192.0.2.7", b"[2001:DB8:0::7]:8086",
        b"a.inner.example.net", b"localhost:",
    ],
)  # fmt: skip
def test_names_of_ours(host: bytes) -> None:
    assert told(host) == 200


@pytest.mark.parametrize(
    "host",
    [
        b"evil.example", b"evil.example:8086", b"localhost.evil.example", b"127.0.0.1.evil.example",
        b"xlocalhost", b"foo.localhost", b"192.0.2.8", b"8.8.8.8:8086", b"[2001:db8::8]", b"0.0.0.0",
        b"2130706433", b"0x7f.1", b"inner.example.net", b"a.b.inner.example.net", b"localhost..",
    ],
)  # fmt: skip
def test_names_of_others(host: bytes) -> None:
    assert told(host) == 421


@pytest.mark.parametrize(
    "host",
    [
        b"", b" ", b"localhost, evil.example", b"user@localhost", b"localhost:80:80", b"localhost:x",
        b"localhost:99999", b"[::1", b"::1", b"[::1%25lo]", b"localhost/", b"loc\xe4lhost", b"local host",
        b"http://localhost", b"localhost:80808080",
    ],
)  # fmt: skip
def test_no_names(host: bytes) -> None:
    assert told(host) == 400


def test_a_missing_or_a_second_one() -> None:
    assert told() == 400
    assert told(version=b"HTTP/1.0") == 200
    assert told(b"evil.example", version=b"HTTP/1.0") == 421
    assert told(b"localhost", b"localhost") == 400
    assert told(b"localhost", b"evil.example") == 400


def test_an_absolute_target_counts_as_well() -> None:
    assert split_target(b"http://Evil.example:80/health/live?x=1") == (
        b"Evil.example:80",
        b"/health/live?x=1",
    )
    assert split_target(b"HTTPS://localhost") == (b"localhost", b"/")
    assert split_target(b"http://localhost?x=1") == (b"localhost", b"/?x=1")
    assert split_target(b"/a?b=http://evil.example/") == (None, b"/a?b=http://evil.example/")
    assert told(b"localhost", authority=b"localhost:8086") == 200
    assert told(b"localhost", authority=b"evil.example") == 421
    assert told(b"evil.example", authority=b"localhost") == 421
    assert told(b"localhost", authority=b"localhost@evil.example") == 400
    assert told(b"localhost", authority=b"") == 400
    assert told(version=b"HTTP/1.0", authority=b"evil.example") == 421


def test_a_page_of_another_origin_has_no_effect() -> None:
    def post(*origins: bytes, sites: tuple[bytes, ...] = (), host: bytes = b"localhost:8087") -> int:
        return told(host, method=b"POST", origins=origins, sites=sites)

    assert post() == 200  # a program
    assert post(b"http://localhost:8087", sites=(b"same-origin",)) == 200
    assert post(b"https://LOCALHOST:8087") == 200  # behind a proxy that speaks TLS
    assert post(sites=(b"none",)) == 200
    for origin in (b"https://evil.example", b"http://localhost:3000", b"http://localhost", b"null", b"",
                   b"http://localhost:8087/", b"http://localhost:8087.evil.example"):  # fmt: skip
        assert post(origin) == 403, origin
    assert post(b"http://localhost:8087", b"https://evil.example") == 403
    for site in (b"cross-site", b"same-site", b"Cross-Site", b"?"):
        assert post(sites=(site,)) == 403, site
    assert told(b"localhost", origins=[b"https://evil.example"], sites=[b"cross-site"]) == 200  # no effect
    assert told(method=b"POST", version=b"HTTP/1.0", origins=[b"http://localhost"]) == 403
