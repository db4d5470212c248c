"""Whoever changes a service in a cluster is killed at any moment, or the API server goes: the cluster or the next
command finishes the change or takes it back, as those who answer show."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Terminal
from cluster.deploying import DEPLOY, TARGET, answer, attached
from cluster.running import Cluster, wait_for
from depth import LONG, SEED, rounds
from lsp.client import Client
from packages.test_without_docker import SCRIPT

pytestmark = pytest.mark.docker

ROUNDS = rounds(gate=1, long=9, name="SCOREDOCK_TEST_KILLS")
"""Of each change with each end: 108 in the long run."""
AWAY = 12.0
"""Seconds without an API server: longer than what one question to it may take."""
COMMAND = ("service", "deploy", "prices", *DEPLOY, "--deploy-config-file", "aks.json", "--auth", "none")
KINDS = ("pods", "services", "deployments", "secrets", "replicasets", "poddisruptionbudgets")
LONGEST = 12.0
"""Seconds after which a change has ended on a quiet machine."""
Change = tuple[str, ...]
"""Words of a command."""


@dataclass(frozen=True)
class End:
    """How a change is cut short."""

    name: str
    cut: Callable[[Killing, Change], str]
    """When it came, in words."""


class Killing:
    """A terminal whose changes are cut short, and what must hold then."""

    def __init__(self, cluster: Cluster, namespace: str, folder: Path, passing: Collection[str]) -> None:
        self.cluster = cluster
        self.passing = passing
        """States that another one follows by itself."""
        self.namespace = namespace
        self.terminal: Terminal = attached(cluster, namespace, folder)
        self.chance = random.Random(SEED)

    def write(self, offset: int) -> None:
        """A script whose answer is 30 and this."""
        self.terminal.folder.joinpath("score.py").write_text(SCRIPT.replace("* factor", f"* factor + {offset}"))

    def moment(self) -> float:
        return self.chance.uniform(0, LONGEST)

    def after_recovery(self) -> dict[str, Any] | None:
        """The service once nothing changes any more; None where there is none."""

        def look() -> bool:
            nonlocal shown
            done = self.terminal.run("service", "show", "prices", "--json")
            shown = json.loads(done.stdout) if done.returncode == 0 else None
            return shown is None or shown["state"] not in self.passing

        shown: dict[str, Any] | None = None
        wait_for(look, "an end of the change", 120)
        return shown

    def left(self) -> list[str]:
        """Objects of the service."""
        found: list[str] = []
        for kind in KINDS:
            for each in self.cluster.get(kind, "-n", self.namespace)["items"]:
                if each["metadata"]["name"].startswith("prices"):
                    found.append(f"{kind}/{each['metadata']['name']}")
        return found

    def revisions_of_pods(self) -> set[str]:
        """With those that end, which answer for some moments yet."""
        pods = self.cluster.get("pods", "-n", self.namespace)["items"]
        return {each["metadata"]["labels"]["scoredock.com/revision"] for each in pods}


def command_killed(killing: Killing, change: Change) -> str:
    seconds = killing.moment()
    process = killing.terminal.start(*change)
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.wait()
    return f"command killed after {seconds:.1f} s"


def server_killed(killing: Killing, change: Change) -> str:
    return _server_ends(killing, change, "server killed", lambda client: client.process.kill())


def editor_killed(killing: Killing, change: Change) -> str:
    """The server reads that nobody is there any more, and has a minute to end by itself."""

    def close(client: Client) -> None:
        assert client.process.stdin is not None
        client.process.stdin.close()
        client.process.wait(60)

    return _server_ends(killing, change, "editor killed", close)


def _server_ends(killing: Killing, change: Change, name: str, end: Callable[[Client], None]) -> str:
    seconds = killing.moment()
    with Client(killing.terminal.home, env=killing.terminal.environment(), cwd=killing.terminal.folder) as client:
        client.initialize()
        request = client.begin(*_message(killing.terminal.folder, change))
        deadline = time.monotonic() + seconds
        while request not in client.answered() and time.monotonic() < deadline:
            time.sleep(0.02)
        end(client)
    return f"{name} after {seconds:.1f} s"


def api_away(killing: Killing, change: Change) -> str:
    """The command goes on, and ends well or not."""
    seconds = killing.moment()
    process = killing.terminal.start(*change)
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    killing.cluster.pause_api()
    try:
        time.sleep(AWAY)
    finally:
        killing.cluster.resume_api()
    _, said = process.communicate(timeout=300)
    # The cluster takes its nodes for lost until they have reported to it again.
    wait_for(lambda: all(map(killing.cluster.is_ready, killing.cluster.node_names)), "both nodes", 60)
    return f"API server away after {seconds:.1f} s, exit code {process.returncode}: {said}"


def _message(folder: Path, change: Change) -> tuple[str, dict[str, Any]]:
    """The same change as an editor asks for it."""
    params: dict[str, Any] = {"name": "prices"}
    if change[1] == "deploy":
        params |= {
            "entryScript": str(folder / "score.py"),
            "environmentFile": str(folder / "conda.yml"),
            "deploymentConfig": str(folder / "aks.json"),
            "models": ["factor:1"],
            "auth": "none",
            "compute": TARGET,
        }
    return f"scoredock/service/{change[1]}", params


ENDS = [
    End("command", command_killed),
    End("server", server_killed),
    End("editor", editor_killed),
    End("api", api_away),
]
DEPLOYMENT: Change = (*COMMAND, "--compute", TARGET)
UPDATE: Change = ("service", "update", "prices")
DELETION: Change = ("service", "delete", "prices")


_LATER = pytest.mark.long("the same change, cut short by another end")


@pytest.fixture(
    params=[pytest.param(each, id=each.name, marks=[] if each.cut is command_killed else [_LATER]) for each in ENDS]
)
def end(request: pytest.FixtureRequest) -> End:
    chosen: End = request.param
    return chosen


@pytest.fixture
def killing(end: End, namespace: str, tmp_path: Path, request: pytest.FixtureRequest) -> Killing:
    if end.cut is api_away:  # replicas are late after that, which is said of them
        return Killing(request.getfixturevalue("disturbed"), namespace, tmp_path, ("Transitioning", "Unhealthy"))
    return Killing(request.getfixturevalue("cluster"), namespace, tmp_path, ("Transitioning",))


@pytest.mark.long(
    "kills on a cluster are of the long run; tests/deploy/test_who_answers.py ends clients of containers at the gate"
)
@pytest.mark.timeout(7200 if LONG else 900)
def test_updates(killing: Killing, end: End) -> None:
    before = killing.terminal.json(*DEPLOYMENT)
    outside = before["scoringUri"].removeprefix("http://").removesuffix("/score")
    value = 30
    for number in range(1, ROUNDS + 1):
        killing.write(number)
        cut = end.cut(killing, UPDATE)
        after = killing.after_recovery()
        assert after is not None
        where = f"update {number}, {cut}: {after['state']} {after['failure']}"
        assert after["state"] == "Healthy", where
        wait_for(lambda after=after: killing.revisions_of_pods() == {str(after["revision"])}, where, 90)
        answers = {answer(outside) for _ in range(20)}
        expected = 30 + number if after["revision"] > before["revision"] else value
        assert answers == {expected}, f"{where}, {answers}"
        assert answer(f"127.0.0.1:{after['port']}") == expected, where
        before, value = after, expected


@pytest.mark.long("the gate cuts updates short")
@pytest.mark.timeout(3600 if LONG else 900)
def test_deployments(killing: Killing, end: End) -> None:
    for number in range(1, ROUNDS + 1):
        cut = end.cut(killing, DEPLOYMENT)
        after = killing.after_recovery()
        where = f"deployment {number}, {cut}: {after}"
        assert after is None or after["state"] in ("Healthy", "Failed"), where
        if after is not None and after["state"] == "Healthy":
            assert answer(f"127.0.0.1:{after['port']}") == 30, where
        if after is not None:
            killing.terminal.ok(*DELETION)
        wait_for(lambda: killing.left() == [], f"{where}: {killing.left()}", 60)


@pytest.mark.long("the gate cuts updates short")
@pytest.mark.timeout(3600 if LONG else 900)
def test_deletions(killing: Killing, end: End) -> None:
    for number in range(1, ROUNDS + 1):
        killing.terminal.ok(*DEPLOYMENT)
        where = f"deletion {number}, {end.cut(killing, DELETION)}"
        if killing.after_recovery() is not None:
            killing.terminal.ok(*DELETION)
        wait_for(lambda: killing.left() == [], f"{where}: {killing.left()}", 60)
