"""A service in a cluster by mouse: attached, deployed, watched, called, updated, rolled back, stopped, deleted."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cluster.deploying import CONFIGURATION, TARGET, surroundings
from cluster.running import Cluster
from desks import take_picture
from pace import within
from packages.test_without_docker import CONDA
from workbench import Window, until, until_equal
from workbench.tree import Row
from workbench.wait import STRETCH

if TYPE_CHECKING:
    from desks import Desk

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600 * STRETCH)]
NAME = "prices"
SCRIPT = """
import json
import os
import socket
from pathlib import Path


def init():
    global factor
    factor = int((Path(os.environ["AZUREML_MODEL_DIR"]) / "factor.txt").read_text())
    print("up on", socket.gethostname())


def run(data):
    return sum(json.loads(data)["data"]) * factor
"""


@pytest.fixture
def desk(open_desk: Callable[..., Desk], cluster: Cluster, namespace: str, tmp_path: Path) -> Desk:
    folder = tmp_path / "project"
    folder.mkdir()
    for name, text in (
        ("score.py", SCRIPT),
        ("conda.yml", CONDA),
        ("factor.txt", "10"),
        ("aks.json", json.dumps(CONFIGURATION)),
    ):
        (folder / name).write_text(text)
    variables, config = surroundings(cluster, namespace, tmp_path)
    settings = {"scoredock.deploy.opens": "log", "scoredock.services.reloadOnSave": False}
    desk = open_desk(folder, env={**variables, "KUBECONFIG": str(config)}, settings=settings)
    desk.scoredock("model", "register", "factor.txt", "--name", "factor")
    return desk


def attach(desk: Desk, cluster: Cluster, namespace: str) -> None:
    window = desk.window
    window.side.show("Scoredock")
    window.side.open_pane("Workspaces")
    window.side.expand("Workspaces", "Compute")
    window.side.press_inline("Workspaces", "Compute", "Attach Kubernetes Cluster…")
    window.quick.wait("Attach Kubernetes Cluster")
    window.quick.pick(cluster.context)
    window.quick.answer(TARGET)
    window.quick.answer(namespace)
    window.quick.answer(f"{cluster.registry}/tests/services")
    window.quick.answer("")
    assert window.quick.labels() == ["From this machine only", "At a port of each node", "By a load balancer"]
    window.quick.pick("At a port of each node")
    window.side.wait_row("Workspaces", TARGET, namespace)
    window.notices.wait(f"{TARGET} has all that services need.")
    window.notices.clear()
    for view in ("Workspaces", "Models", "Environments"):
        window.side.fold_pane(view)  # all rows below the service are on screen then


def deploy(window: Window) -> None:
    window.editor.open("score.py")
    window.editor.press_lens("Deploy")
    window.quick.change("Where It Runs")
    window.quick.wait("Where it runs")
    window.quick.pick(TARGET)
    window.quick.change("Deployment Configuration")
    window.quick.pick("aks.json")
    window.quick.change("Name of the Service")
    window.quick.wait("Name of the service")
    window.quick.answer(NAME)


def replicas(window: Window) -> list[Row]:
    """The rows of the pods, whatever is below them."""
    rows = window.side.rows("Services")
    first = next((number for number, row in enumerate(rows) if "replicas ready" in row.label), len(rows))
    if first == len(rows):
        return []
    below = []
    for row in rows[first + 1 :]:
        if row.level <= rows[first].level:
            break
        if row.level == rows[first].level + 1:
            below.append(row)
    return below


def pods(cluster: Cluster, namespace: str) -> list[str]:
    return sorted(each["metadata"]["name"] for each in cluster.get("pods", "-n", namespace)["items"])


def test_a_service_in_a_cluster_by_mouse(desk: Desk, cluster: Cluster, namespace: str) -> None:
    window = desk.window
    side = window.side
    attach(desk, cluster, namespace)
    deploy(window)
    if os.environ.get("SCOREDOCK_SHOTS"):
        take_picture(window, "kubernetes-deploy")  # the command for the other theme would close it
    window.quick.go_on()
    side.show("Scoredock")
    row = side.wait_row("Services", NAME, "Healthy", timeout=60)
    assert f"Kubernetes · {TARGET}" in row.description
    side.expand("Services", NAME)
    side.wait_row("Services", "2 of 2 replicas ready")
    until(lambda: len(replicas(window)) == 2, "both pods")
    assert sorted(each.description.split(" · ")[1] for each in replicas(window)) == cluster.node_names
    assert side.wait_row("Services", "Kubernetes").description == TARGET
    desk.picture("kubernetes-service")

    side.press_inline("Services", NAME, "Send Request")
    panel = window.webview("Send")
    panel.locator("#body").fill('{"data": [1, 2]}')
    panel.locator("#body").press("Control+Enter")
    until(lambda: "200" in panel.locator("#summary").inner_text(), "an answer")
    until_equal(lambda: panel.locator("#answer").inner_text().strip(), "30")

    window.panel.show_channel(f"Scoredock: {NAME}")
    window.page.locator(".part.panel input[placeholder^='Filter']").first.fill("up on")
    for pod in pods(cluster, namespace):
        window.panel.wait_output(f"up on {pod}")
    window.page.locator(".part.panel input[placeholder^='Filter']").first.fill("")
    window.panel.close()

    killed_from_outside(desk, cluster, namespace)
    page_of_a_service(desk)
    updated_and_taken_back(desk)

    side.press_inline("Services", NAME, "Stop")
    side.wait_row("Services", NAME, "Stopped", timeout=60)
    assert pods(cluster, namespace) == []
    side.press_inline("Services", NAME, "Start")
    side.wait_row("Services", NAME, "Healthy", timeout=30)
    side.choose("Services", NAME, "Delete Service")
    window.notices.dialog("Delete")
    side.wait_gone("Services", NAME, timeout=60)
    assert pods(cluster, namespace) == []


def killed_from_outside(desk: Desk, cluster: Cluster, namespace: str) -> None:
    """Its row goes and another one comes, without a click."""
    window = desk.window
    victim = pods(cluster, namespace)[0]
    label = victim.removeprefix(f"{NAME}-")
    seen: set[str] = set()

    def states() -> set[str]:
        with contextlib.suppress(IndexError):
            seen.update(each.description.split(" · ")[0] for each in replicas(window))
        return seen

    cluster.kubectl("delete", "pod", victim, "-n", namespace, "--wait=false")
    killed = time.monotonic()
    until(lambda: "ending" in states(), "the row to say that it ends", timeout=30, every=0.05)
    print(f"the row of a deleted pod changed after {time.monotonic() - killed:.1f} s")
    assert within(time.monotonic() - killed, 3)
    desk.picture("kubernetes-replaced")
    until(lambda: states() and label not in [each.label for each in replicas(window)], "its row to go", timeout=60)
    until(lambda: "2 of 2 replicas ready" in [each.label for each in window.side.rows("Services")], "two", timeout=60)
    assert {"ending", "ready"} <= seen


def page_of_a_service(desk: Desk) -> None:
    window = desk.window
    window.side.choose("Services", NAME, "Show Details")
    said = window.page_about("Replicas", TARGET, "node1", "node2")
    assert "Debug" not in said
    desk.picture("page-kubernetes-service")
    window.quick.run_command("View: Close All Editors")


def updated_and_taken_back(desk: Desk) -> None:
    window = desk.window
    window.editor.open("score.py")
    (desk.folder / "score.py").write_text(SCRIPT.replace("* factor", "* factor + 1"))
    window.side.show("Scoredock")
    window.side.choose("Services", NAME, "Update Models…")
    window.quick.wait(f"Update {NAME}")
    window.quick.go_on()
    window.side.wait_row("Services", "Revisions", "2 (active)", timeout=30)
    assert answer(desk) == "31"
    window.side.choose("Services", NAME, "Roll Back")
    window.side.wait_row("Services", "Revisions", "3 (active)", timeout=30)
    assert answer(desk) == "30"


def answer(desk: Desk) -> str:
    return str(desk.scoredock("service", "call", NAME, "--data", '{"data": [1, 2]}')["body"])
