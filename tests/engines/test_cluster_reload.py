"""Changed files of a service for development in a cluster: taken by the pods that run, and by those that come later."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from scoredock.engines.handle import Handle
from scoredock.progress import CancelToken, Silent

from engines.conftest import Bench
from pace import patience

pytestmark = pytest.mark.docker

ANSWERS = """
def init():
    pass

def run(data):
    return {answer!r}
"""
TWO = {"configuration": {"numReplicas": 2}, "develop": True}


def script(answer: str, head: str = "") -> str:
    return head + ANSWERS.format(answer=answer)


def call(port: int | None) -> tuple[str, str]:
    """The answer to a request by a new connection, and the code that it names."""
    body, headers = b"[1]", {"Content-Type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/score", body, headers)
    with urllib.request.urlopen(request, timeout=patience(10)) as response:
        return str(json.loads(response.read())), response.headers.get("x-scoredock-code", "")


@contextmanager
def calls(port: int | None, clients: int = 4) -> Iterator[Counter[str]]:
    """Answers to clients that call one after the other, and failures by what they are."""
    seen: Counter[str] = Counter()
    over = threading.Event()

    def keep_calling() -> None:
        while not over.is_set():
            try:
                seen[call(port)[0]] += 1
            except (OSError, ValueError) as error:
                seen[repr(error)] += 1

    threads = [threading.Thread(target=keep_calling) for _ in range(clients)]
    for each in threads:
        each.start()
    try:
        yield seen
    finally:
        over.set()
        for each in threads:
            each.join()


def changed(bench: Bench, handle: Handle, revision: int, text: str) -> Handle:
    launch = bench.launch(text, revision=revision, nonce=handle.nonce, image="", develop=True)
    return bench.engine.replace(handle, launch, Silent(), CancelToken())


def pods(bench: Bench) -> list[dict[str, Any]]:
    assert bench.room is not None
    listed = bench.room.cluster.get("pods", "-n", bench.room.target.place.namespace)["items"]
    return [each for each in listed if "deletionTimestamp" not in each["metadata"]]


@pytest.mark.timeout(600)
def test_all_pods_take_changed_files_and_no_request_fails(clustered: Bench) -> None:
    handle = clustered.healthy(script("one"), **TWO)
    port = clustered.engine.observe(handle).port
    before = clustered.engine.observe(handle)
    assert call(port) == ("one", before.code)
    names = sorted(each["metadata"]["name"] for each in pods(clustered))
    with calls(port) as seen:
        began = time.monotonic()
        changed(clustered, handle, 2, script("two"))
        seconds = time.monotonic() - began
        later: Counter[str] = Counter(call(port)[0] for _ in range(40))
    print(f"two pods answer with the new code after {seconds:.2f} s; {dict(seen)}")
    assert set(seen) == {"one", "two"}, seen
    assert set(later) == {"two"}
    after = clustered.engine.observe(handle)
    assert (after.state, after.revision) == ("Healthy", 2)
    assert {each.revision for each in after.replicas} == {2}
    assert after.code not in ("", before.code)
    assert call(port) == ("two", after.code)
    assert sorted(each["metadata"]["name"] for each in pods(clustered)) == names, "no pod was replaced"
    assert any(after.code in record.m for record in clustered.engine.logs(handle))
