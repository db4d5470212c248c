"""Changed files of a service for development in a cluster: taken by the pods that run, and by those that come later."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from scoredock.clusters.connection import connect
from scoredock.engines.failure import LaunchFailed
from scoredock.engines.handle import Handle
from scoredock.engines.kubernetes.code_files import bundle_of
from scoredock.engines.kubernetes.control import ask_pod_patiently, pod_status
from scoredock.errors import ScoredockError
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


@pytest.mark.long("all pods take a change at the gate; tests/runtime refuses changes there")
@pytest.mark.timeout(600)
def test_a_refused_change_leaves_all_pods_as_they_were(clustered: Bench) -> None:
    handle = clustered.healthy(script("one"), **TWO)
    port = clustered.engine.observe(handle).port
    changed(clustered, handle, 2, script("two"))
    before = clustered.engine.observe(handle)
    first, second = sorted(each["metadata"]["name"] for each in pods(clustered))
    fails_in = "import socket\nif socket.gethostname() in {names!r}:\n    1 / 0\n"
    with calls(port) as seen:
        for names in ((second,), (first, second)):
            with pytest.raises(LaunchFailed) as refused:
                changed(clustered, handle, 3, script("three", fails_in.format(names=names)))
            assert refused.value.failure.cause == "import-failed"
            assert "ZeroDivisionError" in refused.value.failure.message
            assert [(each.file, each.line) for each in refused.value.failure.frames] == [
                ("/var/azureml-app/score.py", 3)
            ]
            assert {call(port) for _ in range(20)} == {("two", before.code)}
        too_large(clustered, handle)
        undone_after_a_killed_writer(clustered, handle)
        assert {call(port) for _ in range(20)} == {("two", before.code)}
    assert not [each for each in seen if each not in ("two", "three")], seen
    after = clustered.engine.observe(handle)
    assert (after.state, after.revision, after.code) == ("Healthy", 2, before.code)
    changed(clustered, handle, 3, script("three"))
    assert {call(port)[0] for _ in range(20)} == {"three"}


def too_large(bench: Bench, handle: Handle) -> None:
    launch = bench.launch(script("large"), revision=4, nonce=handle.nonce, image="", develop=True)
    (launch.app_root / "table.bin").write_bytes(os.urandom(900_000))
    with pytest.raises(ScoredockError) as refused:
        bench.engine.replace(handle, launch, Silent(), CancelToken())
    assert refused.value.code == "source-too-large"
    (launch.app_root / "table.bin").write_bytes(bytes(30_000_000))  # is small when it is compressed
    bundle = bundle_of(launch.app_root, 4, 9)
    assert 0 < len(bundle.data) < 100_000


def undone_after_a_killed_writer(bench: Bench, handle: Handle) -> None:
    """One pod has taken files that nobody has accepted: whoever looks next has all go back."""
    assert bench.room is not None
    launch = bench.launch(script("three"), revision=5, nonce=handle.nonce, image="", develop=True)
    bundle = bundle_of(launch.app_root, 5, 3)
    cluster = connect(bench.room.target.place)
    body = {"bundle": base64.b64encode(bundle.data).decode()}
    pod = pods(bench)[0]["metadata"]["name"]
    ask_pod_patiently(cluster, pod, handle.nonce, "/code", body, patience(30))
    status = pod_status(cluster, pod, handle.nonce)
    assert status is not None
    assert (status.revision, status.code) == (5, bundle.code)
    bench.engine.settle(handle.folder, 5)
    for each in pods(bench):
        status = pod_status(cluster, each["metadata"]["name"], handle.nonce)
        assert status is not None
        assert status.revision == 2


@pytest.mark.long("all pods take a change at the gate; the save of an editor in tests/cluster as well")
@pytest.mark.chance
@pytest.mark.timeout(600)
def test_a_pod_that_starts_after_a_change_has_it(clustered: Bench) -> None:
    handle = clustered.healthy(script("one"), **TWO)
    port = clustered.engine.observe(handle).port
    room = clustered.room
    assert room is not None
    for revision, text in ((2, "two"), (3, "three")):
        old = sorted(each["metadata"]["name"] for each in pods(clustered))
        changed(clustered, handle, revision, script(text))
        room.cluster.kubectl("delete", "pod", *old, "-n", room.target.place.namespace, "--wait=false")
        with calls(port) as seen:
            until_replaced(clustered, old)
        print(f"both pods were deleted after the change to {text}: {dict(seen)}")
        assert seen[text] > 0
        assert not [each for each in seen if each in {"one", "two"} - {text}], seen
        assert {call(port)[0] for _ in range(20)} == {text}


def until_replaced(bench: Bench, old: list[str]) -> None:
    deadline = time.monotonic() + patience(120)
    while True:
        ready = [each["metadata"]["name"] for each in pods(bench) if _is_ready(each)]
        if len(ready) == 2 and not set(ready) & set(old):
            return
        assert time.monotonic() < deadline, ready
        time.sleep(0.1)


def _is_ready(pod: dict[str, Any]) -> bool:
    conditions = pod["status"].get("conditions") or []
    return any((each["type"], each["status"]) == ("Ready", "True") for each in conditions)


@pytest.mark.long("all pods take a change at the gate; the save of an editor in tests/cluster as well")
@pytest.mark.chance
@pytest.mark.timeout(600)
def test_a_container_that_starts_again_has_the_change(clustered: Bench) -> None:
    """What is mounted follows the cluster late: the container has what it took itself."""
    ends = "import os, signal\ndef init(): pass\ndef run(data):\n    {end}\n    return {answer!r}\n"
    handle = clustered.healthy(ends.format(end="pass", answer="one"), develop=True)
    port = clustered.engine.observe(handle).port
    changed(clustered, handle, 2, ends.format(end="if 'end' in data: os.kill(1, signal.SIGTERM)", answer="two"))
    request = urllib.request.Request(f"http://127.0.0.1:{port}/score", b'["end"]', {"Content-Type": "application/json"})
    with contextlib.suppress(OSError):
        urllib.request.urlopen(request, timeout=patience(10)).read()
    with calls(port, 1) as seen:
        deadline = time.monotonic() + patience(60)
        while not (clustered.engine.observe(handle).restarts and call_or_none(port) == "two"):
            assert time.monotonic() < deadline, seen
            time.sleep(0.1)
    assert "one" not in seen, seen
    assert clustered.until(handle, "Healthy").revision == 2


def call_or_none(port: int | None) -> str | None:
    try:
        return call(port)[0]
    except (OSError, ValueError):
        return None


@pytest.mark.timeout(600)
def test_another_service_takes_none(clustered: Bench) -> None:
    handle = clustered.healthy(script("one"))
    port = clustered.engine.observe(handle).port
    assert call(port) == ("one", "")
    with pytest.raises(ScoredockError) as refused:
        changed(clustered, handle, 2, script("two"))
    assert refused.value.code == "service-state-invalid"
    assert "--develop" in refused.value.fix
    assert call(port) == ("one", "")
    assert clustered.engine.observe(handle).code == ""
