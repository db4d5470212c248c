"""Where a daemon is looked for, in which order, and what is said when none answers."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker.errors import StreamParseError
from scoredock.containers import connection
from scoredock.containers.connection import DockerSettings, connect, reachable, require_local
from scoredock.containers.endpoints import candidates
from scoredock.containers.failures import docker_errors, refused
from scoredock.errors import ScoredockError

from pace import within


def context(home: Path, name: str, host: str) -> None:
    folder = home / ".docker" / "contexts" / "meta" / f"digest-of-{name}"
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text(json.dumps({"Name": name, "Endpoints": {"docker": {"Host": host}}}))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_the_context_in_use_comes_first_and_podman_last(home: Path) -> None:
    context(home, "alpha", "tcp://127.0.0.1:2375")
    context(home, "desktop-linux", f"unix://{home}/.docker/desktop/docker.sock")
    (home / ".docker" / "config.json").write_text('{"currentContext": "desktop-linux"}')
    found = candidates("", {"XDG_RUNTIME_DIR": "/run/user/7"}, home)
    assert found[0].name == "context desktop-linux"
    addresses = [each.address for each in found]
    assert addresses[1] == "unix:///var/run/docker.sock"
    assert addresses.index("unix:///run/user/7/docker.sock") < addresses.index("tcp://127.0.0.1:2375")
    assert "podman" in addresses[-1]
    assert len(addresses) == len(set(addresses))


def test_docker_context_goes_before_the_one_of_the_configuration(home: Path) -> None:
    context(home, "alpha", "tcp://127.0.0.1:2375")
    context(home, "beta", "tcp://127.0.0.1:2376")
    (home / ".docker" / "config.json").write_text('{"currentContext": "alpha"}')
    assert candidates("", {"DOCKER_CONTEXT": "beta"}, home)[0].name == "context beta"


def test_an_address_that_is_named_is_the_only_one(home: Path) -> None:
    assert [each.address for each in candidates("/tmp/my.sock", {}, home)] == ["unix:///tmp/my.sock"]
    assert [each.address for each in candidates("10.0.0.1:2375", {}, home)] == ["tcp://10.0.0.1:2375"]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"currentContext": 7}', "\x00", "[" * 100_000])
def test_odd_files_of_docker_are_passed_over(home: Path, text: str) -> None:
    folder = home / ".docker" / "contexts" / "meta" / "odd"
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text(text)
    (home / ".docker" / "config.json").write_text(text)
    assert candidates("", {}, home)[0].address == "unix:///var/run/docker.sock"


@pytest.mark.parametrize(
    ("host", "code", "word"),
    [
        ("unix:///nowhere/docker.sock", "docker-unavailable", "/nowhere/docker.sock"),
        ("tcp://127.0.0.1:9", "docker-unavailable", "refused"),
        ("gopher://x", "docker-host-unsupported", "gopher://x"),
    ],
)
def test_what_cannot_be_reached_is_said_with_its_address(host: str, code: str, word: str) -> None:
    with pytest.raises(ScoredockError) as away:
        connect(DockerSettings(host))
    assert away.value.code == code
    assert word in away.value.message
    assert "scoredock.docker.host" in away.value.fix
    assert "DOCKER_HOST" in away.value.fix
    assert reachable(DockerSettings(host))[0] is None


@pytest.fixture
def silent_daemon(tmp_path: Path) -> Iterator[str]:
    """Takes connections and says nothing."""
    path = f"/tmp/sd-silent-{os.getpid()}.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        yield f"unix://{path}"
    Path(path).unlink()


def test_a_daemon_that_hangs_is_given_up_soon(silent_daemon: str) -> None:
    begun = time.monotonic()
    docker, why, fix = reachable(DockerSettings(silent_daemon))
    assert docker is None
    assert within(time.monotonic() - begun, 10)
    assert "timed out" in why
    assert fix


def test_a_remote_daemon_is_for_images_only() -> None:
    remote = connection.Docker("tcp://build.example:2376", "Docker", None, None)  # type: ignore[arg-type]
    with pytest.raises(ScoredockError) as refusal:
        require_local(remote)
    assert refusal.value.code == "docker-host-unsupported"
    require_local(connection.Docker("tcp://127.0.0.1:2375", "Docker", None, None))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("write /var/lib/docker/x: no space left on device", "disk-full"),
        ("driver failed: Bind for 127.0.0.1:80 failed: port is already allocated", "port-in-use"),
        ("exec user process caused: exec format error", "image-platform"),
        ("No such image: nobody/nothing:latest", "image-missing"),
        ("something else", "docker-failed"),
    ],
)
def test_what_a_daemon_says_gets_its_code(said: str, code: str) -> None:
    error = refused("start the container", said)
    assert error.code == code
    assert said in error.message


def test_one_connection_is_shared_by_threads() -> None:
    import docker_daemon

    host = docker_daemon.docker_host()
    met = []
    threads = [threading.Thread(target=lambda: met.append(connect(DockerSettings(host)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(each) for each in met}) == 1
    assert met[0].described.startswith(("Docker ", "Podman "))


def test_an_answer_that_breaks_off_is_a_daemon_that_went_away() -> None:
    with pytest.raises(ScoredockError, match="broke off") as raised, docker_errors("follow what happens"):
        raise StreamParseError(ValueError("half a word"))
    assert raised.value.code == "docker-unavailable"
