"""What a client of others, oras, pulls of what was pushed here: the same files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from oras.client import OrasClient
from oras.provider import Registry as OrasRegistry

from cli.conftest import Terminal
from oci_registry.real_registry import PASSWORD, USER, accounts, real_registry

FILES = {"MLmodel": b"flavors: {}\n", "weights/a b.bin": bytes(range(256)) * 9_000, "weights/\u00e4.bin": b"x"}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("registry")
    with real_registry(folder, auth=accounts(folder)) as address:
        yield address


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory, address: str) -> Terminal:
    folder = tmp_path_factory.mktemp("models")
    for name, content in FILES.items():
        file = folder / "outputs" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    (folder / ".docker").mkdir()
    terminal = Terminal(folder / "home", folder, env={"DOCKER_CONFIG": str(folder / ".docker")})
    terminal.ok("model", "register", "outputs", "--name", "nested")
    return terminal


def client() -> OrasRegistry:
    oras = OrasClient(insecure=True, tls_verify=False, auth_backend="basic")
    oras.auth.set_basic_auth(USER, PASSWORD)
    return oras


def push(terminal: Terminal, reference: str, *words: str) -> dict[str, str]:
    login = ("--registry", reference.partition("/")[0], "--username", USER, "--password-stdin")
    done = terminal.run("model", "push", "nested:1", reference, *words, *login, "--json", stdin=PASSWORD)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def files_below(folder: Path) -> dict[str, bytes]:
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def test_an_artifact_is_pulled_file_by_file(terminal: Terminal, address: str, tmp_path: Path) -> None:
    reference = f"{address}/models/nested:artifact"
    push(terminal, reference, "--as", "artifact")
    for name in FILES:  # it makes no folders
        (tmp_path / "outputs" / name).parent.mkdir(parents=True, exist_ok=True)
    client().pull(reference, outdir=str(tmp_path))
    pulled = files_below(tmp_path)
    assert {name.removeprefix("outputs/"): content for name, content in pulled.items()} == FILES


def test_an_image_is_pulled_as_its_folder(terminal: Terminal, address: str, tmp_path: Path) -> None:
    reference = f"{address}/models/nested:image"
    pushed = push(terminal, reference)
    client().pull(f"{address}/models/nested@{pushed['digest']}", outdir=str(tmp_path))
    assert files_below(tmp_path / "models") == FILES


def test_what_oras_pushes_is_registered(
    terminal: Terminal, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, content in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    reference = f"{address}/models/theirs:1"
    monkeypatch.chdir(tmp_path)
    client().push(reference, files=[f"./{name}" for name in FILES], disable_path_validation=True)
    login = ("--registry", address, "--username", USER, "--password-stdin")
    done = terminal.run("model", "register", "theirs", "--from", f"oci://{reference}", *login, "--json", stdin=PASSWORD)
    assert done.returncode == 0, done.stderr
    terminal.ok("model", "download", "theirs:1", "--target-dir", str(tmp_path / "back"))
    back = {Path(name).name: content for name, content in FILES.items()}  # it keeps the last part of a path
    assert files_below(tmp_path / "back") == back
