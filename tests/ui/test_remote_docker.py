"""The Docker of another machine by mouse: attached over TLS, deployed to, called, deleted, detached."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

import docker_daemon
from desks import take_picture
from packages.test_without_docker import CONDA, SCRIPT
from remote_host import RemoteHost, remote_host
from ui.test_cluster_services import delete, send
from workbench.wait import STRETCH

if TYPE_CHECKING:
    from pathlib import Path

    from desks import Desk

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600 * STRETCH)]
VIEW, NAME = "Workspaces", "prices"
INFERENCE = {"entryScript": "score.py", "runtime": "python", "condaFile": "conda.yml"}


@pytest.fixture(scope="module")
def host() -> Iterator[RemoteHost]:
    with remote_host() as made:
        docker_daemon.carried_base(made.docker())
        yield made


@pytest.fixture
def desk(open_desk: Callable[..., Desk], host: RemoteHost, tmp_path: Path) -> Desk:
    folder = tmp_path / "project"
    folder.mkdir()
    for name, text in (
        ("score.py", SCRIPT),
        ("conda.yml", CONDA),
        ("factor.txt", "10"),
        ("inferenceconfig.json", json.dumps(INFERENCE)),
    ):
        (folder / name).write_text(text)
    certificates = tmp_path / "certificates"
    certificates.mkdir()
    place = host.place
    for name, source in (("ca.pem", place.tls_ca), ("cert.pem", place.tls_cert), ("key.pem", place.tls_key)):
        shutil.copy(source, certificates / name)
    env = {"SCOREDOCK_BASE_IMAGE": docker_daemon.BASE, "DOCKER_HOST": "tcp://127.0.0.1:9"}
    desk = open_desk(folder, env=env, settings={"scoredock.deploy.opens": "log"})
    desk.scoredock("model", "register", "factor.txt", "--name", "factor")
    return desk


def test_a_service_on_another_machine_by_mouse(desk: Desk, host: RemoteHost) -> None:
    window = desk.window
    side, quick = window.side, window.quick
    side.show("Scoredock")
    side.open_pane(VIEW)
    side.expand(VIEW, "Compute")
    side.press_inline(VIEW, "Compute", "Attach Compute…")
    quick.wait("Attach Compute")
    if os.environ.get("SCOREDOCK_SHOTS"):
        take_picture(window, "remote-docker-attach")
    quick.pick("Docker on Another Machine…")
    quick.answer(host.place.address)
    quick.answer(str(desk.folder.parent / "certificates"))
    quick.answer("gpu")
    window.notices.wait("gpu has all that services need.")
    window.notices.clear()
    side.wait_row(VIEW, "gpu", host.address)
    assert "Version: Docker " in side.tooltip(VIEW, "gpu", "Address: tcp://")
    desk.picture("remote-docker-compute")

    window.editor.open("score.py")
    window.editor.press_lens("Deploy")
    quick.change("Where It Runs")
    quick.wait("Where it runs")
    quick.pick("gpu")
    quick.change("Name of the Service")
    quick.wait("Name of the service")
    quick.answer(NAME)
    quick.go_on()
    side.show("Scoredock")
    row = side.wait_row("Services", NAME, "Healthy", timeout=120)
    assert "Docker on another machine · gpu" in row.description
    desk.picture("remote-docker-service")
    side.press_inline("Services", NAME, "Send Request")
    send(window.webview("Send"), "30")
    delete(window)
    side.choose(VIEW, "gpu", "Detach…")
    window.notices.dialog("Detach")
    side.wait_gone(VIEW, "gpu")
