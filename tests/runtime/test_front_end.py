"""What v1's front end did in the cloud, over real HTTP: keys, tokens, limits, time-outs, TLS."""

from __future__ import annotations

import concurrent.futures
import contextlib
import hashlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest

from pace import within
from scoredock_runtime import contract
from scoredock_runtime.contract import Authentication, make_token
from suspension import suspend

FIRST = "primary-key-of-the-service-0123456789abcdef"
SECOND = "secondary-key-of-the-service-fedcba98765432"
THIRD = "a-key-that-came-later-0123456789"
SECRET = "5e" * 32

ECHO = """
import json

def init():
    pass

def run(data):
    return {"got": json.loads(data)}
"""
GATED = """
import json, os, time

def init():
    pass

def run(data):
    data = json.loads(data)
    if data == "wait":
        open("running", "w").close()
        while not os.path.exists("go"):
            time.sleep(0.005)
    return data
"""
RAW = """
from azureml.contrib.services.aml_request import rawhttp
from azureml.contrib.services.aml_response import AMLResponse

def init():
    pass

@rawhttp
def run(request):
    print("the script was asked", request.method)
    return AMLResponse(request.method, 200)
"""


def allowed(*keys: str, secret: str = "") -> Authentication:
    return Authentication([hashlib.sha256(key.encode()).hexdigest() for key in keys], secret)


def bearer(credential: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {credential}"}


def raw(port: int, data: bytes, timeout: float = 10.0) -> bytes:
    """Everything that comes back until the other end closes or says nothing for a while."""
    got = b""
    with socket.create_connection(("127.0.0.1", port), timeout) as sock, contextlib.suppress(OSError):
        sock.sendall(data)
        while part := sock.recv(65536):
            got += part
            if b"\r\n\r\n" in got and b"content-length: " in got.lower():
                head, _, body = got.partition(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                if len(body) >= length:
                    break
    return got


def scored(*lines: bytes, body: bytes = b"[1]", target: bytes = b"/score") -> bytes:
    head = [
        b"POST %b HTTP/1.1" % target,
        b"Host: 127.0.0.1",
        b"Content-Type: application/json",
        b"Content-Length: %d" % len(body),
        *lines,
    ]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


# ------------------------------------------------------------------------------------------------------- keys


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory, service_type: Callable[..., Any]) -> Iterator[Any]:
    import sys

    service = service_type(tmp_path_factory.mktemp("keyed") / "svc", sys.executable)
    service.up(ECHO, authentication=allowed(FIRST, SECOND), metrics=True)
    yield service
    service.clean_up()


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [b"Authorization:"],
        [b"Authorization: Bearer"],
        [b"Authorization: Bearer "],
        [b"Authorization: " + FIRST.encode()],
        [b"Authorization: Bearer " + FIRST[:-1].encode()],
        [b"Authorization: Bearer " + FIRST.encode() + b"x"],
        [b"Authorization: Bearer " + FIRST[:8].encode()],
        [b"Authorization: Basic eDp5"],
        [b"Authorization: Bearer \xff\xfe\xe9"],
        [b"Authorization: Bearer " + "ключ".encode()],
        [b"Authorization: Bearer " + b"x" * 4000],
        [b"Authorization: Bearer " + FIRST.encode(), b"Authorization: Bearer " + FIRST.encode()],
        [b"Authorization: Bearer wrong", b"Authorization: Bearer " + FIRST.encode()],
        [b"Authorization: Bearer " + FIRST.encode() + b", Bearer " + SECOND.encode()],
        [b"X-Authorization: Bearer " + FIRST.encode()],
        [b"Proxy-Authorization: Bearer " + FIRST.encode()],
        [b"Cookie: Authorization=Bearer " + FIRST.encode()],
        [b"Authorization: Bearer eyJhbGciOiJub25lIn0.eyJleHAiOjQxMDI0NDQ4MDB9."],
        [b"Authorization: Bearer " + make_token(SECRET, "svc", 3600, time.time()).encode()],
    ],
    ids=lambda lines: repr(b" | ".join(lines)[:48]),
)
def test_without_a_key_of_the_service_it_is_401(keyed: Any, lines: list[bytes]) -> None:
    answer = raw(keyed.status.port, scored(*lines))
    assert status_of(answer) == 401, answer[:200]
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"www-authenticate: bearer" in head.lower()
    assert b"x-ms-request-id: " in head.lower()
    assert json.loads(body)["message"].endswith(".")
    assert FIRST.encode() not in body
    assert keyed.score([1], **bearer(SECOND)).json() == {"got": [1]}


def test_a_header_of_a_megabyte_is_no_500(keyed: Any) -> None:
    answer = raw(keyed.status.port, scored(b"Authorization: Bearer " + b"x" * 1_000_000))
    assert status_of(answer) in (0, 400, 401, 413, 431)
    assert keyed.score([1], **bearer(FIRST)).status == 200


def test_a_key_in_the_address_is_no_key(keyed: Any) -> None:
    for name in ("key", "code", "Authorization", "access_token"):
        assert status_of(raw(keyed.status.port, scored(target=f"/score?{name}={FIRST}".encode()))) == 401


@pytest.mark.parametrize("key", [FIRST, SECOND])
def test_both_keys_are_valid_at_the_same_time(keyed: Any, key: str) -> None:
    assert keyed.score([1], **bearer(key)).status == 200
    assert keyed.request("GET", "/score?a=1", headers=bearer(key)).status == 200


def test_what_needs_a_key_and_what_does_not(keyed: Any) -> None:
    for path in ("/score", "/swagger.json", "/metrics"):
        assert keyed.request("GET", path).status == 401, path
        assert keyed.request("GET", path, headers=bearer(FIRST)).status == 200, path
    for path in ("/", "/ready"):
        assert keyed.request("GET", path).status == 200, path
    # Whether a route exists is not a secret: the contract is public.
    assert keyed.request("GET", "/nowhere").status == 404


def test_a_refusal_reads_no_body_and_keeps_the_connection_usable(keyed: Any) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", keyed.status.port, timeout=10)
    for _ in range(3):
        connection.request("POST", "/score", b"[1]", {"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert (answer.status, bool(answer.read())) == (401, True)
        connection.request("POST", "/score", b"[1]", {"Content-Type": "application/json", **bearer(FIRST)})
        assert connection.getresponse().read() == b'{"got": [1]}'
    connection.close()


def test_no_key_is_anywhere_on_disk_or_in_the_processes(keyed: Any) -> None:
    assert keyed.score([1], **bearer(FIRST)).status == 200
    assert keyed.score([1], Authorization=f"Bearer {FIRST}x").status == 401
    for path in keyed.folder.rglob("*"):
        if path.is_file():
            assert FIRST.encode() not in path.read_bytes(), path
    for process in keyed.processes():
        assert FIRST not in " ".join(process.cmdline())
        assert FIRST not in " ".join(process.environ().values())


def test_a_raw_script_is_not_asked_by_options_without_a_key(service: Any, wait_for: Callable[..., Any]) -> None:
    service.up(RAW, authentication=allowed(FIRST), environment={})
    for method in ("OPTIONS", "PUT", "DELETE", "PATCH", "GET", "POST"):
        assert service.request(method, "/score").status in (401, 405), method
    assert "the script was asked" not in service.log_text()
    assert service.request("OPTIONS", "/score", headers=bearer(FIRST)).status == 200
    wait_for(lambda: "the script was asked OPTIONS" in service.log_text())


# ------------------------------------------------------------------------------------------------------- renewal


def test_a_key_is_exchanged_without_a_restart_while_requests_come(service: Any) -> None:
    service.up(ECHO, authentication=allowed(FIRST, SECOND), worker_count=2)
    pids = sorted(service.status.worker_pids)
    over = threading.Event()
    seen: list[int] = []

    def keep_asking() -> None:
        while not over.is_set():
            seen.append(service.score([1], **bearer(SECOND)).status)

    callers = [threading.Thread(target=keep_asking) for _ in range(3)]
    for caller in callers:
        caller.start()
    try:
        for keys in ((THIRD, SECOND), (FIRST, SECOND), (THIRD, SECOND)):
            told = {"key_digests": allowed(*keys).key_digests, "token_secret": ""}
            assert service.control("POST", "/authentication", told).status == 200
    finally:
        over.set()
        for caller in callers:
            caller.join()
    assert set(seen) == {200}
    statuses = {service.score([1], **bearer(FIRST)).status for _ in range(20)}
    assert statuses == {401}
    assert {service.score([1], **bearer(THIRD)).status for _ in range(20)} == {200}
    assert sorted(service.status.worker_pids) == pids


def test_a_worker_that_is_replaced_knows_the_newest_keys(service: Any, wait_for: Callable[..., Any]) -> None:
    import os
    import signal

    service.up(ECHO, authentication=allowed(FIRST))
    assert (
        service.control(
            "POST", "/authentication", {"key_digests": allowed(THIRD).key_digests, "token_secret": ""}
        ).status
        == 200
    )
    (before,) = service.status.worker_pids
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: service.status.phase == contract.READY and service.status.worker_pids not in ([], [before]))
    assert service.score([1], **bearer(FIRST)).status == 401
    assert service.score([1], **bearer(THIRD)).status == 200


@pytest.mark.chance
def test_a_change_of_keys_is_answered_once_every_worker_has_taken_it(
    service: Any, wait_for: Callable[..., Any]
) -> None:
    """Whoever took a key away may rely on the answer: nobody gets in by that key any more."""
    service.up(ECHO, authentication=allowed(FIRST), worker_count=2)
    slow = psutil.Process(service.status.worker_pids[1])
    told = {"key_digests": allowed(THIRD).key_digests, "token_secret": ""}
    answers: list[int] = []
    asking = threading.Thread(target=lambda: answers.append(service.control("POST", "/authentication", told).status))
    suspend(slow)
    try:
        asking.start()
        wait_for(lambda: "The keys of the service were changed." in service.log_text())
        asking.join(0.5)
        assert answers == [], "the worker that sleeps knows the old key only"
    finally:
        slow.resume()
    asking.join(30)
    assert answers == [200]
    assert {service.score([1], **bearer(FIRST)).status for _ in range(20)} == {401}


@pytest.mark.chance
def test_a_change_of_keys_does_not_wait_for_a_worker_that_has_died(service: Any, wait_for: Callable[..., Any]) -> None:
    service.up(ECHO, authentication=allowed(FIRST), worker_count=2)
    dead = psutil.Process(service.status.worker_pids[1])
    told = {"key_digests": allowed(THIRD).key_digests, "token_secret": ""}
    suspend(dead)
    asking = threading.Thread(target=lambda: service.control("POST", "/authentication", told))
    asking.start()
    wait_for(lambda: "The keys of the service were changed." in service.log_text())
    dead.kill()
    asking.join(30)
    assert not asking.is_alive()


@pytest.mark.parametrize(
    "told",
    [
        {"key_digests": ["zz"]},
        {"key_digests": [1]},
        {"key_digests": "x"},
        {"token_secret": "no hex"},
        {"key_digests": ["00"]},
    ],
    ids=repr,
)
def test_nonsense_changes_nothing(keyed: Any, told: dict[str, Any]) -> None:
    assert keyed.control("POST", "/authentication", told).status == 400
    assert keyed.score([1], **bearer(FIRST)).status == 200
    assert keyed.score([1]).status == 401


def test_only_the_nonce_opens_the_control_endpoint(keyed: Any) -> None:
    told = {"key_digests": allowed(THIRD).key_digests, "token_secret": ""}
    assert keyed.control("POST", "/authentication", told, nonce=FIRST).status == 401
    assert keyed.score([1], **bearer(THIRD)).status == 401


# ------------------------------------------------------------------------------------------------------- tokens


def test_a_token_opens_until_it_ends(service: Any, wait_for: Callable[..., Any]) -> None:
    service.up(ECHO, authentication=allowed(secret=SECRET))
    now = time.time()
    good = make_token(SECRET, "svc", 3600, now)
    assert service.score([1], **bearer(good)).status == 200
    assert service.score([1], **bearer(make_token(SECRET, "svc", 3600, now + 200))).status == 200
    assert service.score([1], **bearer(make_token(SECRET, "svc", 3600, now + 2000))).status == 401
    assert service.score([1], **bearer(make_token(SECRET, "svc", 3600, now - 3601))).status == 401
    assert service.score([1], **bearer(make_token("11" * 32, "svc", 3600, now))).status == 401
    short = make_token(SECRET, "svc", 2, now + 1)
    assert service.score([1], **bearer(short)).status == 200
    wait_for(lambda: service.score([1], **bearer(short)).status == 401, 8)
    assert time.time() >= int(now + 1) + 2 - 1
    answer = service.score([1], **bearer(short))
    assert "expired" in answer.json()["message"]
    assert service.score([1], **bearer(good)).status == 200


# ------------------------------------------------------------------------------------------------------- limits


def test_a_body_that_is_too_large_is_413_and_never_read(service: Any) -> None:
    service.up(ECHO, body_limit=10_000)
    fits = json.dumps("x" * 9_000)
    assert service.request("POST", "/score", fits, {"Content-Type": "application/json"}).status == 200
    head = b"POST /score HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    assert status_of(raw(service.status.port, head + b"Content-Length: 10001\r\n\r\n")) == 413
    assert status_of(raw(service.status.port, head + b"Content-Length: 99999999999999999999\r\n\r\n")) in (400, 413)
    chunks = b"".join(b"800\r\n" + b"x" * 2048 + b"\r\n" for _ in range(8)) + b"0\r\n\r\n"
    assert status_of(raw(service.status.port, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)) == 413
    assert service.score([1]).status == 200


def test_the_usual_limit_is_a_hundred_megabytes(service: Any) -> None:
    service.up(ECHO)
    head = b"POST /score HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    assert status_of(raw(service.status.port, head + b"Content-Length: 104857601\r\n\r\n")) == 413


@contextlib.contextmanager
def busy(service: Any, wait_for: Callable[..., Any], count: int = 1) -> Iterator[list[Any]]:
    """`count` requests that run() holds, or that wait for it, until the block ends; their answers are in the list
    then."""
    for name in ("running", "go"):
        (service.app / name).unlink(missing_ok=True)
    answers: list[Any] = []
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        first = [pool.submit(service.score, "wait")]
        wait_for((service.app / "running").exists)
        first += [pool.submit(service.score, "wait") for _ in range(count - 1)]
        try:
            yield answers
        finally:
            (service.app / "go").touch()
            answers += [each.result() for each in first]


def test_who_waits_too_long_for_a_free_worker_gets_503_and_is_told_when_to_come_back(
    service: Any, wait_for: Callable[..., Any]
) -> None:
    service.up(GATED, max_concurrent_requests=1, max_queue_wait=0.4)
    with busy(service, wait_for) as answers:
        begun = time.monotonic()
        refused = service.score("next")
        waited = time.monotonic() - begun
        assert refused.status == 503
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.json()["message"]
        assert waited >= 0.35
        assert within(waited, 3)
        assert service.request("GET", "/").status == 200
    assert [each.status for each in answers] == [200]
    assert service.score("next").json() == "next"


@pytest.mark.chance
def test_a_burst_is_answered_or_refused_and_every_answer_is_its_own(service: Any) -> None:
    script = "import json, time\ndef init(): pass\ndef run(data):\n    time.sleep(0.02)\n    return json.loads(data)\n"
    service.up(script, max_concurrent_requests=2, max_queue_wait=0.3)

    def ask(number: int) -> tuple[int, Any]:
        answer = service.score({"number": number})
        if answer.status == 503:
            assert int(answer.headers["retry-after"]) >= 1
        return answer.status, answer.json().get("number")

    with concurrent.futures.ThreadPoolExecutor(60) as pool:
        found = list(pool.map(ask, range(120)))
    assert {status for status, _ in found} == {200, 503}
    assert all(told == number for number, (status, told) in enumerate(found) if status == 200)
    assert service.score({"number": -1}).json() == {"number": -1}


def test_requests_wait_without_limit_when_none_is_set(service: Any, wait_for: Callable[..., Any]) -> None:
    service.up(GATED, max_concurrent_requests=1)
    with busy(service, wait_for, 3) as answers:
        assert service.request("GET", "/").status == 200
    assert [each.status for each in answers] == [200, 200, 200]


def test_an_answer_that_takes_too_long_is_504_and_the_next_request_is_answered(service: Any) -> None:
    script = (
        "import json, time\ndef init(): pass\ndef run(data):\n    time.sleep(json.loads(data))\n    return"
        " json.loads(data)\n"
    )
    service.up(script, scoring_timeout=0.5)
    begun = time.monotonic()
    late = service.score(30)
    assert late.status == 504
    assert 0.45 <= time.monotonic() - begun < 20  # far from the 30 s that run() takes
    assert "x-ms-request-id" in late.headers
    assert "scoringTimeoutMs" in late.json()["message"]
    assert service.score(0).json() == 0


def test_what_waits_behind_a_slow_one_is_504_as_well_and_never_run(service: Any, wait_for: Callable[..., Any]) -> None:
    script = GATED + "\n_inner = run\ndef run(data):\n    print('asked for', data)\n    return _inner(data)\n"
    service.up(script, scoring_timeout=0.6)
    with busy(service, wait_for) as answers:
        late = service.score("behind")
    # The one that ran was interrupted, or the one behind it came to its turn in the last moment.
    assert answers[0].status == 504
    assert late.status in (200, 504)
    assert service.score("after").json() == "after"
