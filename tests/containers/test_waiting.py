"""A daemon that takes requests and does not answer them, at each kind of call: who waits is told, and may go."""

from __future__ import annotations

import io
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from scoredock.containers import connection, image_calls, image_files, long_calls, objects, waiting
from scoredock.containers.connection import Docker, DockerSettings, connect
from scoredock.containers.failures import docker_errors
from scoredock.containers.waiting import until_cancelled
from scoredock.engines.base import Launch
from scoredock.engines.docker.engine import DockerEngine
from scoredock.engines.handle import Handle
from scoredock.errors import Cancelled, ScoredockError
from scoredock.packaging import transfer
from scoredock.progress import CancelToken, Progress, Silent

from silent_server import SilentServer

VERSION = b'{"ApiVersion": "1.41", "Version": "20.10", "Os": "linux", "Arch": "amd64"}'


class FakeDaemon(SilentServer):
    """Answers who asks for its version or whether it is there, as long as `pings`, and what is in `replies`."""

    def __init__(self, folder: Path) -> None:
        self.address = f"unix://{folder / 'docker.sock'}"
        self.pings = True
        self.replies: dict[str, bytes] = {}
        """By the end of a path."""
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(folder / "docker.sock"))
        listener.listen(64)
        super().__init__(listener)

    def answer(self, path: str) -> bytes | None:
        if path.endswith(("/version", "/_ping")):
            if not self.pings:
                self.over.wait()
            return VERSION if path.endswith("/version") else b"OK"
        return next((self.replies[end] for end in self.replies if path.endswith(end)), None)


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeDaemon]:
    monkeypatch.setattr(connection, "CALL_SECONDS", 0.4)
    monkeypatch.setattr(connection, "_GREETING_SECONDS", 0.4)
    for module in (connection, long_calls, objects, image_files):
        monkeypatch.setattr(module, "LOOK_SECONDS", 0.2)
    folder = Path(tempfile.mkdtemp(prefix="sd"))  # a socket's path must be short
    made = FakeDaemon(folder)
    yield made
    made.close()
    shutil.rmtree(folder)


def found(daemon: FakeDaemon) -> Docker:
    return connect(DockerSettings(daemon.address))


QUICK: dict[str, Callable[[Any], object]] = {
    "start": lambda api: api.start("c"),
    "stop": lambda api: api.stop("c", timeout=0),
    "kill": lambda api: api.kill("c"),
    "remove": lambda api: api.remove_container("c"),
    "inspect": lambda api: api.inspect_container("c"),
    "list": lambda api: api.containers(all=True),
    "images": lambda api: api.images(),
    "logs": lambda api: api.logs("c", stream=False),
    "volume": lambda api: api.create_volume("v"),
    "stats": lambda api: api.stats("c", stream=False),
}


@pytest.mark.parametrize("mode", ["silent", "head", "trickle"])
@pytest.mark.parametrize("kind", QUICK)
def test_an_ordinary_call_ends(daemon: FakeDaemon, kind: str, mode: str) -> None:
    daemon.mode = mode
    docker = found(daemon)
    with pytest.raises(ScoredockError) as error, docker_errors("do it"):
        QUICK[kind](docker.api)
    assert error.value.code == "docker-unavailable"
    assert error.value.fix


def _events(docker: Docker) -> object:
    return list(long_calls.events(docker, "build", "/build", CancelToken()))


PATIENT: dict[str, Callable[[Docker, Path], object]] = {
    "create": lambda docker, _: docker.patient.create_container("i"),
    "commit": lambda docker, _: docker.patient.commit("c"),
    "remove image": lambda docker, _: docker.patient.remove_image("i"),
    "put": lambda docker, _: long_calls.put_archive(docker, "c", iter([b"x"])),
    "wait": lambda docker, _: long_calls.wait_ended(docker, "c", CancelToken()),
    "events": lambda docker, _: _events(docker),
    "get": lambda docker, folder: objects.fetch(docker, "c", "/x", folder),
}


@pytest.mark.parametrize("mode", ["silent", "head"])
@pytest.mark.parametrize("kind", PATIENT)
def test_what_may_take_minutes_ends_when_the_daemon_answers_nothing(
    daemon: FakeDaemon, kind: str, mode: str, tmp_path: Path
) -> None:
    daemon.mode = mode
    docker = found(daemon)
    daemon.pings = False
    with pytest.raises(ScoredockError) as error, docker_errors("do it"):
        PATIENT[kind](docker, tmp_path)
    assert error.value.code == "docker-unavailable"


@pytest.mark.parametrize("kind", ["commit", "wait"])
def test_what_may_take_minutes_is_waited_for_while_the_daemon_is_there(
    daemon: FakeDaemon, kind: str, tmp_path: Path
) -> None:
    docker = found(daemon)
    cancel = CancelToken()
    looks = threading.Event()
    answers = docker.silence.answers
    docker.silence.answers = lambda: (looks.set(), answers())[1]  # type: ignore[method-assign]

    def go() -> None:
        looks.wait()
        cancel.cancel()

    threading.Thread(target=go, daemon=True).start()
    with pytest.raises(Cancelled), until_cancelled(cancel), docker_errors(kind):
        PATIENT[kind](docker, tmp_path)
    assert looks.is_set()


@pytest.mark.parametrize("mode", ["silent", "head", "trickle"])
def test_a_cancel_ends_the_wait(daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setattr(connection, "CALL_SECONDS", 60)
    daemon.mode = mode
    docker = found(daemon)
    cancel = CancelToken()
    threading.Thread(target=lambda: (daemon.reached.wait(), cancel.cancel()), daemon=True).start()
    with pytest.raises(Cancelled), until_cancelled(cancel), docker_errors("start"):
        docker.api.start("c")


class CancelOnReport(Silent):
    """Cancels once it is told that somebody waits for Docker."""

    def __init__(self, cancel: CancelToken) -> None:
        self._cancel = cancel
        self.waits: list[str] = []

    def report(self, message: str, percentage: int | None = None) -> None:
        if message.startswith("Docker has said nothing"):
            self.waits.append(message)
            self._cancel.cancel()


LONG_CALLS: dict[str, Callable[[Docker, Path, Progress, CancelToken], object]] = {
    "commit": lambda docker, _, __, ___: docker.patient.commit("c"),
    "get": lambda docker, folder, _, __: objects.fetch(docker, "c", "/x", folder),
    "read": lambda docker, _, __, ___: list(objects.read(docker, "c", "/x", 10)),
    "pull": lambda docker, _, told, cancel: image_calls.pull(docker, "i", "", LOGIN, told, cancel),
    "push": lambda docker, _, told, cancel: image_calls.push(docker, "i", LOGIN, told, cancel),
    "build": lambda docker, _, told, cancel: image_calls.build(
        docker, iter([b""]), tag="t", labels={}, platform="", progress=told, cancel=cancel
    ),
    "save": lambda docker, folder, told, cancel: transfer.save(docker, "i", folder / "image.tar", told, cancel),
}
LOGIN = image_calls.Login("r", "u", "p")


@pytest.mark.parametrize("mode", ["silent", "head"])
@pytest.mark.parametrize("kind", LONG_CALLS)
def test_who_waits_is_told_and_can_go(
    daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch, kind: str, mode: str, tmp_path: Path
) -> None:
    """Of a daemon that is there, and is at work or hangs in this one call."""
    monkeypatch.setattr(connection, "CALL_SECONDS", 60)
    monkeypatch.setattr(waiting, "TELL_SECONDS", 0.3)
    daemon.mode = mode
    daemon.replies["/images/i/json"] = b'{"Size": 5}'
    cancel = CancelToken()
    told = CancelOnReport(cancel)
    with pytest.raises(Cancelled), until_cancelled(cancel, told), docker_errors("do it"):
        LONG_CALLS[kind](found(daemon), tmp_path, told, cancel)
    assert len(told.waits) >= 1


@pytest.mark.parametrize("verb", ["start", "replace", "stop", "remove", "clear"])
def test_each_verb_of_the_engine_is_told_and_can_go(
    daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch, verb: str, tmp_path: Path
) -> None:
    monkeypatch.setattr(connection, "CALL_SECONDS", 60)
    monkeypatch.setattr(waiting, "TELL_SECONDS", 0.3)
    folder = tmp_path / "w" / "services" / "svc"
    folder.mkdir(parents=True)
    cancel = CancelToken()
    told = CancelOnReport(cancel)
    engine = DockerEngine(DockerSettings(daemon.address))
    handle = Handle("docker", folder, endpoint=daemon.address, container="c", name="c")
    launch = Launch("svc", "w", 1, folder, folder, "score.py", None, "", Path("python"), None, "nonce", 60.0)
    verbs: dict[str, Callable[[], object]] = {
        "start": lambda: engine.start(launch, told, cancel),
        "replace": lambda: engine.replace(handle, launch, told, cancel),
        "stop": lambda: engine.stop(handle, 30),
        "remove": lambda: engine.remove(handle),
        "clear": lambda: engine.clear(folder),
    }
    with pytest.raises(Cancelled), until_cancelled(cancel, told):
        verbs[verb]()
    assert len(told.waits) == 1


@pytest.mark.parametrize("limit", ["silence", "in_all"])
def test_pieces_have_an_end(limit: str) -> None:
    def pieces() -> Iterator[bytes]:
        while True:
            over.wait(60 if limit == "silence" else 0.02)
            yield b"x"

    over = threading.Event()
    with pytest.raises(TimeoutError):
        list(waiting.steady(pieces(), lambda: True, 0.1, **{limit: 0.5}))
    over.set()


def test_calls_after_one_that_got_no_answer_do_not_wait_again(daemon: FakeDaemon) -> None:
    """A deployment that fails makes thirty more calls to clean up."""
    docker = found(daemon)
    daemon.pings = False
    for _ in range(30):
        with pytest.raises(ScoredockError), docker_errors("do it"):
            docker.api.start("c")
    assert len(daemon.asked) == 1
    daemon.pings = True
    docker.silence._kept = 0
    with pytest.raises(ScoredockError), docker_errors("do it"):
        docker.api.start("c")
    assert len(daemon.asked) == 2, "it is there again"


def test_a_daemon_that_is_slow_once_is_asked_again_at_once(daemon: FakeDaemon) -> None:
    docker = found(daemon)
    for count in (1, 2):
        with pytest.raises(ScoredockError), docker_errors("do it"):
            docker.api.start("c")
        assert len(daemon.asked) == count


def test_errors_of_the_daemon_itself_stay_what_they_are(daemon: FakeDaemon) -> None:
    docker = found(daemon)
    assert docker.api.ping()
    with pytest.raises(TypeError):
        docker.api.put_archive("c", "/", io.StringIO("text"), nothing=1)
