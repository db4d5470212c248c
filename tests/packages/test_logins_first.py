"""Logins of registries: looked at before anything is made, and given once. What a base is called changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.conftest import Terminal
from oci_registry.real_registry import PASSWORD, USER, accounts, real_registry

from .test_without_docker import base, package, terminal, words  # noqa: F401 (fixtures)

LOGIN = ("--username", USER, "--password-stdin")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("guarded")


@pytest.fixture(scope="module")
def guarded(data: Path) -> Iterator[str]:
    """The address of a registry that lets one account in."""
    with real_registry(data, auth=accounts(data)) as address:
        yield address


def test_a_login_is_looked_at_before_anything_is_made_and_is_for_the_registry_of_the_push(
    terminal: Terminal,  # noqa: F811
    base: Path,  # noqa: F811
    guarded: str,
    data: Path,
    tmp_path: Path,
) -> None:
    reference = f"{guarded}/team/prices:1"
    create = words(base, "--push", reference)
    for login, password in (((), None), (LOGIN, "wrong\n")):
        refused = terminal.run(*create, *login, stdin=password)
        assert refused.returncode == 1
        assert "[registry-refused]" in refused.stderr
        assert not any(step in refused.stderr for step in ("Resolving", "Writing", "Adding")), refused.stderr
    made = terminal.run(*create, *LOGIN, "--json", stdin=f"{PASSWORD}\n")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["pushed"].startswith(f"{reference}@sha256:")
    assert list(data.rglob("_uploads/*/startedat")) == [], "the upload that asked is taken back"
    # Another machine without Docker saves it, by the same login.
    other = Terminal(tmp_path / "home", tmp_path, env={"DOCKER_HOST": f"unix://{tmp_path}/none.sock"})
    archive = tmp_path / "image.tar"
    save = ("package", "save", reference, "--output-path", str(archive))
    assert other.refused(*save)["code"] == "registry-refused"
    saved = other.run(*save, *LOGIN, stdin=f"{PASSWORD}\n")
    assert saved.returncode == 0, saved.stderr
    assert archive.stat().st_size > 0


def test_equal_content_has_an_equal_digest_whatever_its_base_is_called(
    terminal: Terminal,  # noqa: F811
    base: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    with real_registry(tmp_path / "registry") as address:
        names = [f"{address}/bases/{name}:1" for name in ("own", "mirrored")]
        digests = [package(terminal, base, "--push", name)["digest"] for name in names]
        assert len(set(digests)) == 1
        create = (
            "package",
            "create",
            "--entry-script",
            "score.py",
            "--environment-file",
            "conda.yml",
            "--model",
            "factor:1",
        )
        made = [
            terminal.json(*create, "--base", name, "--to", f"oci:{tmp_path / str(number)}")["digest"]
            for number, name in enumerate(names)
        ]
    assert len(set(made)) == 1
