"""Whoever changes a service in a cluster is killed, at any moment: the next look finishes the change or takes it back,
as those who answer show."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Terminal
from cluster.deploying import DEPLOY, TARGET, answer, attached
from cluster.running import Cluster, wait_for
from depth import LONG, SEED, rounds
from packages.test_without_docker import SCRIPT

pytestmark = pytest.mark.docker

UPDATES = rounds(gate=2, long=60, name="SCOREDOCK_TEST_KILLS")
OTHERS = rounds(gate=1, long=20, name="SCOREDOCK_TEST_KILLS")
"""Deployments, and deletions."""
COMMAND = ("service", "deploy", "prices", *DEPLOY, "--deploy-config-file", "aks.json", "--auth", "none")
KINDS = ("pods", "services", "deployments", "secrets", "replicasets", "poddisruptionbudgets")
LONGEST = 12.0
"""Seconds after which a change has ended on a quiet machine."""


class Killing:
    """A terminal whose commands are killed, and what must hold then."""

    def __init__(self, cluster: Cluster, namespace: str, folder: Path) -> None:
        self.cluster = cluster
        self.namespace = namespace
        self.terminal: Terminal = attached(cluster, namespace, folder)
        self.chance = random.Random(SEED)

    def write(self, offset: int) -> None:
        """A script whose answer is 30 and this."""
        self.terminal.folder.joinpath("score.py").write_text(SCRIPT.replace("* factor", f"* factor + {offset}"))

    def killed(self, *words: str) -> float:
        """Begins a command and kills it; after how long."""
        seconds = self.chance.uniform(0, LONGEST)
        process = self.terminal.start(*words)
        deadline = time.monotonic() + seconds
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        process.kill()
        process.wait()
        return seconds

    def after_recovery(self) -> dict[str, Any] | None:
        """The service once nothing changes any more; None where there is none."""

        def look() -> bool:
            nonlocal shown
            done = self.terminal.run("service", "show", "prices", "--json")
            shown = json.loads(done.stdout) if done.returncode == 0 else None
            return shown is None or shown["state"] != "Transitioning"

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

    def pods(self) -> list[dict[str, Any]]:
        found = self.cluster.get("pods", "-n", self.namespace)["items"]
        return [each for each in found if not each["metadata"].get("deletionTimestamp")]

    def revisions_of_pods(self) -> set[str]:
        return {each["metadata"]["labels"]["scoredock.com/revision"] for each in self.pods()}


@pytest.fixture
def killing(cluster: Cluster, namespace: str, tmp_path: Path) -> Killing:
    return Killing(cluster, namespace, tmp_path)


@pytest.mark.timeout(7200 if LONG else 900)
def test_killed_updates(killing: Killing) -> None:
    before = killing.terminal.json(*COMMAND, "--compute", TARGET)
    outside = before["scoringUri"].removeprefix("http://").removesuffix("/score")
    value = 30
    for number in range(1, UPDATES + 1):
        killing.write(number)
        seconds = killing.killed("service", "update", "prices")
        after = killing.after_recovery()
        assert after is not None
        where = f"update {number}, killed after {seconds:.1f} s: {after['state']} {after['failure']}"
        assert after["state"] == "Healthy", where
        wait_for(lambda after=after: killing.revisions_of_pods() == {str(after["revision"])}, where, 60)
        answers = {answer(outside) for _ in range(20)}
        expected = 30 + number if after["revision"] > before["revision"] else value
        assert answers == {expected}, f"{where}, {answers}"
        assert answer(f"127.0.0.1:{after['port']}") == expected, where
        before, value = after, expected


@pytest.mark.timeout(3600 if LONG else 900)
def test_killed_deployments_and_deletions(killing: Killing) -> None:
    for number in range(1, OTHERS + 1):
        seconds = killing.killed(*COMMAND, "--compute", TARGET)
        after = killing.after_recovery()
        where = f"deployment {number}, killed after {seconds:.1f} s: {after}"
        assert after is None or after["state"] in ("Healthy", "Failed"), where
        if after is not None and after["state"] == "Healthy":
            assert answer(f"127.0.0.1:{after['port']}") == 30, where
        if after is not None:
            killing.terminal.ok("service", "delete", "prices")
        assert killing.left() == [], where
    for number in range(1, OTHERS + 1):
        killing.terminal.ok(*COMMAND, "--compute", TARGET)
        seconds = killing.killed("service", "delete", "prices")
        where = f"deletion {number}, killed after {seconds:.1f} s"
        if killing.after_recovery() is not None:
            killing.terminal.ok("service", "delete", "prices")
        wait_for(lambda: killing.left() == [], f"{where}: {killing.left()}", 60)
