"""Images where no Docker answers, through every door: kept in the workspace, saved, pushed, exported, deleted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.conftest import Terminal
from docker_daemon import base_image, docker, missing
from oci_registry.real_registry import real_registry
from packages.test_without_docker import answered, base, package, project

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
    made: dict[str, Any] = terminal.json(
        "package", "create", *DEPLOY, "--dc", "deployment.json", "--image", "--il", "1"
    )
    return made


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
    assert (moved["image"], moved["digest"]) == (reference, digest)
    assert moved["sentBytes"] > 0
    assert "sent 0 B; the registry had" in terminal.ok("package", "push", "package:1", "--to", reference)
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


def test_an_export_for_a_cluster_says_what_the_configuration_did(
    terminal: Terminal, address: str, tmp_path: Path
) -> None:
    (terminal.folder / "aks.json").write_text(
        json.dumps(
            {
                "computeType": "aks",
                "authEnabled": True,
                "numReplicas": 2,
                "containerResourceRequirements": {"cpu": 0.25, "memoryInGB": 0.5},
                "scoringTimeoutMs": 90_000,
            }
        )
    )
    where = ("--push", f"{address}/team/scaled:1")
    made = terminal.json("package", "create", *DEPLOY, "--deploy-config-file", "aks.json", *where)
    file = tmp_path / "kubernetes.yaml"
    written = terminal.json(
        *("package", "export", "kubernetes", made["record"], "-o", str(file), "--namespace", "team"),
        *("--cpu", "0.5", "--pull-secret", "login"),
    )
    assert written["fillIn"] == ["scaled-keys", "login"]
    assert written["image"] == f"{address}/team/scaled@{made['digest']}"
    deployment = next(each for each in yaml.safe_load_all(file.read_text()) if each["kind"] == "Deployment")
    pod = deployment["spec"]["template"]["spec"]
    assert (deployment["spec"]["replicas"], deployment["metadata"]["namespace"]) == (2, "team")
    assert (pod["terminationGracePeriodSeconds"], pod["imagePullSecrets"]) == (100, [{"name": "login"}])
    container = pod["containers"][0]
    assert (container["image"], container["resources"]) == (
        written["image"],
        {"requests": {"cpu": "500m", "memory": "512Mi"}},
    )


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
    assert (
        terminal.refused("package", "save", "package:1", "-o", str(tmp_path / "a.tar"))["code"] == "docker-unavailable"
    )
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


SDK = """
from azureml.core import Environment, Model, Workspace
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.image import ContainerImage, Image
from azureml.core.model import InferenceConfig
from azureml.exceptions import WebserviceException

ws = Workspace.from_config("config.json")
model = Model.register(ws, model_path="factor.txt", model_name="factor")
environment = Environment("plain")
environment.python.conda_dependencies = CondaDependencies("conda.yml")
config = InferenceConfig(entry_script="score.py", environment=environment)
package = Model.package(ws, [model], config, image_name="scripted", image_label="1")
package.wait_for_creation(show_output=True)
print(package.serialize())
try:
    package.pull()
except WebserviceException as error:
    print("PULL", " ".join(str(error).split()))
package.save("layout")
older = ContainerImage.image_configuration("score.py", "python", conda_file="conda.yml")
image = ContainerImage.create(name="older", models=[model], image_config=older, workspace=ws)
image.wait_for_creation(show_output=True)
print("IMAGE", image.id, image.creation_state, image.image_location, [each.id for each in Image.list(ws)])
"""


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory, address: str) -> Terminal:
    """A workspace for scripts, which no other test looks at."""
    terminal = project(tmp_path_factory.mktemp("scripted"), SCOREDOCK_BASE_IMAGE=f"{address}/bases/python:1")
    identity = {"subscription_id": "11111111", "resource_group": "docs", "workspace_name": "scripts"}
    (terminal.folder / "config.json").write_text(json.dumps(identity))
    return terminal


@pytest.mark.long("the same messages, which the other tests of this file send")
def test_scripts_of_the_sdk_work_where_no_docker_answers(scripted: Terminal) -> None:
    (scripted.folder / "deploy.py").write_text(SDK)
    done = scripted.run("sdk", "run", "--python", sys.executable, "deploy.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "{'generateDockerfile': False, 'state': 'Succeeded', 'location': 'scripted:1'}" in done.stdout
    (pulled,) = [line for line in done.stdout.splitlines() if line.startswith("PULL")]
    assert "none answers" in pulled
    (entry,) = json.loads((scripted.folder / "layout" / "index.json").read_text())["manifests"]
    (image,) = [line for line in done.stdout.splitlines() if line.startswith("IMAGE")]
    assert image.startswith("IMAGE older:1 Succeeded scoredock/")
    assert "'scripted:1'" in image
    record = image_of(scripted, "older:1")
    assert record["digest"].startswith("sha256:")
    assert record["digest"] != entry["digest"], "its code lies in another place"
    assert record["state"] == "Succeeded"
    log = scripted.ok("image", "logs", "older:1")
    assert "scoredock package save older:1" in log


def test_az_packages_a_model_where_no_docker_answers(scripted: Terminal) -> None:
    environment = {
        "name": "plain",
        "python": {"condaDependencies": {"dependencies": ["python=3.11", {"pip": ["six", "azureml-defaults"]}]}},
    }
    (scripted.folder / "ic.json").write_text(json.dumps({"entryScript": "score.py", "environment": environment}))
    scripted.ok("model", "register", "factor.txt", "--name", "factor")
    line = ("az", "ml", "model", "package", "-m", "factor:1", "--ic", "ic.json", "--image-name", "by-az", "--il", "7")
    done = scripted.run(*line)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"generateDockerfile": False, "state": "Succeeded", "location": "by-az:7"}
    assert "scoredock package save by-az:1" in done.stderr
    assert image_of(scripted, "by-az:1")["models"] == ["factor:1"]


def test_a_docker_that_answers_later_gets_the_image(terminal: Terminal, kept: dict[str, Any], address: str) -> None:
    made = terminal.json("package", "create", *DEPLOY, "--image", "--image-name", "loaded-later", "--il", "1")
    here = replace(terminal, env={**terminal.env, "DOCKER_HOST": docker().endpoint})
    moved = here.json("package", "pull", made["record"])
    try:
        assert moved == {"image": "loaded-later:1", "digest": made["imageId"]}
        assert answered("loaded-later:1") == 30
    finally:
        docker().api.remove_image("loaded-later:1", force=True)


@pytest.mark.long("one that was made without Docker is pushed and exported at the gate")
def test_an_image_of_docker_is_pushed_elsewhere_and_its_record_says_so(terminal: Terminal, address: str) -> None:
    here = replace(terminal, env={**terminal.env, "DOCKER_HOST": docker().endpoint})
    reference = f"{address}/moved/base:1"
    docker().api.tag(base_image(), "pushed-elsewhere", "1")
    try:
        here.ok("image", "register", "elsewhere", "pushed-elsewhere:1")
        moved = here.json("package", "push", "elsewhere:1", "--to", reference)
        assert moved["sentBytes"] is None  # Docker sent it
        assert inspected(reference)["Digest"] == moved["digest"]
        (push,) = image_of(here, "elsewhere:1")["pushes"]
        assert (push["reference"], push["digest"]) == (reference, moved["digest"])
        # Without Docker the registry still has it.
        assert terminal.json("package", "registry", "elsewhere:1")["address"] == address
    finally:
        for name in ("pushed-elsewhere:1", reference):
            docker().api.remove_image(name)


def test_unused_files_go_and_what_is_kept_stays(terminal: Terminal, kept: dict[str, Any], tmp_path: Path) -> None:
    (content,) = (path for path in (terminal.home / "workspaces").glob("*/images/content/blobs/sha256"))
    stray = content / ("0" * 64)
    stray.write_bytes(b"a layer that nobody has anymore")
    terminal.ok("workspace", "gc")
    assert stray.exists(), "somebody may be about to use it"
    terminal.ok("workspace", "gc", "--grace", "0")
    assert not stray.exists()
    terminal.ok("package", "save", kept["record"], "--output-path", str(tmp_path / "kept.tar"))
    assert (tmp_path / "kept.tar").stat().st_size > 1_000_000


def test_what_is_kept_stays_for_years_whatever_is_made_meanwhile(
    terminal: Terminal, base: Path, kept: dict[str, Any], tmp_path: Path
) -> None:
    (content,) = (terminal.home / "workspaces").glob("*/images/content/blobs/sha256")
    stray = content / ("1" * 64)
    for make in (
        lambda: package(terminal, base, "--to", f"archive:{tmp_path / 'other.tar'}"),
        lambda: terminal.ok("model", "push", "factor:1", "--to", f"oci:{tmp_path / 'model'}"),
    ):
        stray.write_bytes(b"a layer that nobody has anymore")
        years_ago = time.time() - 3 * 365 * 86_400
        for blob in content.iterdir():
            os.utime(blob, (years_ago, years_ago))
        make()
        assert not stray.exists(), "what nobody has goes"
    terminal.ok("package", "save", kept["record"], "--output-path", str(tmp_path / "kept.tar"))
