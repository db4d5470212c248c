"""`scoredock test` and `scoredock sdk run` are ended at any moment, by any signal: a test run leaves nothing, and a
script leaves a service that answers as it is shown, or none.

A few ends at the gate, a hundred of each in the long run.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

import psutil
import pytest

import preloaded
from cli.conftest import Terminal
from depth import LONG, SEED, rounds
from pace import patience

pytestmark = [pytest.mark.chance, pytest.mark.timeout(3600 if LONG else 600)]

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
SCRIPT = "def init():\n    pass\n\n\ndef run(data):\n    return [1, 2]\n"
TESTS = """### the answer
# @expect status 200
# @expect body [1, 2]
POST http://127.0.0.1:6789/score
Content-Type: application/json

{}
"""
DEPLOYMENT = """
from azureml.core import Workspace
from azureml.core.model import InferenceConfig, Model
from azureml.core.webservice import LocalWebservice

ws = Workspace.from_config()
service = Model.deploy(
    ws, "killed-one", [], InferenceConfig("score.py"), LocalWebservice.deploy_configuration(), overwrite=True
)
service.wait_for_deployment()
print(service.run("{}"))
"""
CONFIG = '{"subscription_id": "11111111-2222-3333-4444-555555555555", "resource_group": "r", "workspace_name": "ended"}'


def end(terminal: Terminal, words: Sequence[str], seconds: float, number: signal.Signals) -> tuple[float, str]:
    """Begins a command and ends its whole terminal after so many seconds. How long it ran, and what it said where it
    ended by itself before that and failed."""
    begun = time.monotonic()
    env = terminal.environment()
    if not terminal.ordinary and preloaded.can_start(env):
        running: preloaded.Started | subprocess.Popen[bytes] = preloaded.Started(
            "scoredock.cli", words, cwd=terminal.folder, env=env, stdin=False, session=True
        )
    else:
        running = subprocess.Popen(
            [sys.executable, "-m", "scoredock.cli", *words],
            cwd=terminal.folder,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    try:
        running.wait(seconds)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
            os.killpg(running.pid, number)
        running.communicate(None, timeout=patience(60))
        return time.monotonic() - begun, ""
    said = b"".join(running.communicate(None, timeout=patience(60))).decode()
    return time.monotonic() - begun, "" if running.wait() == 0 else said


def processes(terminal: Terminal) -> list[str]:
    """Command lines that name the data folder or the project, of processes that run."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            words = process.cmdline()
            mine = any(str(place) in word for word in words for place in (terminal.home, terminal.folder))
            if mine and process.status() != psutil.STATUS_ZOMBIE and process.pid != os.getpid():
                found.append(" ".join(words))
    return found


def settled(terminal: Terminal, allowed: int) -> list[str]:
    """What runs besides so many processes, once those that had to notice an end have had their time."""
    deadline = time.monotonic() + patience(20)
    while len(found := processes(terminal)) > allowed and time.monotonic() < deadline:
        time.sleep(0.1)
    return found if len(found) > allowed else []


def moments(count: int) -> list[float]:
    """Parts of the time that the whole takes, spread over all of it."""
    chosen = random.Random(SEED if LONG else 0)
    return [(number + chosen.random()) / count for number in range(count)]


def test_of_test_runs(terminal: Terminal, shared_environments: None) -> None:
    (terminal.folder / "score.py").write_text(SCRIPT)
    (terminal.folder / "tests.http").write_text(TESTS)
    local = terminal.home / "workspaces" / "local"
    whole, said = end(terminal, ["test"], 300, signal.SIGTERM)
    assert said == ""
    for number, part in enumerate(moments(rounds(gate=4, long=100))):
        how = SIGNALS[number % len(SIGNALS)]
        took, said = end(terminal, ["test"], part * whole, how)
        where = f"{how.name} after {took:.2f} s of {whole:.2f}"
        assert said == "", where
        assert settled(terminal, 0) == [], where
        assert terminal.json("service", "list")["services"] == [], where
        assert list(local.glob("services/*")) == [], where
    assert end(terminal, ["test"], 300, signal.SIGTERM)[1] == ""
    assert [path.name for path in local.glob("tmp/*")] == []


@pytest.mark.long("test_of_test_runs ends others at the gate")
def test_of_deployment_scripts(terminal: Terminal, shared_environments: None) -> None:
    (terminal.folder / "score.py").write_text(SCRIPT)
    (terminal.folder / "config.json").write_text(CONFIG)
    (terminal.folder / "deploy.py").write_text(DEPLOYMENT)
    words = ["sdk", "run", "--python", sys.executable, "deploy.py"]
    whole, said = end(terminal, words, 300, signal.SIGTERM)
    assert said == ""
    try:
        for number, part in enumerate(moments(rounds(gate=4, long=100))):
            how = SIGNALS[number % len(SIGNALS)]
            took, said = end(terminal, words, part * whole, how)
            where = f"{how.name} after {took:.2f} s of {whole:.2f}"
            assert said == "", where
            services = terminal.json("service", "list")["services"]
            assert [each["state"] for each in services] in ([], ["Healthy"], ["Failed"]), where
            if services and services[0]["state"] == "Healthy":
                assert terminal.ok("service", "call", "killed-one", "--data", "{}").split() == ["[1,", "2]"], where
        assert end(terminal, words, 300, signal.SIGTERM)[1] == ""
        assert [each["state"] for each in terminal.json("service", "list")["services"]] == ["Healthy"]
    finally:
        terminal.run("service", "delete", "killed-one")
    assert settled(terminal, 0) == []
