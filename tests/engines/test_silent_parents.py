"""A parent of a service or a router that stands still, or says a byte now and then: who asks it is told, and may go."""

from __future__ import annotations

import contextlib
import dataclasses
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from scoredock.engines import parent_control
from scoredock.engines.docker import control as docker_control
from scoredock.engines.handle import Handle
from scoredock.engines.parent_control import (
    ask_parent,
    ask_patiently,
    control,
    control_patiently,
)
from scoredock.engines.probe import Address, probe
from scoredock.engines.process import engine as process
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Silent
from scoredock.registry import Registry
from scoredock.services.endpoints.router import RouterProcess
from scoredock.services.ledger import Ledger

from scoredock_runtime import contract
from scoredock_runtime.contract import Authentication, Routes
from silent_server import SilentServer
from suspension import suspend


class Parent(SilentServer):
    """`status` is what it says to who asks for its status, if anything."""

    def __init__(self, mode: str) -> None:
        self.status: bytes = b""
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(listener.getsockname()[1])
        super().__init__(listener, mode)

    def answer(self, path: str) -> bytes | None:
        return self.status or None if path == "/status" else None


MODES = ["silent", "head", "trickle", "slow head"]


@pytest.fixture(params=MODES)
def parent(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Parent]:
    shorten(monkeypatch)
    made = Parent(request.param)
    yield made
    made.close()


def shorten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parent_control, "LOOK_SECONDS", 0.2)
    monkeypatch.setattr(parent_control, "ANSWER_SECONDS", 0.3)


def test_a_request_ends(parent: Parent) -> None:
    with pytest.raises(TimeoutError):
        ask_parent(parent.port, "n", "GET", "/traffic", {}, 0.4)
    assert not probe(Address(parent.port, "n"), 0.4).reached


def test_a_request_that_may_take_minutes_ends_with_the_parents_silence(
    parent: Parent,
) -> None:
    with pytest.raises(TimeoutError):
        ask_patiently(parent.port, "n", "/replace", {}, 600)
    assert parent.left.wait(20), "the parent can see that nobody waits any more"


def test_a_request_that_may_take_minutes_ends_with_its_time(parent: Parent) -> None:
    parent.status = b"{}"
    with pytest.raises(TimeoutError):
        ask_patiently(parent.port, "n", "/replace", {}, 1)


def test_a_parent_that_is_at_work_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shorten(monkeypatch)
    looks = threading.Event()
    parent = Parent("silent")
    parent.status = b"{}"
    answers = parent_control._answers
    monkeypatch.setattr(parent_control, "_answers", lambda *given: (looks.set(), answers(*given))[1])
    ended: list[object] = []

    def ask() -> None:
        try:
            ask_patiently(parent.port, "n", "/stop", {}, 600)
        except OSError as error:
            ended.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        assert looks.wait(20)
        assert ended == []
    finally:
        parent.status = b""
        asking.join(30)
        parent.close()
    assert len(ended) == 1


def test_a_container_that_says_nothing(parent: Parent) -> None:
    handle = Handle("docker", Path("/nowhere"), nonce="n", control_port=parent.port)
    for ask in (docker_control.ask, docker_control.ask_patiently):
        with pytest.raises(docker_control.NotReached):
            ask(handle, "/stop", {}, 0.4)
    assert docker_control.status(handle, 0.4) is None
    with pytest.raises(docker_control.NotReached):
        docker_control.log_lines(handle, 0, 0.4)


def test_a_router_that_says_nothing(parent: Parent, tmp_path: Path, hosted: Any) -> None:
    status = contract.ServiceStatus(contract.READY, 1, 0, 0.0, control_port=parent.port)
    (tmp_path / contract.STATUS_FILE).write_text(contract.to_json(status))
    routers = RouterProcess(tmp_path, hosted.engine, Ledger(Registry(tmp_path / "workspace").store))
    handle = Handle("process", tmp_path, nonce="n")
    with pytest.raises(ScoredockError) as error:
        routers.change(handle, Routes({}, ""))
    assert (error.value.code, bool(error.value.fix)) == ("service-unreachable", True)
    assert routers.answered(handle) == {}


# ------------------------------------------------------------------------------------------ a real one that is halted


@pytest.fixture
def halted(hosted: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Handle]:
    shorten(monkeypatch)
    for name in (
        "_PROBE_SECONDS",
        "_HISTORY_SECONDS",
        "_CONTROL_SECONDS",
        "_CANCEL_SECONDS",
    ):
        monkeypatch.setattr(process, name, 0.5)
    handle: Handle = hosted.healthy()
    parent = psutil.Process(handle.pid)
    suspend(parent)
    yield handle
    with contextlib.suppress(psutil.Error):
        parent.resume()


def _update(hosted: Any, cancel: CancelToken) -> Callable[[Handle], object]:
    return lambda handle: hosted.engine.replace(handle, hosted.launch(revision=2, nonce=handle.nonce), Silent(), cancel)


@pytest.mark.parametrize("verb", ["update", "keys", "settle"])
def test_a_change_of_one_that_is_halted_says_so(hosted: Any, halted: Handle, verb: str) -> None:
    changes: dict[str, Callable[[], object]] = {
        "update": lambda: _update(hosted, CancelToken())(halted),
        "keys": lambda: hosted.engine.authenticate(halted, Authentication()),
        "settle": lambda: hosted.engine.settle(halted.folder, 2),
    }
    with pytest.raises(ScoredockError) as error:
        changes[verb]()
    assert error.value.code == "service-unreachable"
    assert f"kill -CONT {halted.pid}" in error.value.fix


def test_one_that_is_halted_is_looked_at(hosted: Any, halted: Handle) -> None:
    seen = hosted.engine.observe(halted)
    assert (seen.state, seen.phase) == ("Healthy", process.HALTED), "its worker answers on"
    assert hosted.engine.history(halted) is not None
    assert list(hosted.engine.logs(halted))


@pytest.mark.parametrize("verb", ["stop", "remove"])
def test_one_that_is_halted_ends(hosted: Any, halted: Handle, verb: str) -> None:
    if verb == "stop":
        hosted.engine.stop(halted, 600)
    else:
        hosted.engine.remove(halted)
    assert hosted.left() == []


def test_what_was_given_up_is_not_done_later(hosted: Any, halted: Handle) -> None:
    with pytest.raises(ScoredockError):
        _update(hosted, CancelToken())(halted)
    psutil.Process(halted.pid).resume()
    assert hosted.until(halted, "Healthy").revision == 1
    assert control(halted, "GET", "/status", {}, 20).revision == 1
    # It takes the next one.
    update = hosted.launch(revision=3, nonce=halted.nonce)
    assert hosted.engine.replace(halted, update, Silent(), CancelToken()).pid == halted.pid
    assert hosted.engine.observe(halted).revision == 3


def test_a_decision_that_was_not_heard_holds(hosted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The parent has taken the revision over, and stands still before it says so."""
    shorten(monkeypatch)
    handle = hosted.healthy()

    def unheard(*given: Any) -> contract.ServiceStatus:
        control_patiently(*given)
        raise TimeoutError("halted")

    monkeypatch.setattr(process, "control_patiently", unheard)
    update = hosted.launch(revision=2, nonce=handle.nonce)
    assert hosted.engine.replace(handle, update, Silent(), CancelToken()).pid == handle.pid
    assert dataclasses.replace(hosted.engine.observe(handle), port=0).revision == 2
