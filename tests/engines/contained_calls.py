"""Scripts, models and calls that the tests of the Docker engine share."""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scoredock.engines.base import ModelFolder

from pace import patience

NONCE = "n" * 32
ONE = "def init(): pass\ndef run(data): return 1\n"
TWO = "def init(): pass\ndef run(data): return 2\n"
READ = """
import os
def init(): pass
def run(data):
    folder = os.environ["AZUREML_MODEL_DIR"]
    try:
        open(os.path.join(folder, "new"), "w").close()
        written = True
    except OSError:
        written = False
    return [open(os.path.join(folder, "deep", "model.bin")).read(), sorted(os.listdir(folder)), written, folder]
"""


def score(port: int | None, body: str = "[1]", timeout: float = 10) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/score", body.encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        return json.loads(answer.read())


def soon(condition: Any, what: str, seconds: float = 20) -> None:
    deadline = time.monotonic() + patience(seconds)
    pause = 0.02
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(pause)
        pause = min(1.3 * pause, 0.2)


def model(folder: Path, name: str = "iris", version: int = 1, content: bytes = b"weights") -> ModelFolder:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}-{version}.bin"
    file.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    return ModelFolder(name, version, (("deep/model.bin", file, len(content), digest),), ("empty",))


@contextlib.contextmanager
def under_load(port: int | None) -> Iterator[list[Any]]:
    """Calls all the time, from three threads; an answer that fails is in the list as an exception."""
    answers: list[Any] = []
    done = threading.Event()

    def keep_calling() -> None:
        while not done.is_set():
            try:
                answers.append(score(port))
            except Exception as error:
                answers.append(error)

    callers = [threading.Thread(target=keep_calling) for _ in range(3)]
    for caller in callers:
        caller.start()
    try:
        yield answers
    finally:
        done.set()
        for caller in callers:
            caller.join()


def ignored(call: Any) -> None:
    with contextlib.suppress(Exception):
        call()
