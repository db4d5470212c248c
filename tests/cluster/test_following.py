"""What a view is pushed of a service in a cluster: pods that are deleted from outside, clusters that do not answer."""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
from scoredock.clusters.target import LOOK_SECONDS
from scoredock.context import Context, Operation
from scoredock.features.state import Board
from scoredock.protocol import messages
from scoredock.settings import Values

from cli.conftest import Terminal
from cluster.deploying import DEPLOY, TARGET, attached
from cluster.running import Cluster, wait_for
from pace import patience, within

pytestmark = pytest.mark.docker


@pytest.fixture
def terminal(cluster: Cluster, namespace: str, tmp_path: Path) -> Terminal:
    made = attached(cluster, namespace, tmp_path)
    made.ok("service", "deploy", "prices", *DEPLOY, "--deploy-config-file", "aks.json", "--compute", TARGET)
    return made


@pytest.mark.chance
@pytest.mark.timeout(600)
def test_a_pod_that_is_deleted_shows_at_once(cluster: Cluster, namespace: str, terminal: Terminal) -> None:
    context = Context(Values({}, {}), home=terminal.home, folders=(terminal.folder,))
    seen: list[tuple[float, set[str]]] = []

    def tell(push: Any) -> None:
        for service in getattr(push, "changed", ()):
            seen.append((time.monotonic(), {each.state for each in getattr(service, "replicas", ())}))

    own = psutil.Process()
    before = own.memory_info().rss
    board = Board(context, tell)
    try:
        (shown,) = board.state(messages.StateListParams([]), context, Operation()).services
        assert [each.state for each in shown.replicas] == ["Running", "Running"]
        wait_for(lambda: "scoredock-pods" in _threads(), "the watch", 30)
        used, begun = sum(own.cpu_times()[:2]), time.monotonic()
        time.sleep(10)
        share = (sum(own.cpu_times()[:2]) - used) / (time.monotonic() - begun)
        print(f"\nat rest {share:.1%} of a core; {(own.memory_info().rss - before) / 1e6:.1f} MB more")
        seen.clear()
        name = shown.replicas[0].name
        begun = time.monotonic()
        cluster.kubectl("delete", "pod", name, "-n", namespace, "--wait=false")
        wait_for(lambda: any("Ending" in states for _, states in seen), "the row of the pod", 30)
        took = next(at for at, states in seen if "Ending" in states) - begun
        print(f"{took:.2f} s from kubectl delete pod to the changed row")
        assert within(took, 1.5)
        wait_for(lambda: seen[-1][1] == {"Running"}, "the new pod", 60)
    finally:
        board.stop()
    wait_for(lambda: not {"scoredock-pods", "scoredock-watch"} & _threads(), "the end of the watch", 30)
    terminal.ok("service", "delete", "prices")


def _threads() -> set[str]:
    return {each.name for each in threading.enumerate()}


@pytest.mark.long("tests/cli/test_compute.py waits two seconds for a silent cluster at the gate")
@pytest.mark.timeout(600)
def test_a_cluster_that_is_away_holds_up_no_row(cluster: Cluster, namespace: str, terminal: Terminal) -> None:
    """Its kubeconfig file leads nowhere from now on; a service on this machine beside it is told meanwhile."""
    config = next(iter(terminal.folder.parent.parent.glob("account-*.conf")))
    content = config.read_text()
    server = next(line for line in content.splitlines() if "server:" in line)
    context = Context(Values({}, {}), home=terminal.home, folders=(terminal.folder,))
    states: dict[str, tuple[float, Any]] = {}

    registered: list[float] = []

    def tell(push: Any) -> None:
        if getattr(push, "models", False):
            registered.append(time.monotonic())
        states.update({each.name: (time.monotonic(), each) for each in getattr(push, "changed", ())})

    board = Board(context, tell)
    try:
        board.state(messages.StateListParams([]), context, Operation())
        config.write_text(content.replace(server, f"{server.partition(':')[0]}: https://10.255.255.1:6443"))
        terminal.ok("compute", "confirm", TARGET, "--yes")
        begun = time.monotonic()
        wait_for(lambda: states.get("prices", (0, None))[1] is not None, "a change", 60)
        wait_for(lambda: states["prices"][1].status.look == "plain", "the grey row", 60)
        print(f"\ngrey after {states['prices'][0] - begun:.1f} s: {states['prices'][1].status.text}")
        registered.clear()
        terminal.ok("model", "register", "factor.txt", "--name", "other")
        begun = time.monotonic()
        wait_for(lambda: registered, "the model", 30)
        print(f"a model shows {max(0.0, registered[0] - begun):.1f} s after it was registered")
        assert within(registered[0] - begun, 0.8), "the views wait for no cluster"
    finally:
        board.stop()
        config.write_text(content)
        terminal.ok("compute", "confirm", TARGET, "--yes")
    terminal.ok("service", "delete", "prices")


@pytest.mark.long("tests/clusters/test_faults.py has a server that is late at the gate")
@pytest.mark.timeout(600)
def test_a_list_waits_for_a_cluster_that_is_late_where_it_is_told_to(
    disturbed: Cluster, namespace: str, tmp_path: Path
) -> None:
    """It is late for who waits for it: on a busy machine a command takes longer to begin than the cluster to come back.
    Whether the pods came through that in good health is not what is looked at."""
    terminal = attached(disturbed, namespace, tmp_path)
    words = (*DEPLOY, "--deploy-config-file", "aks.json", "--compute", TARGET)
    made = terminal.json("service", "deploy", "prices", *words)
    assert "Healthy" in terminal.ok("service", "list")
    disturbed.pause_api()
    try:
        assert re.search(r"Healthy as of \d+ s ago", terminal.ok("service", "list"))
        refused = terminal.refused("service", "call", "prices", "--data", '{"data": [1, 2]}')
        assert "its cluster does not answer" in refused["message"]
        assert refused["fix"].startswith(f"Run `scoredock compute check {TARGET}`")
        assert f"at {made['scoringUri'].removesuffix('/score')}, which" in refused["fix"]
        listing = terminal.start("service", "list", "--refresh")
        wait_for(lambda: is_connected(listing.pid, disturbed), "a connection to the cluster", 60)
        time.sleep(LOOK_SECONDS + 0.5)
        assert listing.poll() is None, "it waits"
        disturbed.resume_api()
        shown = listing.communicate(timeout=patience(60))[0].decode()
    finally:
        disturbed.resume_api()
    assert "prices" in shown
    assert "does not answer" not in shown
    assert "as of" not in shown
    terminal.ok("service", "delete", "prices")


def is_connected(pid: int, cluster: Cluster) -> bool:
    """Whether a process has a connection to the API server."""
    there = urlsplit(cluster.place.server)
    return any(each.raddr == (there.hostname, there.port) for each in psutil.Process(pid).net_connections("tcp"))
