"""Images where no Docker answers, through every door: kept in the workspace, saved, pushed, exported, deleted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.conftest import Terminal
from docker_daemon import docker, missing
from oci_registry.real_registry import real_registry
from packages.test_without_docker import SCRIPT, answered, base, package, project

__all__ = ["base"]

DEPLOY = ("--entry-script", "score.py", "--environment-file", "conda.yml", "--model", "factor:1")
HINTS = {"computeType": "ACI", "containerResourceRequirements": {"cpu": 0.5, "memoryInGB": 1.5}, "authEnabled": True}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, base: Path) -> Iterator[str]:
    """A registry that has a base image, as bases of environments come from registries."""
    folder = tmp_path_factory.mktemp("registry")
    with real_registry(folder / "registry") as address:
        package(project(folder / "maker"), base, "--push", f"{address}/bases/python:1")
        yield address


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory, address: str) -> Terminal:
    terminal = project(tmp_path_factory.mktemp("kept"), SCOREDOCK_BASE_IMAGE=f"{address}/bases/python:1")
    (terminal.folder / "deployment.json").write_text(json.dumps(HINTS))
    return terminal


@pytest.fixture(scope="module")
def kept(terminal: Terminal) -> dict[str, Any]:
    """A ready image, made where no Docker answers."""
    return terminal.json("package", "create", *DEPLOY, "--dc", "deployment.json", "--image", "--il", "1")  # type: ignore[no-any-return]


def image_of(terminal: Terminal, id: str) -> dict[str, Any]:
    (image,) = [each for each in terminal.json("image", "list")["images"] if each["asset"]["id"] == id]
    return image  # type: ignore[no-any-return]


def in_docker(*words: str) -> None:
    subprocess.run(["docker", *words], env={**os.environ, "DOCKER_HOST": docker().endpoint}, check=True)


def inspected(reference: str) -> dict[str, Any]:
    """What skopeo says of an image in a registry."""
    try:
        words = ["skopeo", "inspect", "--tls-verify=false", f"docker://{reference}"]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
    except FileNotFoundError:
        missing("skopeo")
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def test_a_ready_image_is_kept_in_the_workspace(terminal: Terminal, kept: dict[str, Any]) -> None:
    assert kept["record"] == "package:1"
    assert any("scoredock package save package:1" in note for note in kept["notes"])
    image = image_of(terminal, "package:1")
    assert image["location"] == kept["image"] == "package:1"
    assert image["digest"].startswith("sha256:")
    assert image["models"] == ["factor:1"]
    assert image["size"] > 10_000_000
    assert image["pushes"] == []


def test_it_is_saved_and_runs(terminal: Terminal, kept: dict[str, Any], tmp_path: Path) -> None:
    saved = terminal.json("package", "save", "package:1", "-o", str(tmp_path / "image.tar"))
    assert saved["size"] == (tmp_path / "image.tar").stat().st_size
    in_docker("load", "--quiet", "--input", saved["path"])
    try:
        assert docker().api.inspect_image("package:1")["Id"] == kept["imageId"]
    finally:
        docker().api.remove_image("package:1", force=True)
    layout = tmp_path / "layout"
    layout.mkdir()
    into_folder = terminal.json("package", "save", "package:1", "-o", str(layout))
    assert into_folder["load"][:2] == ["skopeo", "copy"]
    (entry,) = json.loads((layout / "index.json").read_text())["manifests"]
    assert entry["digest"] == image_of(terminal, "package:1")["digest"]


def test_it_is_pushed_and_exported_by_its_digest(
    terminal: Terminal, kept: dict[str, Any], address: str, tmp_path: Path
) -> None:
    not_pushed = terminal.refused("package", "export", "iot-edge", "package:1", "-o", str(tmp_path / "early.json"))
    assert (not_pushed["code"], "--push" in not_pushed["fix"]) == ("package-export-invalid", True)
    nowhere = terminal.refused("package", "push", "package:1")
    assert (nowhere["code"], "--to" in nowhere["fix"]) == ("package-name-invalid", True)

    reference = f"{address}/team/prices:1"
    moved = terminal.json("package", "push", "package:1", "--to", reference)
    digest = image_of(terminal, "package:1")["digest"]
    assert moved == {"image": reference, "digest": digest}
    (push,) = image_of(terminal, "package:1")["pushes"]
    assert (push["reference"], push["digest"]) == (reference, digest)
    assert terminal.json("package", "registry", "package:1")["address"] == address

    pinned = f"{address}/team/prices@{digest}"
    for image in ("package:1", reference, pinned):  # whatever it is called
        made = terminal.json("package", "export", "iot-edge", image, "-o", str(tmp_path / "edge.json"))
        assert made["image"] == pinned
        content = json.loads((tmp_path / "edge.json").read_text())["modulesContent"]
        agent = content["$edgeAgent"]["properties.desired"]
        assert agent["modules"]["prices"]["settings"]["image"] == pinned
        assert agent["modules"]["prices"]["env"]["SCOREDOCK_KEY_DIGESTS"] == {"value": "$SCOREDOCK_KEY_DIGESTS"}
        (account,) = agent["runtime"]["settings"]["registryCredentials"].values()
        assert account == {
            "username": "$CONTAINER_REGISTRY_USERNAME_127",
            "password": "$CONTAINER_REGISTRY_PASSWORD_127",
            "address": address,
        }
        (tmp_path / "edge.json").unlink()
    found = inspected(pinned)
    assert found["Digest"] == digest


def test_an_export_pushes_by_itself(terminal: Terminal, kept: dict[str, Any], address: str, tmp_path: Path) -> None:
    file = tmp_path / "group.yaml"
    made = terminal.json(
        *("package", "export", "container-instances", "package:1"),
        *("-o", str(file), "--push", f"{address}/other/prices:2"),
    )
    properties = yaml.safe_load(file.read_text())["properties"]
    container = properties["containers"][0]["properties"]
    assert container["image"] == made["image"]
    assert container["image"].startswith(f"{address}/other/prices@sha256:")
    assert container["resources"]["requests"] == {"cpu": 0.5, "memoryInGB": 1.5}, "of the deployment configuration"
    assert properties["imageRegistryCredentials"][0]["password"] == "<fill in>"
    assert inspected(made["image"])["Digest"] == made["image"].partition("@")[2]
    assert f"{address}/other/prices:2" in [each["reference"] for each in image_of(terminal, "package:1")["pushes"]]


def test_what_went_straight_to_a_registry_is_recorded_once(terminal: Terminal, address: str, tmp_path: Path) -> None:
    first = terminal.json("package", "create", *DEPLOY, "--push", f"{address}/team/straight:1")
    again = terminal.json("package", "create", *DEPLOY, "--push", f"{address}/team/straight:2")
    assert first["record"] == again["record"] == "straight:1"
    image = image_of(terminal, "straight:1")
    assert [each["reference"] for each in image["pushes"]] == [f"{address}/team/straight:{tag}" for tag in (2, 1)]
    assert {each["digest"] for each in image["pushes"]} == {image["digest"]}
    listed = terminal.ok("image", "list")
    assert f"{address}/team/straight:2" in listed
    assert f"{address}/team/straight:1" in terminal.ok("image", "configuration", "straight:1")
    # It is not kept here: its base comes from the registry that has it.
    saved = terminal.json("package", "save", "straight:1", "-o", str(tmp_path / "straight.tar"))
    with tarfile.open(saved["path"]) as archive:
        names = json.loads(archive.extractfile("manifest.json").read())[0]["RepoTags"]  # type: ignore[union-attr]
    assert names == [f"{address}/team/straight:1"]


def test_an_image_of_a_registry_is_saved_without_docker(terminal: Terminal, address: str, tmp_path: Path) -> None:
    saved = terminal.json("package", "save", f"{address}/bases/python:1", "-o", str(tmp_path / "base.tar"))
    assert saved["size"] > 10_000_000


def test_what_only_docker_can_do_says_what_does_the_same(terminal: Terminal, kept: dict[str, Any]) -> None:
    error = terminal.refused("package", "pull", "package:1")
    assert error["code"] == "docker-unavailable"
    assert "scoredock package save package:1" in error["fix"]


def test_a_deleted_image_comes_back(terminal: Terminal, kept: dict[str, Any], tmp_path: Path) -> None:
    terminal.ok("image", "delete", "package:1")
    assert terminal.refused("package", "save", "package:1", "-o", str(tmp_path / "a.tar"))["code"] == "docker-unavailable"
    terminal.ok("image", "restore", "package:1")
    assert terminal.json("package", "save", "package:1", "-o", str(tmp_path / "b.tar"))["size"] > 10_000_000


def test_what_was_written_to_a_file_is_recorded_with_its_place(terminal: Terminal, tmp_path: Path) -> None:
    target = tmp_path / "file.tar"
    made = terminal.json("package", "create", *DEPLOY, "--to", f"archive:{target}", "--image-name", "filed")
    saved = terminal.json("package", "save", made["record"], "-o", str(tmp_path / "again.tar"))
    assert saved["size"] == target.stat().st_size
    target.unlink()
    error = terminal.refused("package", "save", made["record"], "-o", str(tmp_path / "third.tar"))
    assert (error["code"], "Package it again" in error["fix"]) == ("image-missing", True)
