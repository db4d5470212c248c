"""An image without Docker, by mouse: into a registry and into a file."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from desks import SHOTS
from docker_daemon import base_image, docker
from oci_registry.real_registry import real_registry
from packages.test_without_docker import NOWHERE, package, project
from workbench.wait import until

if TYPE_CHECKING:
    from desks import Desk

SCRIPT = "def init():\n    pass\n\n\ndef run(data):\n    return data\n"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry that has a base image."""
    folder = tmp_path_factory.mktemp("registry")
    with real_registry(folder / "registry") as address:
        file = folder / "base.tar"
        with file.open("wb") as stream:
            for piece in docker().patient.get_image(base_image()):
                stream.write(piece)
        package(project(folder / "maker"), file, "--push", f"{address}/bases/python:1")
        yield address


@pytest.mark.long("tests/packages has the same by commands")
@pytest.mark.docker
@pytest.mark.timeout(600)
def test_a_script_is_pushed_and_written_to_a_file(open_desk: Callable[..., Desk], tmp_path: Path, address: str) -> None:
    folder = tmp_path / "echo"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    (folder / ".env").write_text("TOKEN=canary-1209")
    (folder / "inferenceconfig.json").write_text('{"entryScript": "score.py", "sourceDirectory": "."}')
    settings = {
        "scoredock.docker.baseImage": f"{address}/bases/python:1",
        "scoredock.docker.host": NOWHERE["DOCKER_HOST"],
    }
    desk = open_desk(folder, settings=settings)
    window = desk.window
    window.editor.open("score.py")
    window.quick.do("Service", "", "Package without Deploying…")
    window.quick.wait("Models to include")
    window.quick.press_ok()
    window.quick.wait("Package as")
    if os.environ.get("SCOREDOCK_SHOTS"):
        window.screenshot(SHOTS / "gallery" / "package-as-dark.png")
    window.quick.pick("Push to a Registry")
    window.quick.wait("Image in the registry")
    window.quick.answer(f"{address}/team/echo:1")
    told = window.notices.wait(f"Pushed {address}/team/echo:1", timeout=120)
    assert "because it may contain secrets: .env" in told
    assert "the registry had 0 B" not in told, "the base is taken over from its own repository"
    desk.picture("package-pushed")
    request = urllib.request.Request(f"http://{address}/v2/team/echo/manifests/1")
    request.add_header("Accept", "application/vnd.oci.image.manifest.v1+json")
    assert len(json.loads(urllib.request.urlopen(request).read())["layers"]) > 3
    window.notices.clear()

    window.editor.open("score.py")
    window.quick.do("Service", "", "Package without Deploying…")
    window.quick.wait("Models to include")
    window.quick.press_ok()
    window.quick.wait("Package as")
    window.quick.pick("Image File")
    window.quick.wait("Name of the image")
    window.quick.accept()
    window.quick.wait("Label of the image")
    window.quick.answer("1")
    window.quick.wait("File for the Image of")
    window.quick.choose_path(str(folder / "echo.tar"), proposed="echo.tar")
    window.notices.wait("Wrote the image package:1", timeout=120)
    assert (folder / "echo.tar").stat().st_size > 100_000_000


@pytest.mark.long("tests/packages has the same by commands")
@pytest.mark.docker
@pytest.mark.timeout(600)
def test_a_ready_image_is_kept_and_pushed_from_its_row(
    open_desk: Callable[..., Desk], tmp_path: Path, address: str
) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    settings = {
        "scoredock.docker.baseImage": f"{address}/bases/python:1",
        "scoredock.docker.host": NOWHERE["DOCKER_HOST"],
    }
    desk = open_desk(folder, settings=settings)
    window = desk.window
    window.editor.open("score.py")
    window.quick.do("Service", "", "Package without Deploying…")
    window.quick.wait("Models to include")
    window.quick.press_ok()
    window.quick.wait("Package as")
    window.quick.pick("Ready Image")
    window.quick.wait("Name of the image")
    window.quick.accept()
    window.quick.wait("Label of the image")
    window.quick.answer("1")
    window.notices.wait("It is kept in the workspace", timeout=120)
    desk.picture("image-kept")
    window.notices.press("It is kept in the workspace", "Push")
    window.quick.wait("Image in the registry")
    window.quick.answer(f"{address}/team/kept:1")
    window.notices.wait(f"Pushed {address}/team/kept:1. Sent", timeout=120)
    window.side.show("Scoredock")
    for pane in ("Models", "Services"):
        window.side.fold_pane(pane)
    window.side.expand("Environments", "Images")
    row = window.side.wait_row("Environments", "package:1", "pushed to", timeout=60)
    desk.picture("image-pushed-row")
    assert row.text.startswith(f"package:1 pushed to {address}/team/kept:1 · ")

    window.notices.press(f"Pushed {address}/team/kept:1. Sent", "Export…")
    window.quick.wait("Export package:1")
    window.quick.pick("Kubernetes")
    window.quick.choose_path(str(folder / "kubernetes.yaml"), proposed="kubernetes.yaml")
    until(lambda: "kubernetes.yaml" in window.editor.tabs(), "the tab of the file")
    desk.picture("image-exported")
    documents = list(yaml.safe_load_all((folder / "kubernetes.yaml").read_text()))
    assert [each["kind"] for each in documents] == ["Deployment", "Service"]
    image = documents[0]["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image.startswith(f"{address}/team/kept@sha256:")
