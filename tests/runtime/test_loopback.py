"""Which requests reach the script at all: web pages of others must not."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoredock_runtime.http.origin_policy import OriginPolicy, is_loopback, split_host

OWN, DEV, EVIL = "http://localhost:6789", "http://localhost:3000", "http://evil.example"

HOSTS = {
    "localhost:6789": True,
    "LOCALHOST": True,
    "localhost.": True,
    "app.localhost:80": True,
    "127.0.0.1:6789": True,
    "127.1.2.3": True,
    "[::1]:6789": True,
    "evil.example": False,
    "localhost.evil.example": False,
    "evil-localhost": False,
    "127.0.0.1.evil.example": False,
    "evil.example#localhost": False,
    "evil.example@localhost": False,
    "localhost@evil.example": False,
    "localhost:80,evil.example": False,
    "0.0.0.0": False,
    "192.168.0.7:6789": False,
    "[::ffff:10.0.0.1]": False,
    "2130706433": False,
    "127.0.0.1/": False,
    "": False,
}


@pytest.mark.parametrize("host", HOSTS)
def test_hosts(host: str) -> None:
    refusal = OriginPolicy("127.0.0.1", []).refusal(host.encode(), None, None)
    assert (refusal is None) == HOSTS[host]
    assert OriginPolicy("0.0.0.0", []).refusal(host.encode(), None, None) is None


LISTED = {
    "score.contoso.com": True,
    "SCORE.contoso.com.:8443": True,
    "a.lab.contoso.com": True,
    "lab.contoso.com": False,
    "contoso.com": False,
    "score.contoso.com.evil.example": False,
    "evil.example": False,
    "": False,
    # A probe asks by an address, a person on the machine by its own name.
    "10.0.0.7:5001": True,
    "[::1]:5001": True,
    "localhost:6789": True,
}


@pytest.mark.parametrize("host", LISTED)
def test_a_service_that_others_reach_answers_to_the_names_that_are_listed(host: str) -> None:
    names = ["score.contoso.com", " .lab.contoso.com", ""]
    refusal = OriginPolicy("0.0.0.0", [], hosts=names).refusal(host.encode(), None, None)
    assert (refusal is None) == LISTED[host]
    assert refusal is None or "SCOREDOCK_ALLOWED_HOSTS" in refusal
    assert OriginPolicy("0.0.0.0", [], hosts=[*names, "*"]).refusal(host.encode(), None, None) is None
    # Listing names opens no service of this machine.
    closed = OriginPolicy("127.0.0.1", [], hosts=names).refusal(host.encode(), None, None)
    assert (closed is None) == (host in ("[::1]:5001", "localhost:6789"))


REQUESTS = [
    # origin, Sec-Fetch-Site, allowed: closed, opened for DEV, opened for all, raw script that answers CORS
    (None, None, (True, True, True, True)),
    (None, "none", (True, True, True, True)),
    (None, "same-origin", (True, True, True, True)),
    (None, "cross-site", (False, False, True, True)),
    (None, "CROSS-SITE", (False, False, True, True)),
    (None, "same-site", (False, False, True, True)),
    (OWN, "same-origin", (True, True, True, True)),
    (OWN.upper(), None, (True, True, True, True)),
    (DEV, "same-site", (False, True, True, True)),
    (DEV, "cross-site", (False, True, True, True)),
    (EVIL, "cross-site", (False, False, True, True)),
    (EVIL, None, (False, False, True, True)),
    ("null", "cross-site", (False, False, True, True)),
    ("", None, (False, False, True, True)),
    ("http://localhost:6789.evil.example", None, (False, False, True, True)),
    ("http://127.0.0.1:6789", None, (False, False, True, True)),
]


@pytest.mark.parametrize(("origin", "site", "allowed"), REQUESTS)
def test_origins(origin: str | None, site: str | None, allowed: tuple[bool, ...]) -> None:
    gates = [
        OriginPolicy("127.0.0.1", []),
        OriginPolicy("127.0.0.1", [DEV + "/"]),
        OriginPolicy("127.0.0.1", ["*"]),
        OriginPolicy("127.0.0.1", [], answers_cors=True),
    ]
    told = [
        gate.refusal(
            b"localhost:6789", None if origin is None else origin.encode(), None if site is None else site.encode()
        )
        for gate in gates
    ]
    assert tuple(each is None for each in told) == allowed
    assert all(gate.refusal(b"evil.example", b"http://evil.example", None) is not None for gate in gates)


def test_pages_of_the_same_site_are_foreign_on_this_machine_only() -> None:
    assert OriginPolicy("0.0.0.0", []).refusal(b"api.example", None, b"same-site", b"no-cors") is None
    assert OriginPolicy("127.0.0.1", []).refusal(b"localhost:1", None, b"same-site", b"navigate") is None
    assert OriginPolicy("127.0.0.1", []).refusal(b"localhost:1", None, b"same-site", b"no-cors") is not None


@given(st.text(max_size=40))
def test_no_text_is_taken_for_this_machine_by_accident(text: str) -> None:
    host = split_host(text)
    assert "/" not in host
    if is_loopback(host):
        assert f".{host.rstrip('.').lower()}".endswith(".localhost") or host.startswith(("127.", "::1", "0:"))


def curl(service: Any, method: str, body: str, *pairs: str, path: str = "/score") -> tuple[int, dict[str, str], bytes]:
    """A request with just these headers, and the body's length."""
    port = service.status.port
    headers = {"Host": f"localhost:{port}", **dict(zip(pairs[::2], pairs[1::2], strict=True))}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.putrequest(method, path, skip_host=True)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            connection.putheader(name, value)
        connection.endheaders(body.encode())
        response = connection.getresponse()
        told = {name.lower(): value for name, value in response.getheaders()}
        return response.status, told, response.read()
    finally:
        connection.close()


COUNTING = (
    "calls = []\ndef init(): pass\ndef run(data):\n    calls.append(1)\n    print('called')\n    return len(calls)\n"
)


def test_refused_requests_never_reach_the_script(service: Any) -> None:
    service.up(COUNTING)
    for pairs in (
        ("Host", "evil.example"),
        ("Host", "evil.example", "Origin", "http://evil.example"),
        ("Origin", EVIL),
        ("Origin", EVIL, "Content-Type", "text/plain"),
        ("Origin", "null"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-Site", "same-site"),
        ("Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "no-cors"),
    ):
        for method in ("POST", "GET", "OPTIONS"):
            status, headers, body = curl(service, method, "1", *pairs)
            assert status == 403, pairs
            assert "access-control-allow-origin" not in headers
            assert json.loads(body)["message"]
        assert curl(service, "GET", "", *pairs, path="/")[0] == 403
    assert "called" not in service.log_text()
    assert curl(service, "POST", "1")[2] == b"1"
    link = ("Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "navigate")
    assert curl(service, "GET", "", *link, path="/")[0] == 200


def test_a_service_that_others_reach_is_closed_to_foreign_names(service: Any) -> None:
    """A package is one: it listens on all addresses, and is told its names by the environment."""
    service.up(COUNTING, host="0.0.0.0", environment={"SCOREDOCK_ALLOWED_HOSTS": "score.contoso.com,localhost"})
    for method in ("POST", "GET", "OPTIONS"):
        status, _, body = curl(service, method, "1", "Host", "evil.example")
        assert status == 403, method
        assert "SCOREDOCK_ALLOWED_HOSTS" in json.loads(body)["message"]
    assert "called" not in service.log_text()
    assert curl(service, "POST", "1", "Host", "score.contoso.com")[0] == 200
    assert curl(service, "POST", "1")[0] == 200


def test_a_service_that_others_reach_answers_to_every_name_when_none_is_listed(service: Any) -> None:
    service.up(COUNTING, host="0.0.0.0")
    assert curl(service, "POST", "1", "Host", "evil.example")[0] == 200


def test_cors_origins_open_the_service(service: Any) -> None:
    service.up(COUNTING, environment={"AML_CORS_ORIGINS": f"{DEV}, http://other.example"})
    status, headers, _ = curl(service, "POST", "1", "Origin", DEV, "Sec-Fetch-Site", "cross-site")
    assert (status, headers["access-control-allow-origin"], headers["vary"]) == (200, DEV, "Origin")
    assert curl(service, "POST", "1")[1]["access-control-allow-origin"] == DEV
    assert curl(service, "POST", "1", "Origin", EVIL)[0] == 403
    status, headers, body = curl(
        service,
        "OPTIONS",
        "",
        "Origin",
        "http://other.example",
        "Access-Control-Request-Method",
        "POST",
        "Access-Control-Request-Headers",
        "content-type",
    )
    assert (status, body) == (200, b"")
    assert headers["access-control-allow-origin"] == "http://other.example"
    assert headers["access-control-allow-methods"] == "GET, POST"
    assert headers["access-control-allow-headers"] == "content-type"


def test_a_missing_check_would_be_seen(service: Any) -> None:
    """The planted bug: with a gate that lets everything through the same request reaches the script."""
    service.up(
        COUNTING + "import scoredock_runtime.http.origin_policy as l\nl.OriginPolicy.refusal = lambda *_: None\n"
    )
    assert curl(service, "POST", "1", "Host", "evil.example")[0] == 200
