"""A login is for the registry: redirects, realms, lists and uploads that lead elsewhere do not take it along.

What drips or goes in a circle has an end."""

from __future__ import annotations

import base64
import contextlib
import json
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from scoredock.errors import ScoredockError
from scoredock.oci.content import LAYER, Descriptor, descriptor_of
from scoredock.oci.registry_login import RegistryAccount
from scoredock.oci.registry_settings import RegistrySettings
from scoredock.oci.registry_transport import TransportLimits

from certificates import authority, issued
from oci_registry.registry_bench import client_of
from recording_server import RecordingServer, say
from recording_server import serve as serve

USER, PASSWORD, TOKEN = "canary-user", "canary-password", "canary-token"
BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
CONTENT = b"a layer"
BLOB = descriptor_of(LAYER, CONTENT)
HASTY = TransportLimits(
    connect_seconds=2,
    silence_seconds=1,
    closing_seconds=1,
    attempts=6,
    pause_seconds=0.01,
    longest_pause_seconds=0.05,
)


@pytest.fixture
def secured(tmp_path: Path) -> tuple[tuple[Path, Path], RegistrySettings]:
    """A certificate of this machine, and settings that trust it."""
    files = issued(tmp_path, authority(tmp_path))
    return files, RegistrySettings(environment={"SSL_CERT_FILE": str(tmp_path / "authority.pem")})


def challenges(realm: str = "") -> Callable[[BaseHTTPRequestHandler], None]:
    """Whoever has no credential is asked for one; Basic without a realm, which is another server's then."""
    wanted = f'Bearer realm="{realm}",service="s"' if realm else 'Basic realm="r"'

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers.get("Authorization"):
            say(handler, 200, CONTENT)
        else:
            say(handler, 401, WWW_Authenticate=wanted)

    return answer


def grants(handler: BaseHTTPRequestHandler) -> None:
    say(handler, 200, json.dumps({"token": TOKEN}).encode())


LOGINS = [RegistryAccount("", USER, PASSWORD), RegistryAccount("", "", identity_token=PASSWORD)]


def refusal(registry: str, login: RegistryAccount = LOGINS[0], **more: object) -> ScoredockError:
    with client_of(f"{registry}/team/a:1", login, **more) as client, pytest.raises(ScoredockError) as refused:  # type: ignore[arg-type]
        b"".join(client.open_blob(BLOB))
    assert PASSWORD not in f"{refused.value}{refused.value.details}"
    return refused.value


@pytest.mark.parametrize("scheme", ["basic", "bearer"])
@pytest.mark.parametrize("login", LOGINS, ids=["password", "identity-token"])
def test_a_challenge_of_a_host_that_was_redirected_to(
    serve: Callable[..., RecordingServer], scheme: str, login: RegistryAccount
) -> None:
    """The registry itself has let the person in; the host of its blobs asks for a password."""
    realm = serve(grants)
    storage = serve(challenges(realm.url() if scheme == "bearer" else ""))
    registry = serve(lambda handler: say(handler, 307, Location=storage.url("/blob", "localhost")))
    assert refusal(registry.host(), login).code == "registry-refused"
    assert storage.heads
    assert storage.saw("Authorization", USER, PASSWORD) == []
    assert realm.heads == []


def test_a_redirect_after_the_sign_in(serve: Callable[..., RecordingServer]) -> None:
    """The proof goes to the registry, and not on to the storage that has the blob."""
    realm = serve(grants)
    storage = serve(lambda handler: say(handler, 200, CONTENT))

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers.get("Authorization") == f"Bearer {TOKEN}":
            say(handler, 307, Location=storage.url("/blob"))
        else:
            say(handler, 401, WWW_Authenticate=f'Bearer realm="{realm.url()}",service="s"')

    registry = serve(answer)
    with client_of(f"{registry.host()}/team/a:1", LOGINS[0]) as client:
        assert b"".join(client.open_blob(BLOB)) == CONTENT
    assert registry.saw(TOKEN, PASSWORD) == [TOKEN]
    assert realm.saw(BASIC) == [BASIC]
    assert storage.saw("Authorization", TOKEN, BASIC) == []


@pytest.mark.parametrize("login", LOGINS, ids=["password", "identity-token"])
def test_a_realm_in_the_clear_at_another_host(serve: Callable[..., RecordingServer], login: RegistryAccount) -> None:
    realm = serve(grants)
    registry = serve(challenges(realm.url(name="localhost")))
    error = refusal(registry.host(), login)
    assert (error.code, "not safe" in error.message) == ("registry-refused", True)
    assert realm.heads == []


def test_a_realm_that_the_registry_sent_may_be_elsewhere_over_tls(
    serve: Callable[..., RecordingServer], secured: tuple[tuple[Path, Path], RegistrySettings]
) -> None:
    """As public registries have it."""
    files, settings = secured
    realm = serve(grants, files)
    registry = serve(challenges(realm.url(name="localhost")), files)
    with client_of(f"{registry.host()}/team/a:1", LOGINS[0], settings=settings) as client:
        assert b"".join(client.open_blob(BLOB)) == CONTENT
    assert realm.saw(BASIC) == [BASIC]
    assert registry.saw(TOKEN, PASSWORD) == [TOKEN]


def test_a_registry_with_tls_whose_realm_has_none(
    serve: Callable[..., RecordingServer], secured: tuple[tuple[Path, Path], RegistrySettings]
) -> None:
    files, settings = secured
    realm = serve(grants)
    registry = serve(challenges(realm.url()), files)
    assert refusal(registry.host(), settings=settings).code == "registry-refused"
    assert realm.heads == []


def test_a_realm_that_redirects(serve: Callable[..., RecordingServer]) -> None:
    """What the token server sends on takes neither the password nor an identity token along."""
    thief = serve(grants)
    realm = serve(lambda handler: say(handler, 307, Location=thief.url()))
    registry = serve(challenges(realm.url()))
    for login in LOGINS:
        with contextlib.suppress(ScoredockError), client_of(f"{registry.host()}/team/a:1", login) as client:
            b"".join(client.open_blob(BLOB))
    assert realm.heads
    assert thief.saw("Authorization", BASIC, PASSWORD) == []


def test_a_next_page_and_an_upload_elsewhere(serve: Callable[..., RecordingServer]) -> None:
    """The upload goes on there, as storage wants it, without the login; the list does not."""

    def store(handler: BaseHTTPRequestHandler) -> None:
        say(handler, 201 if handler.command == "PUT" else 202)

    thief = serve(store)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers.get("Authorization") != BASIC:
            say(handler, 401, WWW_Authenticate='Basic realm="r"')
        elif "tags" in handler.path:
            say(handler, 200, b'{"tags":["1"]}', Link=f'<{thief.url("/v2/team/a/tags/list")}>; rel="next"')
        elif handler.command == "POST":
            say(handler, 202, Location=thief.url("/upload"))
        else:
            say(handler, 404)

    registry = serve(answer)
    with client_of(f"{registry.host()}/team/a:1", LOGINS[0]) as client:
        assert client.tags() == ("1",)
        assert thief.heads == []
        client.push_blob(BLOB, lambda offset: iter([CONTENT[offset:]]), id)
    assert thief.heads
    assert thief.saw("Authorization", BASIC) == []
    assert registry.saw(BASIC) == [BASIC]


def test_circles_have_an_end(serve: Callable[..., RecordingServer]) -> None:
    """Of redirects between two hosts, of a registry to itself, and of pages."""
    hosts: list[RecordingServer] = []
    for turn in range(2):
        hosts.append(serve(lambda handler, to=1 - turn: say(handler, 307, Location=hosts[to].url("/v2/"))))
    assert "circles" in refusal(hosts[0].host()).message
    itself = serve(lambda handler: say(handler, 302, Location=handler.path))
    assert "circles" in refusal(itself.host()).message
    pages = serve(lambda handler: say(handler, 200, b'{"tags":[]}', Link='</v2/team/a/tags/list?n=1>; rel="next"'))
    with client_of(f"{pages.host()}/team/a:1") as client, pytest.raises(ScoredockError) as refused:
        client.tags()
    assert "without an end" in refused.value.message
    assert len(pages.heads) == 2


def drip(part: str, size: int) -> Callable[[BaseHTTPRequestHandler], None]:
    """A byte each fifth of a second, of the head or of the body."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        if part == "body":
            handler.send_header("Content-Length", str(size))
            handler.end_headers()
        else:
            handler.flush_headers()
        while True:
            handler.wfile.write(b"x")
            time.sleep(0.2)

    return answer


@pytest.mark.parametrize("part", ["head", "body"])
@pytest.mark.parametrize("what", ["document", "layer"])
def test_what_drips_has_an_end(serve: Callable[..., RecordingServer], part: str, what: str) -> None:
    """Each byte comes long before any silence is over; the whole call has an end all the same, and is not repeated."""
    registry = serve(drip(part, 1 << 20))
    begin = time.monotonic()
    layer = Descriptor(LAYER, BLOB.digest, 1 << 20)
    with client_of(f"{registry.host()}/team/a:1", limits=HASTY) as client, pytest.raises(ScoredockError) as refused:
        client.resolve() if what == "document" else b"".join(client.open_blob(layer))
    assert (refused.value.code, "in time" in refused.value.message) == ("registry-unreachable", True)
    assert time.monotonic() - begin < 30 * HASTY.silence_seconds
    assert len(registry.heads) <= 2


def test_a_layer_that_is_cut_after_every_byte_has_an_end(serve: Callable[..., RecordingServer]) -> None:
    def cut(handler: BaseHTTPRequestHandler) -> None:
        start = int((handler.headers.get("Range") or "bytes=0-")[6:-1])
        handler.send_response(206)
        handler.send_header("Content-Range", f"bytes {start}-{(1 << 20) - 1}/{1 << 20}")
        handler.send_header("Content-Length", str((1 << 20) - start))
        handler.end_headers()
        handler.wfile.write(b"x")
        handler.close_connection = True

    registry = serve(cut)
    with client_of(f"{registry.host()}/team/a:1", limits=HASTY) as client, pytest.raises(ScoredockError) as refused:
        b"".join(client.open_blob(Descriptor(LAYER, BLOB.digest, 1 << 20)))
    assert refused.value.code == "registry-unreachable"


def test_a_slow_registry_that_goes_on_is_no_dripping_one(serve: Callable[..., RecordingServer]) -> None:
    """64 KiB a second are enough, for however many seconds."""
    content = bytes(1 << 18)

    def slowly(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        for begin in range(0, len(content), 1 << 14):
            handler.wfile.write(content[begin : begin + (1 << 14)])
            time.sleep(0.15)

    registry = serve(slowly)
    with client_of(f"{registry.host()}/team/a:1", limits=HASTY) as client:
        assert b"".join(client.open_blob(descriptor_of(LAYER, content))) == content
