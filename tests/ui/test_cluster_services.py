"""A service in a cluster by mouse: attached, deployed, watched, called, updated, rolled back, stopped, deleted."""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from cluster.deploying import CONFIGURATION, TARGET, bring_layers, surroundings
from cluster.running import Cluster
from cluster.test_samples_on_cluster import AZ_CONFIGURATION
from desks import take_picture
from pace import within
from packages.test_without_docker import CONDA
from workbench import Window, fill, until, until_equal
from workbench.tree import Row
from workbench.wait import STRETCH

if TYPE_CHECKING:
    from playwright.sync_api import Frame

    from desks import Desk

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600 * STRETCH)]
NAME = "prices"
INFERENCE = {"entryScript": "score.py", "runtime": "python", "condaFile": "conda.yml"}
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


DEVELOPED = (
    SCRIPT.replace("    global factor", '    global factor\n    int("ten")')
    .replace("    return", "    more = 500\n    return")
    .replace("* factor", "* factor + more")
)


@pytest.fixture(scope="module")
def cluster(shared_cluster: Cluster) -> Iterator[Cluster]:
    with shared_cluster.shared():
        yield shared_cluster


@pytest.fixture(scope="module")
def namespace(cluster: Cluster) -> Iterator[str]:
    with cluster.namespace() as name:
        yield name


@pytest.fixture(scope="module")
def shared_desk(
    open_shared_desk: Callable[..., Desk], cluster: Cluster, namespace: str, tmp_path_factory: pytest.TempPathFactory
) -> Desk:
    """With the cluster attached by mouse."""
    base = tmp_path_factory.mktemp("cluster")
    folder = base / "project"
    folder.mkdir()
    for name, text in (
        ("score.py", SCRIPT),
        ("conda.yml", CONDA),
        ("factor.txt", "10"),
        ("aks.json", json.dumps(CONFIGURATION)),
        ("inferenceconfig.json", json.dumps(INFERENCE)),
        ("deploymentconfig.json", json.dumps(AZ_CONFIGURATION)),
    ):
        (folder / name).write_text(text)
    variables, config = surroundings(cluster, namespace, base)
    desk = open_shared_desk(
        folder, env={**variables, "KUBECONFIG": str(config)}, settings={"scoredock.deploy.opens": "log"}
    )
    desk.scoredock("model", "register", "factor.txt", "--name", "factor")
    bring_layers(cluster, variables, desk.home)
    attach(desk, cluster, namespace)
    return desk


@pytest.fixture
def desk(shared_desk: Desk, tidy: Callable[[Desk], Desk]) -> Desk:
    (shared_desk.folder / "score.py").write_text(SCRIPT)
    return tidy(shared_desk)


def attach(desk: Desk, cluster: Cluster, namespace: str) -> None:
    window = desk.window
    window.side.show("Scoredock")
    window.side.open_pane("Workspaces")
    window.side.expand("Workspaces", "Compute")
    window.side.press_inline("Workspaces", "Compute", "Attach Compute…")
    window.quick.wait("Attach Compute")
    window.quick.pick(cluster.context)
    window.quick.answer(TARGET)
    window.quick.answer(namespace)
    window.quick.answer(f"{cluster.registry}/tests/services")
    window.quick.answer("")
    ways = ["From this machine only", "At a port of each node", "By a load balancer", "By an Ingress", "By a Gateway"]
    until_equal(window.quick.labels, ways)
    window.quick.pick("At a port of each node")
    window.side.wait_row("Workspaces", TARGET, namespace)
    window.notices.wait(f"{TARGET} has all that services need.")
    window.notices.clear()
    for view in ("Workspaces", "Models", "Environments"):
        window.side.fold_pane(view)  # all rows below the service are on screen then


def choose_all(window: Window) -> None:
    """In the summary of Deploy, which stays open."""
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


@pytest.mark.long("tests/cluster has the same by messages and commands")
def test_a_service_in_a_cluster_by_mouse(desk: Desk, cluster: Cluster, namespace: str) -> None:
    window = desk.window
    side = window.side
    choose_all(window)
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
    send(panel, "30")

    window.panel.show_channel(f"Scoredock: {NAME}")
    fill(window.page.locator(".part.panel input[placeholder^='Filter']").first, "up on")
    for pod in pods(cluster, namespace):
        window.panel.wait_output(f"up on {pod}")
    fill(window.page.locator(".part.panel input[placeholder^='Filter']").first, "")
    window.panel.close()

    killed_from_outside(desk, cluster, namespace)
    page_of_a_service(desk)
    updated_and_taken_back(desk)

    side.press_inline("Services", NAME, "Stop")
    side.wait_row("Services", NAME, "Stopped", timeout=60)
    assert pods(cluster, namespace) == []
    side.press_inline("Services", NAME, "Start")
    side.wait_row("Services", NAME, "Healthy", timeout=30)
    delete(window)
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
    namespace = desk.scoredock("service", "show", NAME)["namespace"]
    said = window.page_about("Replicas", TARGET, namespace, "node1", "node2")
    assert "Debug" not in said
    tooltip = window.side.tooltip("Services", NAME, "Compute target")
    assert f"Namespace: {namespace}" in tooltip
    assert "Nodes: node1, node2" in tooltip
    desk.picture("page-kubernetes-service")
    window.quick.run_command("View: Close All Editors")


def send(panel: Frame, answer: str) -> None:
    body = panel.locator("#body")
    until(lambda: body.input_value() != "", "a body")
    fill(body, '{"data": [1, 2]}')
    body.press("Control+Enter")
    until(lambda: "200" in panel.locator("#summary").inner_text(), "an answer")
    until_equal(lambda: panel.locator("#answer").inner_text().strip(), answer)


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
    window.side.choose("Services", NAME, "Revisions")
    page = window.webview("Revisions of")
    kept = page.locator("tbody tr")
    until(lambda: kept.count() == 2, "both revisions")
    kept.nth(1).get_by_role("button", name="Roll Back").click()
    window.side.wait_row("Services", "Revisions", "3 (active)", timeout=30)
    assert answer(desk) == "30"
    window.quick.run_command("View: Close All Editors")


def answer(desk: Desk) -> str:
    return str(desk.scoredock("service", "call", NAME, "--data", '{"data": [1, 2]}')["body"])


@pytest.mark.long("a server that speaks the protocol does it at the gate")
def test_what_is_saved_is_served_by_all_replicas(desk: Desk) -> None:
    """A failing init() at its line, of a deployment and of a save; the code that answers by its digits."""
    window, side = desk.window, desk.window.side
    (desk.folder / "score.py").write_text(DEVELOPED)
    choose_all(window)
    window.quick.go_on()
    side.show("Scoredock")
    side.wait_row("Services", NAME, "Failed", timeout=90)
    failure = "invalid literal for int() with base 10: 'ten'"
    window.notices.wait(failure, timeout=60)
    side.wait_row("Services", "score.py:10")
    desk.picture("kubernetes-init-failed")
    window.notices.press(failure, "Open Log")
    window.panel.wait_output(failure)
    problem = window.panel.wait_problem("init-failed")
    assert problem.message.startswith(f"{NAME}: ")
    assert "Ln 10" in problem.place

    window.editor.open("score.py")
    until(lambda: window.editor.lenses(), "the lenses above init()")
    window.editor.replace_word("ten", "7")
    window.editor.save()
    window.quick.ask("Scoredock: Deploy", "Press Enter to continue")
    window.quick.change("Saved Files")
    window.quick.pick("For Development")
    if os.environ.get("SCOREDOCK_SHOTS"):
        take_picture(window, "kubernetes-deploy-development")
    window.quick.go_on()
    side.show("Scoredock")
    first = code_of(side.wait_row("Services", NAME, "Healthy", timeout=90))
    window.panel.wait_no_problem("init-failed")
    assert answer(desk) == "530"
    assert desk.scoredock("service", "propose", "score.py")["develop"] is True, "the next deployment keeps it"

    window.editor.open("score.py")
    window.editor.replace_word("500", "600")
    window.editor.save()
    saved = time.monotonic()
    until(lambda: answer(desk) == "630", "the saved code")
    print(f"saved in the editor to the answer of a replica: {time.monotonic() - saved:.1f} s")
    side.show("Scoredock")
    until(lambda: code_of(side.wait_row("Services", NAME)) not in ("", first), "the code in the row", timeout=30)
    second = code_of(side.wait_row("Services", NAME))
    desk.picture("kubernetes-development")

    window.editor.replace_word("7", "seven")
    window.editor.save()
    problem = window.panel.wait_problem("init-failed", timeout=60)
    assert "Ln 10" in problem.place
    side.wait_row("Services", NAME, "reload refused")
    assert answer(desk) == "630"
    desk.picture("kubernetes-save-refused")
    side.choose("Services", NAME, "Show Details")
    assert second in window.page_about("Why the Reload Was Refused", "seven")
    desk.picture("page-kubernetes-save-refused")
    window.quick.run_command("View: Close All Editors")
    window.editor.open("score.py")
    window.editor.replace_word("seven", "8")
    window.editor.save()
    window.panel.wait_no_problem("init-failed", timeout=60)
    until(lambda: code_of(side.wait_row("Services", NAME)) not in ("", first, second), "the mended code", timeout=30)
    window.panel.close()
    delete(window)


def code_of(row: Row) -> str:
    """The digits of the code that answers."""
    found = re.search(r"code ([0-9a-f]{12})", row.description)
    return found[1] if found else ""


def delete(window: Window) -> None:
    window.side.choose("Services", NAME, "Delete Service")
    window.notices.dialog("Delete")
    window.side.wait_gone("Services", NAME, timeout=60)


@pytest.mark.long("command line and SDK run it at the gate")
def test_the_configuration_of_the_documents_is_deployed_to_the_cluster(
    desk: Desk, cluster: Cluster, namespace: str
) -> None:
    """By the menu of the file; called with its key and with a token; updated and deleted."""
    window, side, quick = desk.window, desk.window.side, desk.window.quick
    begun = time.monotonic()
    side.choose_for_file("deploymentconfig.json", "Deploy with This…")
    quick.change("Where It Runs")
    quick.wait("Where it runs")
    quick.pick(TARGET)
    quick.change("Name of the Service")
    quick.wait("Name of the service")
    quick.answer(NAME)
    quick.go_on()
    side.show("Scoredock")
    side.wait_row("Services", NAME, "Healthy", timeout=90)
    side.expand("Services", NAME)
    side.wait_row("Services", "Callers must send a key")
    assert cluster.get("hpa", NAME, "-n", namespace)["spec"]["maxReplicas"] == 3
    side.press_inline("Services", NAME, "Send Request")
    panel = window.webview("Send")
    assert panel.locator("#key").is_visible()
    send(panel, "30")
    desk.picture("kubernetes-sample")

    tokens = {**AZ_CONFIGURATION, "authEnabled": False, "tokenAuthEnabled": True}
    (desk.folder / "deploymentconfig.json").write_text(json.dumps(tokens))
    side.choose_for_file("deploymentconfig.json", "Deploy with This…")
    quick.go_on()
    side.show("Scoredock")
    side.wait_row("Services", "Callers must send a token", timeout=90)
    side.wait_row("Services", NAME, "Healthy", timeout=60)
    side.press_inline("Services", NAME, "Send Request")
    send(window.webview("Send"), "30")

    side.choose("Services", NAME, "Update Models…")
    quick.wait(f"Update {NAME}")
    quick.go_on()
    side.wait_row("Services", "Revisions", "3 (active)", timeout=60)
    delete(window)
    assert cluster.get("pods", "-n", namespace)["items"] == []
    print(f"the sample of the documents from its file to its end: {time.monotonic() - begun:.0f} s")
