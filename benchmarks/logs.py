"""A script that prints as fast as it can: lines the service's log takes in each second, and the memory that costs."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from pathlib import Path

import psutil
from scoredock.services.deployments import Deployments
from scoredock.services.request import DeployRequest
from scoredock.workspace import Workspaces

from measurement import Measurement

LINES = 500_000
SCRIPT = f"""
import time


def init():
    pass


def run(data):
    began = time.perf_counter()
    for number in range({LINES}):
        print("line", number, "of a service that has much to say about every request it gets")
    return time.perf_counter() - began
"""


def main() -> None:
    home = Path(tempfile.mkdtemp(prefix="sd-bench-"))
    os.environ["SCOREDOCK_HOME"] = str(home)
    try:
        script = home / "score.py"
        script.write_text(SCRIPT)
        workspaces = Workspaces(home)
        deployments = Deployments(workspaces.open(workspaces.resolve(None).id))
        deployments.deploy(DeployRequest(name="talker", entry_script=str(script)))
        handle = deployments.ledger.require("talker").service.handle
        assert handle is not None
        parent = psutil.Process(handle.pid)
        before, peak, done = parent.memory_info().rss, 0, threading.Event()

        def watch() -> None:
            nonlocal peak
            while not done.wait(0.02):
                peak = max(peak, parent.memory_info().rss)

        watcher = threading.Thread(target=watch)
        watcher.start()
        began = time.perf_counter()
        answer = deployments.client.call("talker", b"{}", timeout=300)
        took = time.perf_counter() - began
        done.set()
        watcher.join()
        stored = sum(path.stat().st_size for path in deployments.logs.file("talker").parent.iterdir())
        deployments.delete("talker")
        assert answer.status == 200, answer.body
        rate = LINES / took
        told = (
            f"{rate:,.0f} lines/s (memory {before / 1e6:.0f} MB, at most {peak / 1e6:.0f} MB; {stored / 1e6:.0f} MB"
            " kept on disk)"
        )
        Measurement("log: lines a service may print each second", ">= 50,000", told, rate >= 50_000).emit()
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
