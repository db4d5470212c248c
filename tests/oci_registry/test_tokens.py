"""Tokens: got by a challenge, kept, renewed before their end and when the registry says that it is over."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from scoredock.errors import ScoredockError
from scoredock.oci.content import LAYER, descriptor_of
from scoredock.oci.push_image import push
from scoredock.oci.registry_login import RegistryAccount
from scoredock.progress import Silent

from oci_registry.real_registry import PASSWORD, USER, real_registry
from oci_registry.registry_bench import client_of, image, require_complete
from oci_registry.token_server import TokenServer, token_server


@pytest.fixture
def tokens(tmp_path: Path) -> Iterator[TokenServer]:
    with token_server(tmp_path) as server:
        yield server


@pytest.fixture
def registry(tokens: TokenServer, tmp_path: Path) -> Iterator[str]:
    with real_registry(tmp_path / "registry", auth=tokens.settings) as address:
        yield address


@pytest.fixture(autouse=True)
def no_login_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    (tmp_path / "config.json").write_text("{}")


def test_one_token_serves_a_whole_push(registry: str, tokens: TokenServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    manifest, contents = image(1)
    with client_of(f"{registry}/team/a:1", RegistryAccount(registry, USER, PASSWORD)) as client:
        push(client, manifest, contents, "1", Silent())
        require_complete(client, "1", manifest, contents)
    assert len(tokens.tokens) == 1
    (_, fields), *_ = tokens.requests
    assert fields["scope"] == ["repository:team/a:pull", "repository:team/a:pull,push"]
    assert fields["service"] == ["tests"]
    assert tokens.tokens[0] not in caplog.text
    assert PASSWORD not in caplog.text


def test_a_token_that_ends_half_way_through_an_upload(registry: str, tokens: TokenServer) -> None:
    """The token server says that it lasts longer than it does, so only the registry's 401 shows it."""
    tokens.valid_seconds = 2
    content = bytes(range(250)) * 1600
    blob = descriptor_of(LAYER, content)
    sent: list[int] = []

    def slowly(offset: int) -> Iterator[bytes]:
        for begin in range(offset, len(content), 10_000):
            sent.append(begin)
            time.sleep(0.1)
            yield content[begin : begin + 10_000]

    with client_of(f"{registry}/team/a:1", RegistryAccount(registry, USER, PASSWORD)) as client:
        client.push_blob(blob, slowly, id)
        assert len(tokens.tokens) > 1
        assert client.has_blob(blob)
    # What is sent again is the chunk that was refused, of four pieces.
    assert len(sent) <= len(content) // 10_000 + 4 * (len(tokens.tokens) - 1)


def test_a_token_is_replaced_before_its_end(registry: str, tokens: TokenServer) -> None:
    """The registry would take it for longer: nothing is refused."""
    tokens.stated_seconds = 2
    with client_of(f"{registry}/team/a:1", RegistryAccount(registry, USER, PASSWORD)) as client:
        for _ in range(2):
            client.tags()
            assert len(tokens.tokens) == 1
        time.sleep(1.6)
        client.tags()
    assert len(tokens.tokens) == 2


def test_an_identity_token(registry: str, tokens: TokenServer) -> None:
    tokens.next_identity_token = "canary-identity-2"
    tokens.stated_seconds = 0.5
    login = RegistryAccount(registry, "", identity_token="canary-identity-1")
    assert "canary" not in repr(login)
    with client_of(f"{registry}/team/a:1", login) as client:
        client.tags()
        time.sleep(0.6)
        client.tags()
    (method, first), (_, second) = tokens.requests
    assert method == "POST"
    assert first["grant_type"] == ["refresh_token"]
    assert (first["refresh_token"], second["refresh_token"]) == (["canary-identity-1"], ["canary-identity-2"])


def test_an_identity_token_of_docker(registry: str, tokens: TokenServer, tmp_path: Path) -> None:
    entry = {"auths": {registry: {"auth": "", "identitytoken": tokens.identity_token}}}
    (tmp_path / "config.json").write_text(json.dumps(entry))
    with client_of(f"{registry}/team/a:1") as client:
        assert client.tags() == ()
    assert tokens.requests[0][0] == "POST"


def test_anonymous(registry: str, tokens: TokenServer) -> None:
    tokens.allows_anonymous = True
    with client_of(f"{registry}/team/a:1", pushes=False) as client:
        assert client.tags() == ()
    assert "account" not in tokens.requests[0][1]


@pytest.mark.parametrize(
    "login", [None, RegistryAccount("", USER, "wrong-canary-7"), RegistryAccount("", "", identity_token="canary-no")]
)
def test_a_refused_sign_in(registry: str, login: RegistryAccount | None) -> None:
    with client_of(f"{registry}/team/a:1", login) as client, pytest.raises(ScoredockError) as refused:
        client.tags()
    assert refused.value.code == "registry-refused"
    assert "canary" not in f"{refused.value}{refused.value.details}"


def test_a_token_server_that_is_not_safe(tmp_path: Path) -> None:
    from scoredock.oci.registry_login import Authorizer
    from scoredock.oci.registry_settings import RegistrySettings
    from scoredock.oci.registry_transport import RegistryTransport
    from scoredock.progress import CancelToken

    class Challenge:
        status = 401
        headers: ClassVar = {"WWW-Authenticate": 'Bearer realm="http://elsewhere.example/token",service="a"'}

    with RegistryTransport(RegistrySettings(), CancelToken()) as transport:
        authorizer = Authorizer("registry.example", transport, RegistryAccount("", USER, PASSWORD))
        with pytest.raises(ScoredockError) as refused:
            authorizer.renew(Challenge(), "", ["repository:a:pull"])  # type: ignore[arg-type]
    assert refused.value.code == "registry-refused"
