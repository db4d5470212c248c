"""From a save to the first answer by the new code: the diabetes example, through the language server, with and without
the template process; how long init() took is measured in the script and told apart.

A client that never pauses calls the service all the time; a request that fails is a failed goal.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from scoredock.workspace import Workspaces

from deploy import EXAMPLE, environment_of
from measurement import Measurement

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from lsp.client import Client

SAVES = 15
GOAL = 300.0
"""Milliseconds, init() apart."""
NAME = "bench-reload"
BODY = json.dumps({"data": [[0.0] * 10]}).encode()

# The same script as the example's, which also says which save it is and how long its init() took.
MARKED = """
import time as _time
_init, _run = init, run
def init():
    global _took
    began = _time.perf_counter()
    _init()
    _took = (_time.perf_counter() - began) * 1000
def run(data):
    return [{save}, _took]
"""

FRESH = """
import dataclasses, os
from scoredock_runtime import contract
told = contract.to_json
def without(record):
    fresh = isinstance(record, contract.ServiceSpec)
    return told(dataclasses.replace(record, template=False) if fresh else record)
contract.to_json = without
from scoredock.server import main
os._exit(main(["--stdio"]))
"""
"""A language server whose services have no template process."""


@dataclass
class Seen:
    """What the client met: when a save was answered first, by the clock of this process, and its init() in ms."""

    save: int = 0
    moment: float = 0.0
    init: float = 0.0
    answers: int = 0
    failures: int = 0


def main() -> None:
    home = Path(tempfile.mkdtemp(prefix="sd-bench-"))
    os.environ["SCOREDOCK_HOME"] = str(home)
    try:
        python = environment_of(home)
        subprocess.run([str(python), str(EXAMPLE / "train.py"), "--output", str(home)], check=True, capture_output=True)
        workspaces = Workspaces(home)
        registry = workspaces.open(workspaces.resolve(None).id)
        registry.register([home / "sklearn_regression_model.pkl"], "sklearn_regression_model")
        told = [
            ("with the template process", measure(home, None), GOAL),
            ("workers from scratch (no fork on this system)", measure(home, [sys.executable, "-c", FRESH]), None),
        ]
        for what, (own, inits, seen), goal in told:
            median, slow = statistics.median(own), sorted(own)[int(len(own) * 0.9)]
            Measurement(
                f"save in the editor to first new answer, without init(), {what}",
                f"<= {goal:g} ms" if goal else "",
                f"{median:.0f} ms (90 %: {slow:.0f} ms; init() {statistics.median(inits):.0f} ms)",
                median <= goal if goal else None,
            ).emit()
            Measurement(
                f"requests that failed during {SAVES} reloads, {what}",
                "0",
                f"{seen.failures} of {seen.answers + seen.failures:,}",
                seen.failures == 0,
            ).emit()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def measure(
    home: Path, command: list[str] | None, engine: str = "process", saves: int = SAVES
) -> tuple[list[float], list[float], Seen]:
    """Milliseconds of each save without init(), milliseconds of each init(), and what the client met."""
    project = home / "project"
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns("*.pkl", "__pycache__"))
    script = project / "score.py"
    text = script.read_text() + MARKED
    script.write_text(_marked(text, 0))
    own, inits = [], []
    with Client(home, command=command) as client:
        client.initialize(project)
        client.ask("scoredock/state/list", {"folders": [str(project)]})
        request = {
            "name": NAME,
            "engine": engine,
            "models": ["sklearn_regression_model:1"],
            "inferenceConfig": str(project / "inferenceconfig.json"),
        }
        made = client.ask("scoredock/service/deploy", request, deadline=300)
        seen, ended = Seen(), threading.Event()
        calling = threading.Thread(target=call, args=(made["scoringUri"], seen, ended))
        calling.start()
        try:
            for save in range(1, saves + 2):
                while client.ask("scoredock/service/show", {"name": NAME})["revision"] != save:
                    time.sleep(0.02)
                time.sleep(1.0)  # as a person pauses; the template is there by then
                script.write_text(_marked(text, save))
                began = time.monotonic()
                client.notify("textDocument/didSave", {"textDocument": {"uri": script.as_uri()}})
                while seen.save != save:
                    time.sleep(0.0005)
                if save > 1:  # the first makes the byte code and the template
                    own.append((seen.moment - began) * 1000 - seen.init)
                    inits.append(seen.init)
        finally:
            ended.set()
            calling.join()
            client.ask("scoredock/service/delete", {"name": NAME})
    print(f"{[round(value) for value in own]} ms")
    return own, inits, seen


def _marked(text: str, save: int) -> str:
    return text.replace("{save}", str(save))


def call(uri: str, seen: Seen, ended: threading.Event) -> None:
    """One request after the other, each on a connection of its own, as `curl` would."""
    place = urlsplit(uri)
    while not ended.is_set():
        connection = http.client.HTTPConnection(place.netloc, timeout=60)
        try:
            connection.request("POST", place.path, BODY, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            content = answer.read()
            if answer.status != 200:
                raise ValueError(content[:200])
            save, init = json.loads(content)
            seen.answers += 1
            if save > seen.save:
                seen.moment, seen.init, seen.save = time.monotonic(), init, save
        except (OSError, ValueError, http.client.HTTPException) as fault:
            print(f"a request failed: {fault!r}")
            seen.failures += 1
        finally:
            connection.close()
        time.sleep(0.002)


if __name__ == "__main__":
    main()
