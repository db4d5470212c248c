"""A base image from a registry with a password: user name as an argument, password from standard input, for each verb
that pulls."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

import docker_daemon
from cli.conftest import SCRIPT, Terminal
from private_registry import PrivateRegistry, private_registry


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateRegistry]:
    docker_daemon.docker_host()
    with private_registry(tmp_path_factory.mktemp("registry")) as made:
        yield made


@pytest.mark.docker
@pytest.mark.parametrize(
    "words",
    [
        ("service", "deploy", "svc-one", "--entry-script", "score.py", "--engine", "docker"),
        ("package", "create", "--es", "score.py", "--image"),
        ("image", "create", "--name", "adder", "--execution-script", "score.py"),
    ],
    ids=" ".join,
)
def test_who_signs_in_reaches_the_registry(
    words: tuple[str, ...], terminal: Terminal, registry: PrivateRegistry
) -> None:
    (terminal.folder / "score.py").write_text(SCRIPT)
    # The registry does not hold it: only who is let in learns that.
    terminal.env["SCOREDOCK_BASE_IMAGE"] = f"{registry.address}/team/none:1"
    login = ("--registry", registry.address, "--username", registry.user, "--password-stdin", "--json")
    told = {
        password: json.loads(terminal.run(*words, *login, stdin=f"{password}\n").stderr)["error"]
        for password in (f"{registry.password}-wrong", registry.password)
    }
    assert [error["code"] for error in told.values()] == ["registry-refused", "image-pull-failed"]
    assert registry.password not in str(list(told.values()))
    assert terminal.refused(*words)["code"] == "registry-refused"
    kept = [path for path in terminal.home.rglob("*") if path.is_file()]
    assert [path for path in kept if registry.password.encode() in path.read_bytes()] == []
    for service in terminal.json("service", "list")["services"]:
        terminal.ok("service", "delete", service["name"])


def test_half_an_account_is_refused(terminal: Terminal) -> None:
    words = ("service", "update", "svc-one")
    assert "need --username" in terminal.run(*words, "--password-stdin").stderr
    assert "needs --registry" in terminal.run(*words, "--username", "me").stderr
