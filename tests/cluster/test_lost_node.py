"""What callers meet while a node is lost that has one of two replicas: by the clients of Scoredock, by any client at
the port of this machine, and at a NodePort by one that sends again, as the documents say, and by one that does not."""

from __future__ import annotations

import json
import subprocess
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

import preloaded
from cli.conftest import Terminal
from cluster.deploying import DEPLOY, TARGET, Load, address_at, attached, ready_nodes, with_configuration
from cluster.running import Cluster, wait_for
from depth import rounds
from pace import patience

pytestmark = [pytest.mark.docker, pytest.mark.long("minutes of load, and nodes that go"), pytest.mark.timeout(3600)]

ROUNDS = rounds(gate=1, long=10, name="SCOREDOCK_LOST_NODES")
PAUSE = 0.02
"""Seconds of each client between two requests: all kinds of clients are to have their turns."""
BODY = '{"data": [1, 2]}'
SCORE = """
import json, time


def init():
    pass


def run(data):
    time.sleep(0.1)  # so that a node is lost with requests that it works on
    return sum(json.loads(data)["data"]) * 10
"""
SCRIPT = f"""
import pathlib, sys, time
from azureml.core import Webservice, Workspace
service = Webservice(Workspace.from_config(), "prices")
while not pathlib.Path("over").exists():
    try:
        print("answered", service.run('{BODY}'), flush=True)
    except Exception as error:
        print("answered", str(error).splitlines()[0:3], flush=True)
    time.sleep(0.05)
"""


def by_sdk(terminal: Terminal) -> subprocess.Popen[bytes] | preloaded.Started:
    """Calls until there is a file `over`, and writes each answer."""
    (terminal.folder / "calls.py").write_text(SCRIPT)
    return terminal.start("sdk", "run", "calls.py")


def patient(address: str) -> Callable[[], int]:
    """As docs/kubernetes.md has it."""
    session = requests.Session()
    again = Retry(total=5, backoff_factor=0.5, allowed_methods=None, status_forcelist=(502, 503))
    session.mount("http://", HTTPAdapter(max_retries=again))
    headers = {"Content-Type": "application/json"}
    return lambda: int(session.post(f"http://{address}/score", BODY, headers=headers, timeout=(2, 10)).text)


def by_one_connection(address: str) -> Callable[[], int]:
    """As a browser has it: one that is kept, and nothing is sent again."""
    session = requests.Session()
    headers = {"Content-Type": "application/json"}
    return lambda: int(session.post(f"http://{address}/score", BODY, headers=headers, timeout=patience(10)).text)


def by_command(terminal: Terminal, over: threading.Event, answers: Counter[str]) -> None:
    while not over.is_set():
        done = terminal.run("service", "call", "prices", "--data", BODY)
        answers[done.stdout.strip() or done.stderr.strip()] += 1


def test_who_meets_a_lost_node(disturbed: Cluster, namespace: str, tmp_path: Path) -> None:
    terminal = with_configuration(attached(disturbed, namespace, tmp_path), maxConcurrentRequestsPerContainer=20)
    (terminal.folder / "score.py").write_text(SCORE)
    command = ("service", "deploy", "prices", *DEPLOY, "--deploy-config-file", "aks.json", "--auth", "none")
    made = terminal.json(*command, "--compute", TARGET)
    first, second = disturbed.node_names
    port = terminal.json("service", "show", "prices")["port"]
    outside, here = address_at(disturbed, first, made), f"127.0.0.1:{port}"
    total: Counter[str] = Counter()
    for _ in range(ROUNDS):
        terminal.ok("service", "update", "prices")
        assert sorted(ready_nodes(disturbed, namespace)) == [first, second]
        failed = lost(disturbed, namespace, terminal, outside, here)
        print(failed, flush=True)
        total.update(failed)
    print(f"of {ROUNDS} lost nodes:", dict(total))
    logs = terminal.home.glob("workspaces/local/forwards/*/forwarding.log")
    repeats = sum(each.read_text().count("goes to another one") for each in logs)
    print(f"{repeats} requests went to another pod")
    assert repeats, "no round has tried anything"
    plain = total.pop("failed: plain")
    assert not {name: count for name, count in total.items() if name.startswith("failed") and count}, (total, plain)


def lost(cluster: Cluster, namespace: str, terminal: Terminal, outside: str, here: str) -> Counter[str]:
    """How many requests each client sent, and how many of them failed."""
    first, second = cluster.node_names
    over, called = threading.Event(), Counter[str]()
    caller = threading.Thread(target=by_command, args=(terminal, over, called))
    plain = Load(outside, clients=2, pause=PAUSE)
    forward = Load(here, clients=2, pause=PAUSE)
    kept = [Load(here, clients=1, pause=PAUSE, call=by_one_connection(here)) for _ in range(2)]
    again = Load(outside, clients=2, pause=PAUSE, call=patient(outside))
    (terminal.folder / "over").unlink(missing_ok=True)
    script = by_sdk(terminal)
    caller.start()
    with plain, forward, again, kept[0], kept[1]:
        wait_for(lambda: plain.answers[30] > 300 and forward.answers[30] > 30 and called["30"] > 2, "requests", 400)
        cluster.node_down(second)
        try:
            wait_for(lambda: ready_nodes(cluster, namespace) == [first, first], "two replicas on the other node", 120)
            before, earlier = plain.answers[30], called["30"]
            wait_for(lambda: plain.answers[30] > before + 300 and called["30"] > earlier + 3, "requests", 400)
        finally:
            cluster.node_up(second)
            over.set()
            (terminal.folder / "over").touch()
    caller.join()
    printed = script.communicate(timeout=300)[0].decode().splitlines()
    lines = [line.removeprefix("answered ") for line in printed if line.startswith("answered")]
    wait_for(lambda: cluster.is_ready(second), "the node", 120)
    answers: dict[str, Counter[Any]] = {
        "plain": plain.answers,
        "our port": forward.answers,
        "our port, kept": kept[0].answers + kept[1].answers,
        "sends again": again.answers,
        "service call": called,
        "run()": Counter(lines),
    }
    result: Counter[str] = Counter()
    for name, each in answers.items():
        good = each[30] + each["30"]
        result[name], result[f"failed: {name}"] = each.total(), each.total() - good
        print(name, json.dumps({str(key)[:300]: count for key, count in each.items()}), flush=True)
    return result
