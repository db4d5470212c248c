"""The layers of an image, and what differs between two, by mouse."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from desks import SHOTS
from docker_daemon import base_image, docker
from oci_registry.real_registry import real_registry
from packages.test_without_docker import NOWHERE, package, project
from workbench import until_contains

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


@pytest.mark.long("tests/packages compares images at the gate")
@pytest.mark.docker
@pytest.mark.timeout(600)
def test_layers_are_shown_and_two_images_compared(open_desk: Callable[..., Desk], tmp_path: Path, address: str) -> None:
    folder = tmp_path / "echo"
    folder.mkdir()
    script = folder / "score.py"
    script.write_text(SCRIPT)
    env = {"SCOREDOCK_BASE_IMAGE": f"{address}/bases/python:1", **NOWHERE}
    desk = open_desk(folder, env=env, settings={"scoredock.docker.host": NOWHERE["DOCKER_HOST"]})
    window, side = desk.window, desk.window.side
    side.show("Scoredock")
    packed = ("package", "create", "--entry-script", str(script), "--image", "--image-name", "echo", "--il")
    desk.scoredock(*packed, "1")
    script.write_text(SCRIPT.replace("return data", "return [data, data]"))
    desk.scoredock(*packed, "2")

    for view in ("Models", "Services", "Workspaces"):
        side.fold_pane(view)
    side.open_pane("Environments")
    side.expand("Environments", "Images")
    side.row("Environments", "echo").click()
    shown = window.webview("echo:2")
    until_contains(lambda: shown.locator("body").inner_text(), "Scoring runtime", timeout=60)
    assert "Base, 5 layers" in shown.locator("body").inner_text(), "one row for the base, which is an image of ours"
    shown.get_by_role("link", name="echo:1").first.wait_for()
    desk.picture("image-layers")

    side.choose("Environments", "echo", "Compare with Another Image…")
    window.quick.wait("Compare echo:2 with")
    window.quick.accept()
    shown = window.webview("echo:1 and echo:2")
    until_contains(lambda: shown.locator("body").inner_text(), "0 added, 0 removed, 2 changed", timeout=60)
    desk.picture("image-comparison")
    shown.get_by_role("link", name="/var/azureml-app/score.py").click()
    window.page.locator(".part.editor .monaco-diff-editor").first.wait_for()
    after = window.page.locator(".part.editor .monaco-diff-editor .modified-in-monaco-diff-editor .view-lines").first
    until_contains(lambda: after.inner_text().replace("\xa0", " "), "return [data, data]")
    desk.picture("image-file-difference")

    # Pushed once, the place is proposed for the next one.
    desk.scoredock("package", "push", "echo:1", "--to", f"{address}/team/echo:1")
    desk.scoredock("package", "push", "echo:1", "--to", f"{address}/others/echo:1")
    side.choose("Environments", "echo", "Save, Push or Export Image…")
    window.quick.pick("Push")
    window.quick.wait("Push echo:2")
    until_contains(window.quick.texts, f"{address}/others/echo:2")
    if os.environ.get("SCOREDOCK_SHOTS"):
        window.screenshot(SHOTS / "gallery" / "image-push-proposals-dark.png")
    window.quick.pick(f"{address}/team/echo:2")
    window.notices.wait(f"Pushed {address}/team/echo:2", timeout=60)
    side.wait_row("Environments", "echo", f"pushed to {address}/team/echo:2")
