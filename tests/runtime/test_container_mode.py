"""What the parent does in a container: its control endpoint, its log, its end."""

from __future__ import annotations

import dataclasses
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pace import within
from ports import free_port
from scoredock_runtime import contract

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="containers run Linux")

NAMED = """
import os

def init():
    pass

def run(data):
    return ["NAME", os.getpid()]
"""


def named(name: str) -> str:
    return NAMED.replace("NAME", name)


# The control endpoint


def test_the_control_endpoint_listens_where_the_spec_says(service: Any) -> None:
    port = free_port()
    service.up(control_host="0.0.0.0", control_port=port)
    assert service.status.control_port == port
    assert service.control("GET", "/status").status == 200
    assert service.control("GET", "/status", nonce="another").status == 401
    assert service.control("GET", "/logs", nonce="another").status == 401
    assert service.control("POST", "/retire", {}, nonce="another").status == 401
    assert service.control("GET", "/nothing").status == 404


def test_a_taken_control_port_is_told(service: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        service.write()
        service.start(control_port=taken.getsockname()[1])
        status = service.settle()
    assert status.phase == contract.FAILED
    assert status.failure.cause == contract.PORT_IN_USE
    assert "control port" in status.failure.message


def test_a_published_port_takes_requests_of_this_machine_only(service: Any) -> None:
    service.up(host="0.0.0.0", loopback_only=True)
    assert service.request(headers={"Host": f"localhost:{service.status.port}"}).status == 200
    assert service.request(headers={"Host": "rebound.example"}).status == 403
    assert f"starts on port {service.status.port} of its container." in service.log_text()


# The log


def records(answer: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.body.splitlines()]


def test_the_log_comes_page_by_page_over_rotated_files(service: Any, wait_for: Callable[..., Any]) -> None:
    service.up(
        "def init():\n    pass\n\ndef run(data):\n    for n in range(3000):\n        print('line', n, 'x' * 100)\n",
        log_file_bytes=250_000,
        log_file_count=4,
    )
    service.score()
    # The line of the request is written soon after its answer, and nothing comes behind it.
    wait_for(lambda: all(words in service.log_text() for words in ("line 2999 ", "POST /score 200")))
    stored = service.log()
    assert (service.folder / "logs" / "service.jsonl.2").exists()
    read: list[dict[str, Any]] = []
    while page := records(service.control("GET", f"/logs?since={read[-1]['n'] if read else 0}&limit=700")):
        assert len(page) <= 700
        read += page
    assert read[: len(stored)] == stored
    middle = stored[len(stored) // 2]["n"]
    assert [each["n"] for each in records(service.control("GET", f"/logs?since={middle}&limit=2"))] == [
        middle + 1,
        middle + 2,
    ]
    assert service.control("GET", f"/logs?since={read[-1]['n']}").body == b""
    for wrong in ("since=-1", "limit=0", "wait=31", "since=x"):
        assert service.control("GET", f"/logs?{wrong}").status == 400


def test_an_answer_with_log_records_is_bounded(service: Any, wait_for: Callable[..., Any]) -> None:
    service.up(
        "def init():\n    for n in range(400):\n        print('x' * 16000)\n    print('all', flush=True)\n\ndef"
        " run(data):\n    pass\n"
    )
    wait_for(lambda: any(record["m"].endswith(" all") for record in service.log()))
    first = service.control("GET", "/logs").body
    assert contract.LOGS_AT_ONCE - 20_000 < len(first) <= contract.LOGS_AT_ONCE
    last = records(service.control("GET", "/logs"))[-1]["n"]
    assert records(service.control("GET", f"/logs?since={last}"))[0]["n"] == last + 1


def test_who_waits_for_log_records_gets_them_as_they_come(service: Any) -> None:
    service.up("def init():\n    pass\n\ndef run(data):\n    print('asked', flush=True)\n", request_log="off")
    last = 0
    while page := records(service.control("GET", f"/logs?since={last}&wait=0.3")):
        last = page[-1]["n"]
    waited: list[Any] = []
    reader = threading.Thread(target=lambda: waited.append(service.control("GET", f"/logs?since={last}&wait=30")))
    reader.start()
    service.score()
    reader.join(20)
    assert records(waited[0])[0]["m"].endswith(" asked")


# In the foreground


@pytest.fixture
def serve(service: Any) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []

    def start(script: str, **changes: Any) -> subprocess.Popen[bytes]:
        service.write(script)
        service.spec = dataclasses.replace(service.spec, **changes)
        (service.folder / contract.SPEC_FILE).write_text(contract.to_json(service.spec))
        command = [sys.executable, "-I", "-m", "scoredock_runtime", "serve", str(service.folder)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/")
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_the_last_line_of_a_failed_one_tells_the_cause(serve: Any) -> None:
    process = serve(
        "def init():\n    print('so far')\n    raise ValueError('no model here')\n\ndef run(data):\n    pass\n"
    )
    out, err = process.communicate(timeout=30)
    assert process.returncode == 1
    failure = contract.failure_from_line(err.decode().splitlines()[-1])
    assert failure is not None
    assert failure.cause == contract.INIT_FAILED
    assert "no model here" in failure.message
    assert failure.frames[-1].file.endswith("score.py")
    assert b"so far" in out


def test_a_failure_line_is_short_whatever_it_tells() -> None:
    frames = [contract.Frame("f" * 3000, 1, "run") for _ in range(40)]
    failure = contract.Failure("init-failed", "m" * 90_000, frames, ["x" * 16_000 for _ in range(50)])
    line = contract.failure_line(failure)
    assert len(line) <= contract.FAILURE_LINE_BYTES
    read = contract.failure_from_line(line)
    assert read is not None
    assert read.cause == "init-failed"
    assert read.frames[-1] == frames[-1]
    assert contract.failure_from_line('{"scoredock": "failed"}') is None
    assert contract.failure_from_line("Traceback") is None


def test_a_reader_that_stands_still_holds_nothing_up(service: Any, serve: Any, wait_for: Callable[..., Any]) -> None:
    process = serve(
        "def init():\n    pass\n\ndef run(data):\n    for n in range(16000):\n        print(n, 'x' * 100)\n   "
        " return 1\n"
    )
    wait_for(lambda: contract.read_status(service.folder) is not None)
    assert service.settle().phase == contract.READY
    begun = time.monotonic()
    assert service.score().status == 200
    wait_for(lambda: any(" 15999 xx" in record["m"] for record in service.log()[-200:]))
    process.terminate()
    assert process.wait(20) == 0  # nobody has read a line of it
    assert within(time.monotonic() - begun, 20)


def test_a_signal_is_a_clean_end_also_with_a_read_only_home(
    service: Any, serve: Any, wait_for: Callable[..., Any]
) -> None:
    process = serve(named("a"))
    wait_for(lambda: contract.read_status(service.folder) is not None)
    assert service.settle().phase == contract.READY
    process.terminate()
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert err == b""
    assert b"The service has stopped." in out
