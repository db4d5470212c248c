"""Process of `forwarding`: one forward for each service, over the pods that are ready, and one for each port of a
container."""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import logging.handlers
import os
import socket
import threading
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout

from scoredock import threads
from scoredock.clusters.connection import connect
from scoredock.clusters.forward import LOOPBACK, Forward
from scoredock.clusters.objects import NEVER, REPEATS
from scoredock.clusters.target import ClusterPlace
from scoredock.containers.port_tunnel import ContainerPort
from scoredock.docker_place import DockerPlace
from scoredock.errors import ClusterLoginFailed, ScoredockError
from scoredock.forwarding.forwards import (
    FORWARDS,
    PROCESS_LOCK,
    STATE,
    ServiceForward,
    is_written_now,
    read_forwards,
    read_ports,
    read_state,
    release,
    replace_json,
)
from scoredock.processes import began
from scoredock.progress import CancelToken

_LOOK_SECONDS = 5.0
"""How often the file is looked at without a call."""
_HANDOVER_SECONDS = 10.0
"""For the process of an older release to let go."""
_DRAIN_SECONDS, _DRAIN_LOOK_SECONDS = 600.0, 0.2
_PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds between attempts to look at a cluster that is away."""
_LOGIN_SECONDS = 600.0
"""The same for a login that failed, unless somebody calls: each attempt may open a browser."""
_LOG_BYTES = 200_000
_log = logging.getLogger(__name__)


class _Container:
    """A port of a container of another machine, and the one that leads to it. It listens whether that answers or not:
    the container may be started again, and the machine come back."""

    def __init__(self, target: ServiceForward, place: DockerPlace, changed: threading.Event) -> None:
        self.target = target
        self.settled = False
        self.fault: ScoredockError | None = None
        self.forward: ContainerPort | None = None
        self._place = place
        self._changed = changed

    def listen(self, port: int) -> None:
        """Raises ScoredockError."""
        self.forward = ContainerPort(self._place, self.target.selector, self.target.port, port)

    def takes(self, target: ServiceForward | None) -> bool:
        """True if it is another one that this port can lead to as well: another container of the service."""
        if self.forward is None or target is None or target.local_port not in (0, self.forward.port):
            return False
        if not replace(target, local_port=self.target.local_port, selector=self.target.selector).is_like(self.target):
            return False
        is_other = (target.selector, target.turn) != (self.target.selector, self.target.turn)
        self.target, self.forward.container = target, target.selector
        if is_other:
            self.watch()
        return True

    def watch(self) -> None:
        self.settled = False
        threads.start(self._look, self.target, name="way to a container", at_fault=threads.logged)

    def _look(self, target: ServiceForward) -> None:
        """Checks that something leads there; what is said of an earlier turn counts for nothing."""
        fault: ScoredockError | None = None
        try:
            if self.forward is not None:
                self.forward.require_way()
        except ScoredockError as error:
            fault = error
        if target.is_like(self.target) and target.turn == self.target.turn:
            self.fault, self.settled = fault, True
            self._changed.set()

    def entry(self) -> dict[str, Any]:
        """For the state."""
        return _entry(self.target, self.forward.port if self.forward else 0, self.settled, self.fault)

    def end(self) -> None:
        """Takes no connection any more; those that are under way go on."""
        if self.forward is not None:
            self.forward.release()


class _Service:
    """The pods of one service, and the port that leads to them."""

    def __init__(self, target: ServiceForward, place: ClusterPlace, changed: threading.Event) -> None:
        self.target = target
        self._place = place
        self.settled = False
        self.fault: ScoredockError | None = None
        self.forward: Forward | None = None
        self._changed = changed
        self._over = threading.Event()
        self._round = CancelToken()
        """Of the watch; the next one begins when it is cancelled."""
        self._call = threading.Event()
        self._ready: dict[str, str] = {}
        """Name of each pod that takes connections, by uid."""
        self._turn = itertools.count()

    def listen(self, port: int) -> None:
        """Raises ScoredockError."""
        self.forward = Forward(connect(self._place), self._choose, self.target.port, port, repeats=True)

    def takes(self, target: ServiceForward | None) -> bool:
        """True if it is another one that names the port which this one has already. No connection is refused then, as
        it would be between two listeners."""
        if self.forward is None or target is None or target.local_port not in (0, self.forward.port):
            return False
        if not replace(target, local_port=self.target.local_port).is_like(self.target):
            return False
        is_other = target.turn != self.target.turn
        self.target = target
        if is_other:
            self.settled = False
            self._round.cancel()
        return True

    def watch(self) -> None:
        threads.start(self._watch, name="pods of a forward", at_fault=threads.again)

    def entry(self) -> dict[str, Any]:
        """For the state."""
        port = self.forward.port if self.forward is not None else 0
        return {**_entry(self.target, port, self.settled, self.fault), "pods": sorted(self._ready.values())}

    def end(self) -> None:
        """Takes no connection any more; those that are under way go on."""
        self._over.set()
        self._round.cancel()
        if self.forward is not None:
            self.forward.release()

    def _choose(self) -> str:
        self._call.set()
        names = sorted(self._ready.values())
        return names[next(self._turn) % len(names)] if names else ""

    def _watch(self) -> None:
        failures = 0
        while not self._over.is_set():
            self._round = CancelToken()
            self._round.on_cancel(self._call.set)
            if self._over.is_set():  # since the last look; whoever ended it may have cancelled the one before
                return
            try:
                self._follow()
                failures = 0
            except ScoredockError as fault:
                self._settle(fault)
                self._call.clear()
                if self._round.wait(_PAUSES[0]):
                    continue
                # A call is a reason to look again at once.
                is_login = isinstance(fault, ClusterLoginFailed)
                self._call.wait(_LOGIN_SECONDS if is_login else _PAUSES[min(failures, len(_PAUSES) - 1)])
                failures += 1

    def _follow(self) -> None:
        cluster = connect(self._place)
        if self.forward is not None:
            self.forward.cluster = cluster  # its kubeconfig file may be another one by now
        cluster.list("Pod", self.target.selector)  # whether it can be looked at, also where there is none yet
        self._ready = {}
        events = cluster.watch("Pod", self.target.selector, self._round)
        self._settle(None)
        for change, pod in events:
            before = dict(self._ready)
            uid = str(pod["metadata"]["uid"])
            if change != "DELETED" and _is_ready(pod):
                self._ready = {**self._ready, uid: str(pod["metadata"]["name"])}
                if self.forward is not None:
                    self.forward.repeats = (pod["metadata"].get("annotations") or {}).get(REPEATS) != NEVER
            else:
                self._ready = {key: name for key, name in self._ready.items() if key != uid}
            if self._ready != before or self.fault is not None:
                self._settle(None)

    def _settle(self, fault: ScoredockError | None) -> None:
        self.fault, self.settled = fault, True
        self._changed.set()


def _is_ready(pod: dict[str, Any]) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or []
    return "deletionTimestamp" not in pod["metadata"] and any(
        each.get("type") == "Ready" and each.get("status") == "True" for each in conditions
    )


def _entry(target: ServiceForward, port: int, is_settled: bool, fault: ScoredockError | None) -> dict[str, Any]:
    return {
        "of": asdict(target),
        "port": port,
        "settled": is_settled,
        "code": fault.code if fault is not None else "",
        "message": fault.message if fault is not None else "",
        "fix": fault.fix if fault is not None else "",
    }


class _Process:
    def __init__(self, folder: Path) -> None:
        """`folder` is that of its way, in that of all forwards."""
        self._folder = folder
        self._services: dict[str, _Service | _Container] = {}
        self._ended: list[_Service | _Container] = []
        self._event = threading.Event()
        self._written: dict[str, Any] = {}
        self._waker = socket.create_server((LOOPBACK, 0))
        self._wake_port = self._waker.getsockname()[1]
        threads.start(self._listen, name="wake", at_fault=threads.again)

    def run(self) -> None:
        """Until nothing is left to do."""
        while self._is_needed():
            self._event.clear()
            self._update()
            self._write()
            self._event.wait(_LOOK_SECONDS)
        self._write(at_work=False)

    def drain(self) -> None:
        """Lets the connections that are under way come to their end."""
        for service in self._services.values():
            service.end()
        self._ended += self._services.values()
        deadline = time.monotonic() + _DRAIN_SECONDS
        while time.monotonic() < deadline and any(
            each.forward is not None and each.forward.connections for each in self._ended
        ):
            time.sleep(_DRAIN_LOOK_SECONDS)

    def _listen(self) -> None:
        while True:
            self._waker.accept()[0].close()
            self._event.set()
            time.sleep(0.02)  # who calls without a pause gets no more than that

    def _is_needed(self) -> bool:
        return bool(self._forwards()) and _release_of(self._folder.parent) <= release()

    def _forwards(self) -> dict[str, ServiceForward]:
        """Those of its way."""
        every = read_forwards(self._folder.parent)
        return {name: each for name, each in every.items() if each.way == self._folder.name}

    def _update(self) -> None:
        forwards = self._forwards()
        for name, service in list(self._services.items()):
            if service.takes(forwards.get(name)):
                continue
            if forwards.get(name) != service.target:
                del self._services[name]
                self._end(service)
            elif service.forward is None:  # its port may be free by now
                self._listen_for(service)
        for name, target in forwards.items():
            if name not in self._services:
                service = self._services[name] = self._made(target)
                self._listen_for(service)

    def _made(self, target: ServiceForward) -> _Service | _Container:
        if isinstance(target.place, DockerPlace):
            return _Container(target, target.place, self._event)
        return _Service(target, target.place, self._event)

    def _end(self, service: _Service | _Container) -> None:
        service.end()
        self._ended = [each for each in self._ended if each.forward is not None and each.forward.connections]
        self._ended.append(service)

    def _listen_for(self, service: _Service | _Container) -> None:
        target = service.target
        kept = read_ports(self._folder.parent).get(target.name, 0)
        for port in [target.local_port] if target.local_port else dict.fromkeys((kept, 0)):
            try:
                service.listen(port)
            except ScoredockError as fault:
                service.fault, service.settled = fault, True
                continue
            service.fault, service.settled = None, False
            service.watch()
            return

    def _write(self, at_work: bool = True) -> None:
        entries = {name: service.entry() for name, service in self._services.items()}
        own = {"pid": os.getpid(), "began": began(psutil.Process()), "wake": self._wake_port} if at_work else {}
        state = {"release": list(release()), **own, "forwards": entries}
        if state != self._written and self._folder.is_dir():
            replace_json(self._folder / STATE, state)
            self._written = state


def _release_of(folder: Path) -> tuple[int, ...]:
    """Release that wrote the file last."""
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        return tuple(json.loads((folder / FORWARDS).read_text(encoding="utf-8"))["release"])
    return ()


def _took_over(lock: FileLock, folder: Path) -> bool:
    deadline = time.monotonic() + _HANDOVER_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(Timeout):
            lock.acquire(timeout=0.2)
            return True
        state = read_state(folder)
        if is_written_now(state) and tuple(state.get("release") or ()) >= release():
            return False
    return False


def serve(folder: Path) -> int:
    """Runs the forwards of the way whose folder this is, and gives the exit code. Returns when no forward is left, the
    folder has gone, or a newer release takes over."""
    handler = logging.handlers.RotatingFileHandler(
        folder / "forwarding.log", maxBytes=_LOG_BYTES, backupCount=1, encoding="utf-8", delay=True
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], format="%(asctime)s %(levelname)s %(message)s")
    lock = FileLock(str(folder / PROCESS_LOCK), mode=0o600)
    if not _took_over(lock, folder):
        return 0  # another one does it
    process = _Process(folder)
    try:
        process.run()
    finally:
        lock.release()
    process.drain()
    return 0
