"""`scoredock environment build|show|lock|logs|remove|clean` and `scoredock docker show`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import docker_daemon
from cli.conftest import Terminal

CONDA = "name: small\ndependencies:\n  - python>=3.9\n  - pip:\n      - six==1.16.0\n"


@pytest.fixture
def small(terminal: Terminal) -> Terminal:
    (terminal.folder / "conda.yml").write_text(CONDA)
    terminal.ok("environment", "register", "conda.yml")
    return terminal


def test_an_environment_from_wish_to_removal(small: Terminal) -> None:
    head, row = small.ok("environment", "list").splitlines()
    assert head.split() == ["ENVIRONMENT", "STATE", "HOLDS", "USED", "BY", "KEY"]
    assert "not built" in row
    assert "not built yet" in small.ok("environment", "logs", "small")

    built = small.json("environment", "build", "small")
    (form,) = built["builds"]
    assert (built["id"], form["form"], form["state"]) == ("small:1", "process", "Ready")
    log = small.ok("environment", "logs", "small")
    assert "Resolving the packages (1)" in log
    assert "built small:1" in small.ok("environment", "build", "small:1")
    assert small.ok("environment", "logs", "small") == log, "what is there already is not built again"

    shown = small.json("environment", "show", "small")
    assert ("six", "1.16.0", "pip") in [(each["name"], each["version"], each["source"]) for each in shown["packages"]]
    assert shown["text"] == CONDA
    assert "six==1.16.0" in small.ok("environment", "lock", "small")
    small.ok("environment", "lock", "small", "-o", "small.lock")
    assert "--hash=sha256:" in (small.folder / "small.lock").read_text()

    told = small.ok("environment", "clean", "--dry-run")
    assert "would remove 0 environments" in told, "what is registered stays"
    assert re.search(r"kept 1 environment, [\d.]+ .?B:\nKEY .*NEEDED BY\n.* small:1", told)
    assert "would remove 1 environment" in small.ok("environment", "clean", "--all", "--dry-run")
    assert [each["registered"] for each in small.json("environment", "clean", "--all")["removed"]] == [["small:1"]]
    assert "not built" in small.ok("environment", "list")
    assert small.json("environment", "list", "--built")["environments"] == []
    # As the lists of the other assets have it.
    assert [each["name"] for each in small.json("environment", "list")["assets"]] == ["small"]


@pytest.mark.long("tests/images builds again at the gate")
@pytest.mark.timeout(300)
def test_an_image_that_is_built_again_without_success_is_kept(small: Terminal) -> None:
    small.env["SCOREDOCK_BASE_IMAGE"] = docker_daemon.base_image()
    build = ("environment", "build", "small", "--image")
    (image,) = [each for each in small.json(*build)["builds"] if each["form"] == "image"]
    try:
        assert "Resolving" not in small.run(*build).stderr
        assert "Resolving" in small.run(*build, "--rebuild").stderr, "the index is asked again"
        small.env["SCOREDOCK_BASE_IMAGE"] = "127.0.0.1:9/nowhere:1"
        assert small.refused(*build, "--rebuild")["code"] == "image-pull-failed"
        (shown,) = small.json("environment", "list")["environments"]
        (failed,) = [each for each in shown["builds"] if each["form"] == "image"]
        assert (failed["state"], failed["key"]) == ("Failed", image["key"])
        assert "would remove 0 environments" in small.ok("environment", "clean", "--dry-run")
    finally:
        small.ok("environment", "remove", image["key"], "--image")


def test_a_folder_that_cannot_be_written_is_told_as_such(small: Terminal) -> None:
    (workspace,) = (small.home / "workspaces").iterdir()
    (workspace / "environments").write_text("in the way")
    error = small.refused("environment", "build", "small")
    assert error["code"] == "io-failed"
    assert "environments" in error["message"]


def left(terminal: Terminal, form: str, service: str) -> str:
    """What `clean --all` tells of the one environment that it leaves, for a service: its size."""
    told = terminal.ok("environment", "clean", "--all")
    row = rf"\w+ +{form} +(?P<size>[\d.]+ .?B) .* {service}"
    found = re.fullmatch(
        rf"removed 0 environments, 0 B\nkept 1 environment, (?P<sum>.+):\nKEY +FORM +SIZE +HOLDS +NEEDED BY\n{row}\n",
        told,
    )
    assert found is not None, told
    assert found["size"] == found["sum"]
    return found["size"]


def test_what_a_service_uses_stays_and_is_told_with_its_size(terminal: Terminal) -> None:
    terminal.ok("service", "deploy", "adder", "--entry-script", "score.py")
    assert not left(terminal, "process", "adder").startswith("0")
    (made,) = terminal.json("environment", "list")["environments"]
    (build,) = made["builds"]
    assert (made["origin"], build["usedBy"]) == ("service", ["adder"])
    cleaned = terminal.json("environment", "clean", "--all")
    assert cleaned["removed"] == []
    (kept,) = cleaned["kept"]
    assert (kept["key"], kept["neededBy"]) == (build["key"], ["adder"])
    assert kept["size"] > 0
    assert terminal.refused("environment", "remove", build["key"])["code"] == "environment-in-use"
    assert made["name"] in terminal.ok("environment", "show", build["key"]) or build["key"]
    terminal.ok("service", "delete", "adder")
    assert "1 environment" in terminal.ok("environment", "clean")
    assert terminal.refused("environment", "remove", build["key"])["code"] == "environment-not-built"


def test_what_is_equal_is_one_row_that_says_who_uses_it(terminal: Terminal) -> None:
    """The same packages and the same Python by another path: two folders on the disk, one thing for a person."""
    conda = CONDA.replace("  - python>=3.9\n", "")
    other = terminal.folder / "other-python"
    other.symlink_to(Path(sys.executable).resolve())
    (terminal.folder / "one.yml").write_text(conda)
    (terminal.folder / "two.yml").write_text(conda.replace("small", "another"))
    terminal.ok("service", "deploy", "first", "--entry-script", "score.py", "--conda-file", "one.yml")
    terminal.env["SCOREDOCK_PYTHON"] = str(other)
    terminal.ok("service", "deploy", "second", "--entry-script", "score.py", "--conda-file", "two.yml")
    (made,) = terminal.json("environment", "list")["environments"]
    assert len({build["key"] for build in made["builds"]}) == 2
    assert made["usedBy"] == ["first", "second"]
    head, row = terminal.ok("environment", "list").splitlines()
    assert re.search(r"ready · [\d.]+ [kM]B +Python .* packages? +first, second +\w{16} \w{16}$", row), head + row
    # What is registered with the same contents has them all.
    terminal.ok("environment", "register", "one.yml", "-n", "small")
    (registered,) = terminal.json("environment", "list")["environments"]
    assert (registered["id"], registered["usedBy"]) == ("small:1", ["first", "second"])
    # Other packages are another row.
    (terminal.folder / "three.yml").write_text(conda.replace("1.16.0", "1.17.0"))
    terminal.ok("service", "deploy", "third", "--entry-script", "score.py", "--conda-file", "three.yml")
    assert [each["usedBy"] for each in terminal.json("environment", "list")["environments"]] == [
        ["first", "second"],
        ["third"],
    ]
    for name in ("first", "second", "third"):
        terminal.ok("service", "delete", name)


@pytest.mark.long("what a service in a process uses stays at the gate")
@pytest.mark.docker
@pytest.mark.timeout(300)
def test_an_image_that_a_service_uses_stays_and_is_told_with_its_size(small: Terminal) -> None:
    small.env["SCOREDOCK_BASE_IMAGE"] = docker_daemon.base_image()
    try:
        small.ok("service", "deploy", "adder", "--entry-script", "score.py", "-e", "small", "--engine", "docker")
        assert not left(small, "image", "adder").startswith("0")
    finally:
        small.run("service", "delete", "adder")
        cleaned = small.json("environment", "clean", "--all")
    assert [each["form"] for each in cleaned["removed"]] == ["image"]
    docker_daemon.require_nothing_of(small.home / "workspaces" / "local")


def test_a_build_that_fails_says_why_afterwards(terminal: Terminal) -> None:
    (terminal.folder / "wrong.txt").write_text("no-such-package-anywhere==1.0\n")
    terminal.ok("environment", "register", "wrong.txt", "-n", "wrong")
    error = terminal.refused("environment", "build", "wrong")
    assert error["code"].startswith("environment-")
    (wrong,) = terminal.json("environment", "list")["environments"]
    assert wrong["builds"][0]["state"] == "Failed"
    assert wrong["builds"][0]["message"] == error["message"]
    assert terminal.run("environment", "logs", "wrong").returncode == 1


def test_curated_environments_can_be_shown(terminal: Terminal) -> None:
    shown = terminal.json("environment", "show", "azureml-minimal")
    assert (shown["environment"]["id"], shown["environment"]["origin"]) == ("AzureML-Minimal", "curated")
    for name in ("1.12-py38-cuda11.6", "1.12-py39-cuda11.6", "1.13-py38-cuda11.7"):
        shown = terminal.json("environment", "show", f"azureml-ACPT-pytorch-{name}-gpu")
        assert shown["environment"]["id"] == f"AzureML-ACPT-pytorch-{name}-gpu"
    inference = (f"pytorch-{release}-ubuntu18.04-py37-cpu-inference" for release in ("1.9", "1.10"))
    for name in (*inference, "acpt-pytorch-2.2-cuda12.1", "sklearn-1.5", "tensorflow-2.16-cuda12"):
        assert terminal.json("environment", "show", f"AzureML-{name}")["environment"]["id"] == f"AzureML-{name}"
    assert "azureml-defaults" in shown["text"]
    assert any("Azure ML's own" in note for note in shown["notes"])


def test_pytorch_for_inference_has_torchvision_from_1_7_on(terminal: Terminal) -> None:
    """As a page of Azure's own says, which left 1.6 for 1.7 because of it."""
    for release in ("1.6", "1.7", "1.10"):
        name = f"AzureML-pytorch-{release}-ubuntu18.04-py37-cpu-inference"
        assert ("torchvision" in terminal.json("environment", "show", name)["text"]) == (release != "1.6")


def test_the_docker_in_use_is_named_or_missed(terminal: Terminal) -> None:
    docker_daemon.docker_host()
    found = terminal.json("docker", "show")
    assert found["reachable"]
    terminal.env["DOCKER_HOST"] = "unix:///nowhere/docker.sock"
    missed = terminal.run("docker", "show")
    assert missed.returncode == 1
    assert "/nowhere/docker.sock" in missed.stdout
    assert "DOCKER_HOST" in missed.stdout


def test_passwords_are_never_arguments(terminal: Terminal) -> None:
    terminal.ok("environment", "register", "--clone", "AzureML-Minimal", "-n", "own")
    words = ("environment", "build", "own", "--image")
    assert terminal.run(*words, "--password", "x").returncode == 2
    assert "need --username" in terminal.run(*words, "--password-stdin").stderr
    assert "needs --registry" in terminal.run(*words, "--username", "me").stderr
    told = terminal.run(*words, "--registry", "r.example.com", "--username", "me").stderr
    assert "--password-stdin" in told, "no terminal is there to ask"
