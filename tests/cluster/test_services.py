"""A service in a cluster by the command line, as an account with the printed Role: deployed, called, updated under
load, rolled back, stopped, started, deleted."""

from __future__ import annotations

import shutil
import urllib.error
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Terminal
from cluster.deploying import DEPLOY, TARGET, Load, answer, attached
from cluster.running import Cluster, wait_for
from deploy.kept_address import occupied_port
from package_index import write_wheel
from packages.test_without_docker import SCRIPT

pytestmark = pytest.mark.docker


@pytest.fixture
def terminal(cluster: Cluster, namespace: str, tmp_path: Path) -> Terminal:
    return attached(cluster, namespace, tmp_path)


def deployed(terminal: Terminal) -> dict[str, Any]:
    words = ("service", "deploy", "prices", *DEPLOY, "--deploy-config-file", "aks.json", "--compute", TARGET)
    made = terminal.json(*words)
    assert (made["state"], made["engine"], made["compute"]) == ("Healthy", "kubernetes", TARGET)
    return dict(made)


def key_of(terminal: Terminal) -> str:
    return str(terminal.json("service", "keys", "prices")["primaryKey"])


def pods(cluster: Cluster, namespace: str) -> list[dict[str, Any]]:
    return list(cluster.get("pods", "-n", namespace)["items"])


@pytest.mark.timeout(900)
def test_a_service_lives_in_a_cluster(cluster: Cluster, namespace: str, terminal: Terminal) -> None:
    made = deployed(terminal)
    assert [each["ready"] for each in made["replicas"]] == [True, True]
    assert sorted(each["node"] for each in made["replicas"]) == cluster.node_names, "one on each node"
    key = key_of(terminal)
    here = f"127.0.0.1:{made['port']}"
    assert answer(here, key) == 30
    with pytest.raises(urllib.error.HTTPError) as refused:
        answer(here, "another-key")
    assert refused.value.code in (401, 403)

    outside = made["scoringUri"].removeprefix("http://").removesuffix("/score")
    assert outside.partition(":")[0] in [cluster.address_of(node) for node in cluster.node_names]
    wait_for(lambda: _answers(outside, key, 30), "an answer from outside", 30)
    (terminal.folder / "score.py").write_text(SCRIPT.replace("* factor", "* factor + 1"))
    with Load(outside, key) as load:
        progress = terminal.run("service", "update", "prices").stderr
        rolled = dict(load.answers)
        terminal.ok("service", "rollback", "prices")
    assert {30, 31} == set(load.answers), load.answers
    assert load.answers.total() > 100
    assert rolled.get(31), "the new revision answered before the command was over"
    assert _sent(progress) < 100, progress
    wait_for(lambda: len(pods(cluster, namespace)) == 2, "the end of the old pods", 90)
    assert {answer(outside, key) for _ in range(20)} == {30}

    terminal.ok("service", "stop", "prices")
    assert pods(cluster, namespace) == []
    assert terminal.json("service", "start", "prices")["port"] == made["port"]
    assert answer(here, key) == 30
    log = terminal.ok("service", "logs", "prices", "--tail", "500")
    assert "Worker" in log
    terminal.ok("service", "stop", "prices")
    with occupied_port(made["port"]):
        started = terminal.run("service", "start", "prices")
    moved = f"127.0.0.1:{terminal.json('service', 'show', 'prices')['port']}"
    assert f"The address changed from http://{here} to http://{moved}" in started.stderr
    assert answer(moved, key) == 30
    terminal.ok("service", "delete", "prices")
    for kind in ("pods", "services", "deployments", "secrets", "replicasets", "poddisruptionbudgets"):
        left = [each["metadata"]["name"] for each in cluster.get(kind, "-n", namespace)["items"]]
        assert not [name for name in left if name.startswith("prices")], kind


def _answers(address: str, key: str, expected: int) -> bool:
    try:
        return answer(address, key) == expected
    except OSError:
        return False


def _sent(progress: str) -> float:
    """Kilobytes, as the progress tells."""
    line = next(each for each in progress.splitlines() if each.startswith("Sent "))
    return float(line.split()[1])


PRIVATE = "import private_wheel\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return private_wheel.VALUE\n"


@pytest.mark.timeout(600)
def test_a_private_wheel_comes_along(cluster: Cluster, namespace: str, terminal: Terminal) -> None:
    """A package that only this machine has answers in pods, which are started again after it is gone here."""
    wheel = write_wheel(terminal.folder / "wheels", "private-wheel", "2.0", body="VALUE = 42\n")
    conda = "name: own\ndependencies:\n  - pip:\n    - azureml-defaults\n    - ./wheels/" + wheel.name + "\n"
    (terminal.folder / "private.yml").write_text(conda)
    (terminal.folder / "private.py").write_text(PRIVATE)
    words = ("--entry-script", "private.py", "--environment-file", "private.yml")
    made = terminal.json("service", "deploy", "own", *words, "--deploy-config-file", "aks.json", "--compute", TARGET)
    assert made["state"] == "Healthy"
    shutil.rmtree(wheel.parent)
    key = str(terminal.json("service", "keys", "own")["primaryKey"])
    assert answer(f"127.0.0.1:{made['port']}", key) == 42
    terminal.ok("service", "stop", "own")
    terminal.ok("service", "start", "own")
    assert answer(f"127.0.0.1:{made['port']}", key) == 42
    terminal.ok("service", "delete", "own")


@pytest.mark.timeout(600)
def test_a_bad_update_goes_back_by_itself_and_says_why(cluster: Cluster, namespace: str, terminal: Terminal) -> None:
    made = deployed(terminal)
    key, here = key_of(terminal), f"127.0.0.1:{made['port']}"
    (terminal.folder / "score.py").write_text(SCRIPT.replace("global factor", "global factor\n    1 / 0"))
    with Load(here, key, clients=2) as load:
        failed = terminal.run("service", "update", "prices")
    assert failed.returncode != 0
    assert "ZeroDivisionError" in failed.stderr
    assert "score.py" in failed.stderr
    assert set(load.answers) == {30}, load.answers
    shown = terminal.json("service", "show", "prices")
    assert (shown["state"], shown["revision"]) == ("Healthy", 1)
    assert shown["failure"]["code"] == "init-failed"


@pytest.mark.timeout(600)
def test_nothing_of_somebody_else_is_touched(cluster: Cluster, namespace: str, terminal: Terminal) -> None:
    cluster.kubectl("create", "deployment", "prices", "-n", namespace, "--image=busybox", "--replicas=0")
    words = ("service", "deploy", "prices", *DEPLOY, "--compute", TARGET)
    refused = terminal.run(*words)
    assert refused.returncode != 0
    assert "cluster-name-taken" in refused.stderr
    terminal.run("service", "delete", "prices")
    assert cluster.get("deployment", "prices", "-n", namespace)["spec"]["template"]["spec"]["containers"][0]["image"]
