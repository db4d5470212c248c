"""Two parents on one port: the next one takes over from the one before without losing a request."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from depth import rounds
from ports import free_port
from scoredock_runtime import contract

pytestmark = [pytest.mark.chance, pytest.mark.skipif(sys.platform != "linux", reason="containers run Linux")]

NAMED = """
import os

def init():
    pass

def run(data):
    return ["NAME", os.getpid()]
"""


def named(name: str) -> str:
    return NAMED.replace("NAME", name)


def prepare(service: Any, name: str, port: int, **changes: Any) -> None:
    """It is ready to follow whoever serves at the port, and takes no connection."""
    service.write(named(name))
    service.start(port=port, reuse_port=True, bind_late=True, **changes)
    assert service.settle().phase == contract.PREPARED, service.log_text()


def take_over(service: Any, old: Any) -> Any:
    """What it answers once it serves and the old one has retired."""
    return service.control("POST", "/open", {"predecessor": old.status.control_port, "grace": 10})


def kill_parent(service: Any, wait_for: Callable[..., Any]) -> None:
    os.kill(service.status.parent_pid, signal.SIGKILL)
    wait_for(service.gone)


class Caller(threading.Thread):
    """Asks without a pause until told to stop, on new connections or on one that is kept as long as the server lets
    it."""

    def __init__(self, port: int, *, keeps: bool) -> None:
        super().__init__()
        self.port, self.keeps = port, keeps
        self.ended = threading.Event()
        self.names: list[str] = []
        self.faults: list[str] = []

    def run(self) -> None:
        connection = None
        while not self.ended.is_set():
            if connection is None:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            try:
                connection.request("POST", "/score", "1", {"Content-Type": "application/json"})
                answer = connection.getresponse()
                told = answer.read()
                if answer.status != 200:
                    raise ValueError(f"{answer.status} {told!r}")
                self.names.append(json.loads(told)[0])
                leaves = not self.keeps or answer.will_close
            except (OSError, http.client.HTTPException, ValueError) as fault:
                self.faults.append(repr(fault))
                leaves = True
            if leaves:
                connection.close()
                connection = None


def test_a_handover_on_one_port_loses_no_request(make_service: Any, wait_for: Callable[..., Any]) -> None:
    first, second, third = make_service("first"), make_service("second"), make_service("third")
    port = free_port()
    first.up(named("first"), port=port, reuse_port=True, worker_count=2)
    callers = [Caller(port, keeps=number % 2 == 0) for number in range(6)]
    for each in callers:
        each.start()
    old = first
    followers = (second, third)[: rounds(gate=1, long=2)]
    for service in followers:
        name = service.folder.name
        wait_for(lambda: all(len(each.names) > 50 for each in callers))
        prepare(service, name, port, worker_count=2)
        answer = take_over(service, old)
        assert (answer.status, answer.json()["phase"]) == (200, contract.READY)
        status = old.status
        assert (status.phase, status.worker_pids) == (contract.RETIRED, [])
        marks = [len(each.names) for each in callers]
        wait_for(
            lambda marks=marks: all(len(each.names) > mark + 50 for each, mark in zip(callers, marks, strict=True))
        )
        for each, mark in zip(callers, marks, strict=True):
            assert set(each.names[mark + 1 :]) == {name}
        old = service
    for each in callers:
        each.ended.set()
    for each in callers:
        each.join()
    assert [each.faults for each in callers if each.faults] == []
    # Fifty with each of the services at least.
    assert all(len(each.names) > 50 * (1 + len(followers)) for each in callers)
    assert "has retired" in first.log_text()
    wait_for(lambda: first.status.control_port == 0)
    os.kill(first.status.parent_pid, signal.SIGTERM)
    wait_for(first.gone)
    assert first.status.phase == contract.RETIRED


def test_who_is_prepared_takes_no_connection_until_it_is_told_to(
    make_service: Any, wait_for: Callable[..., Any]
) -> None:
    """As after an update whose writer was killed: the one that served before is the only one that answers."""
    first, second, port = make_service("first"), make_service("second"), free_port()
    first.up(named("first"), port=port, reuse_port=True)
    caller = Caller(port, keeps=False)
    caller.start()
    prepare(second, "second", port)
    assert {first.score().json()[0] for _ in range(100)} == {"first"}
    assert second.control("POST", "/reload", {}).status == 409, "nothing serves there that could be replaced"
    kill_parent(second, wait_for)
    assert {first.score().json()[0] for _ in range(100)} == {"first"}
    caller.ended.set()
    caller.join()
    assert (set(caller.names), caller.faults) == ({"first"}, [])


@pytest.mark.long("tests/deploy/test_who_answers.py ends who hands over at any moment, at the gate")
def test_from_one_moment_on_all_go_to_the_next_one_also_when_nobody_tells_the_old_one(make_service: Any) -> None:
    first, second, port = make_service("first"), make_service("second"), free_port()
    first.up(named("first"), port=port, reuse_port=True)
    prepare(second, "second", port)
    assert second.control("POST", "/open", {}).status == 200
    assert first.status.phase == contract.READY
    assert {first.score().json()[0] for _ in range(200)} == {"second"}
    assert take_over(second, first).status == 200, "asking again finishes what is left"
    assert first.status.phase == contract.RETIRED
    assert {second.score().json()[0] for _ in range(100)} == {"second"}


def test_what_was_opened_stays_open_when_its_parent_is_started_again(
    make_service: Any, wait_for: Callable[..., Any]
) -> None:
    first, second, port = make_service("first"), make_service("second"), free_port()
    first.up(named("first"), port=port, reuse_port=True)
    prepare(second, "second", port)
    assert take_over(second, first).status == 200
    kill_parent(second, wait_for)
    second.spec = contract.spec_from_json((second.folder / contract.SPEC_FILE).read_text())
    second.start()
    assert second.settle().phase == contract.READY
    assert second.score().json()[0] == "second"


@pytest.mark.long("tests/deploy/test_who_answers.py ends who hands over at any moment, at the gate")
def test_the_next_one_takes_over_although_nobody_waits_for_its_answer(
    make_service: Any, wait_for: Callable[..., Any]
) -> None:
    first, second, port = make_service("first"), make_service("second"), free_port()
    first.up(named("first"), port=port, reuse_port=True)
    prepare(second, "second", port)
    body = json.dumps({"predecessor": first.status.control_port, "grace": 10}).encode()
    with socket.create_connection(("127.0.0.1", second.status.control_port)) as line:
        line.sendall(
            b"POST /open HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer the-nonce\r\nContent-Length: %d\r\n\r\n%s"
            % (len(body), body)
        )
    wait_for(lambda: first.status.phase == contract.RETIRED)
    assert {second.score().json()[0] for _ in range(50)} == {"second"}


def test_nonsense_opens_nothing(make_service: Any) -> None:
    first, second, port = make_service("first"), make_service("second"), free_port()
    first.up(named("first"), port=port, reuse_port=True)
    prepare(second, "second", port)
    for body in ({"predecessor": "80"}, {"predecessor": 70000}, {"predecessor": True}, {"grace": -1}):
        assert second.control("POST", "/open", body).status == 400, body
        assert second.status.phase == contract.PREPARED, body


@pytest.mark.long("test_who_is_prepared_takes_no_connection asks who answers beside one that does not serve")
def test_one_that_fails_beside_another_disturbs_nobody(make_service: Any) -> None:
    first, second = make_service("first"), make_service("second")
    port = free_port()
    first.up(named("first"), port=port, reuse_port=True)
    second.write("def init():\n    raise ValueError('no')\n\ndef run(data):\n    pass\n")
    second.start(port=port, reuse_port=True, bind_late=True)
    caller = Caller(port, keeps=False)
    caller.start()
    assert second.settle().phase == contract.FAILED
    caller.ended.set()
    caller.join()
    assert caller.faults == []
    assert set(caller.names) <= {"first"}


def test_without_reuse_the_port_is_taken(make_service: Any) -> None:
    first, second = make_service("first"), make_service("second")
    port = free_port()
    first.up(port=port)
    second.write()
    second.start(port=port, reuse_port=True)
    assert second.settle().failure.cause == contract.PORT_IN_USE


def test_a_retiring_one_answers_what_it_has_taken(make_service: Any, wait_for: Callable[..., Any]) -> None:
    first, second = make_service("first"), make_service("second")
    port, begun, gate = free_port(), first.folder / "begun", first.folder / "gate"
    first.up(
        f"import os, time\n\ndef init():\n    pass\n\ndef run(data):\n    open({str(begun)!r}, 'w').close()\n"
        f"    while not os.path.exists({str(gate)!r}): time.sleep(0.01)\n    return 'late'\n",
        port=port,
        reuse_port=True,
    )
    answers: list[Any] = []
    asking = threading.Thread(target=lambda: answers.append(first.score()))
    asking.start()
    wait_for(begun.exists)
    prepare(second, "second", port)
    retiring = threading.Thread(target=lambda: answers.append(take_over(second, first)))
    retiring.start()
    wait_for(lambda: "The service retires" in first.log_text())
    assert {second.score().json()[0] for _ in range(20)} == {"second"}
    gate.touch()
    asking.join(20)
    retiring.join(20)
    assert answers[0].json() == "late"
    assert answers[1].status == 200


def test_a_retired_one_stays_so_when_it_is_started_again(service: Any, wait_for: Callable[..., Any]) -> None:
    control = free_port()
    service.up(named("first"), port=free_port(), reuse_port=True, control_port=control)
    assert service.control("POST", "/retire", {}).json()["phase"] == contract.RETIRED
    kill_parent(service, wait_for)
    service.start()
    assert service.settle().phase == contract.RETIRED
    assert service.control("GET", "/status").json()["control_port"] == control
    with pytest.raises(ConnectionRefusedError):
        service.score()
    os.kill(service.status.parent_pid, signal.SIGTERM)
    wait_for(service.gone)
    service.start()
    assert service.settle().phase == contract.RETIRED
    assert service.stop().phase == contract.RETIRED
    wait_for(service.gone)
    service.start(revision=2)
    assert service.settle().phase == contract.READY
    assert service.score().json()[0] == "first"


def test_a_retired_one_can_give_up_its_control_port(make_service: Any, wait_for: Callable[..., Any]) -> None:
    first, second = make_service("first"), make_service("second")
    control = free_port()
    first.up(named("first"), port=free_port(), reuse_port=True, control_port=control)
    assert first.control("POST", "/retire", {"release_control": True}).status == 200
    wait_for(lambda: first.status.control_port == 0)
    second.up(named("second"), control_port=control)
    assert second.control("GET", "/status").status == 200
    os.kill(first.status.parent_pid, signal.SIGTERM)
    wait_for(first.gone)
    first.start()
    assert first.settle().phase == contract.RETIRED
    assert first.status.control_port == 0
