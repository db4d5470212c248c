"""What the pods of a service collect is on this machine while somebody looks, and when the service was stopped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Terminal
from cluster.deploying import DEPLOY, TARGET, answer, attached, with_configuration
from cluster.running import Cluster, wait_for
from packages.test_without_docker import SCRIPT

pytestmark = pytest.mark.docker

COMMAND = ("service", "deploy", "prices", *DEPLOY, "--deploy-config-file", "aks.json", "--auth", "none")


def rows(terminal: Terminal) -> list[dict[str, Any]]:
    """Of all pods, as `service show` says where they are."""
    folder = terminal.json("service", "show", "prices")["dataFolder"]
    files = sorted(Path(folder).rglob("*.jsonl")) if folder else []
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


@pytest.mark.long("tests/engines/test_pod_data.py reads what pods collect at the gate")
@pytest.mark.timeout(900)
def test_what_pods_collect_is_copied(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    terminal = with_configuration(attached(cluster, namespace, tmp_path), dataCollection={"storageEnabled": True})
    done = terminal.run(*COMMAND, "--compute", TARGET)
    assert done.returncode == 0, done.stderr
    assert "It is copied to this machine about every ten seconds" in done.stderr
    here = f"127.0.0.1:{terminal.json('service', 'show', 'prices')['port']}"
    assert {answer(here) for _ in range(20)} == {30}
    wait_for(lambda: len(rows(terminal)) == 20, "the rows of both pods", 60)
    assert {each["output"] for each in rows(terminal)} == {"30"}
    folder = Path(terminal.json("service", "show", "prices")["dataFolder"])
    pods = {file.name.split(".")[1] for file in folder.rglob("*.jsonl")}
    assert pods == {each["name"] for each in terminal.json("service", "show", "prices")["replicas"]}

    (terminal.folder / "score.py").write_text(SCRIPT.replace("* factor", "* factor + 1"))
    terminal.ok("service", "update", "prices")
    assert {answer(here) for _ in range(10)} == {31}
    # A row is written a moment after its response.
    wait_for(lambda: len(rows(terminal)) == 30, "the rows of the new pods", 60)
    terminal.ok("service", "stop", "prices")
    assert len(rows(terminal)) == 30, "they are kept"
