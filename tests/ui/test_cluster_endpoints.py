"""An endpoint on a cluster by mouse: made of two services, 90 to 10, promoted, its router looked at, deleted."""

from __future__ import annotations

import json
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from scoredock.service import Expose

from cluster.deploying import CONFIGURATION, TARGET, bring_layers, surroundings
from cluster.gateway import HOST, routes_in, take_up
from cluster.running import Cluster
from packages.test_without_docker import CONDA
from workbench import until
from workbench.wait import STRETCH

if TYPE_CHECKING:
    from desks import Desk

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600 * STRETCH)]
SCRIPT = "def init():\n    pass\n\n\ndef run(data):\n    return {answer!r}\n"
VERSIONS = ("blue", "green")
EXPOSED: dict[Expose, tuple[str, ...]] = {"none": (), "gateway": ("--host", HOST, "--gateway", "shared/web")}


@pytest.fixture
def desk(open_desk: Callable[..., Desk], cluster: Cluster, namespace: str, tmp_path: Path) -> Desk:
    """A window with two services on a compute target."""
    return _with_services(open_desk, cluster, namespace, tmp_path, "none")


@pytest.fixture
def desk_with_gateway(
    open_desk: Callable[..., Desk], disturbed: Cluster, namespace: str, tmp_path: Path
) -> Iterator[Desk]:
    """The same on one that a Gateway exposes."""
    with routes_in(disturbed):
        yield _with_services(open_desk, disturbed, namespace, tmp_path, "gateway")


def _with_services(
    open_desk: Callable[..., Desk], cluster: Cluster, namespace: str, tmp_path: Path, expose: Expose
) -> Desk:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "conda.yml").write_text(CONDA)
    (folder / "aks.json").write_text(json.dumps({**CONFIGURATION, "authEnabled": False}))
    for name in VERSIONS:
        (folder / f"{name}.py").write_text(SCRIPT.format(answer=name))
    variables, config = surroundings(cluster, namespace, tmp_path, expose)
    desk = open_desk(folder, env={**variables, "KUBECONFIG": str(config)})
    place = ("--context", cluster.context, "--namespace", namespace)
    registry = ("--registry", f"{cluster.registry}/tests/services")
    desk.scoredock("compute", "attach", TARGET, *place, *registry, "--expose", expose, *EXPOSED[expose])
    bring_layers(cluster, variables, desk.home)
    for name in VERSIONS:
        files = ("--entry-script", f"{name}.py", "--environment-file", "conda.yml", "--deploy-config-file", "aks.json")
        desk.scoredock("service", "deploy", f"prices-{name}", *files, "--compute", TARGET)
    side = desk.window.side
    side.show("Scoredock")
    for view in ("Workspaces", "Models", "Environments"):
        side.fold_pane(view)
    side.wait_row("Services", "prices-green", "Healthy", timeout=60)
    return desk


def endpoint(desk: Desk) -> dict[str, Any]:
    found: dict[str, Any] = desk.scoredock("endpoint", "show", "prices")
    return found


def shares(desk: Desk) -> dict[str, int]:
    return {each["name"]: each["share"] for each in endpoint(desk)["versions"]}


def who(desk: Desk, requests: int) -> Counter[str]:
    uri = endpoint(desk)["scoringUri"]
    counted: Counter[str] = Counter()
    for _ in range(requests):
        request = urllib.request.Request(uri, b"{}", {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            counted[json.loads(answer.read())] += 1
    return counted


@pytest.mark.long("the gate has an endpoint of this machine by mouse, and one on a cluster by the command line")
def test_an_endpoint_on_a_cluster_by_mouse(desk: Desk, cluster: Cluster, namespace: str) -> None:
    window, side = desk.window, desk.window.side
    side.choose("Services", "prices-blue", "Add to Endpoint…")
    window.quick.answer("prices")
    window.quick.answer("blue")
    row = side.wait_row("Services", "prices", "Endpoint", timeout=90)
    assert TARGET in row.description
    side.wait_row("Services", "blue", "100% · default · Healthy")
    page = window.webview("Traffic in %")
    until(lambda: TARGET in page.locator("main").inner_text(), "the page says where it runs")
    side.choose("Services", "prices-green", "Add to Endpoint…")
    window.quick.pick("prices")
    window.quick.answer("green")
    side.wait_row("Services", "green", "0% · Healthy", timeout=30)
    assert who(desk, 10) == {"blue": 10}

    side.choose("Services", "prices", "Change Traffic…")
    window.quick.answer("10")
    shown = window.notices.dialog("Change Traffic")
    assert "blue: 100% → 90%" in shown
    assert "green: 0% → 10%" in shown
    side.wait_row("Services", "green", "10% · Healthy", timeout=30)
    assert shares(desk) == {"blue": 90, "green": 10}
    assert set(who(desk, 100)) == {"blue", "green"}
    desk.picture("kubernetes-endpoint")

    side.press_inline("Services", "green", "Promote")
    assert "Default version: blue → green" in window.notices.dialog("Promote")
    side.wait_row("Services", "green", "100% · default", timeout=30)
    assert who(desk, 20) == {"green": 20}

    # Routers that are taken away are back by themselves.
    words = ("-n", namespace, "-l", "scoredock.com/part=router")
    cluster.kubectl("delete", "pods", *words, "--wait=false")
    until(lambda: endpoint(desk)["state"] == "Healthy", "two routers again", timeout=90)
    assert who(desk, 20) == {"green": 20}

    side.choose("Services", "prices", "Delete Endpoint")
    window.notices.dialog("Delete")
    side.wait_gone("Services", "prices", timeout=90)
    assert cluster.get("pods", *words)["items"] == []
    side.wait_row("Services", "prices-green", "Healthy")


@pytest.mark.long("tests/cluster/test_gateway.py has what a Gateway is told; here are the words of the window")
def test_the_window_tells_who_divides_the_requests(
    desk_with_gateway: Desk, shared_cluster: Cluster, namespace: str
) -> None:
    desk, side = desk_with_gateway, desk_with_gateway.window.side
    desk.scoredock("endpoint", "create", "prices", "--service", "prices-blue", "--version", "blue")
    desk.scoredock("endpoint", "set-version", "prices", "green", "--service", "prices-green", "--traffic", "10")
    side.wait_row("Services", "green", "10%", timeout=90)
    side.choose("Services", "prices", "Show Details")
    page = desk.window.webview("Traffic in %").locator("main")
    until(lambda: "is not accepted by its Gateway" in page.inner_text(), "the page says what is missing", timeout=60)
    assert "The Gateway divides" not in page.inner_text()
    desk.picture("gateway-not-accepted")
    take_up(shared_cluster, namespace)
    until(lambda: "The Gateway divides the requests" in page.inner_text(), "the page says who divides", timeout=60)
    desk.picture("gateway-divides")
    assert "is not accepted" not in page.inner_text()
    assert f"http://prices-endpoint.{HOST}/score" in page.inner_text()
