"""The program of a batch job on a cluster of Ray: `python -m scoredock_runtime.batch.ray_job`, beside `ray_job.json`.

Ray's job server starts it on the head node. It has actors on the nodes, each with a batch host, starts another one
where an actor is lost, and takes connections of the driver at one port, which it leads on to the host of the worker
that it names. It says that port on standard output. Without a driver it ends after some minutes, and the actors
with it.

A connection begins with both sides' proof that they know the secret of the job (`handshake`), and with the number of
the worker. While no actor has a host for that worker the answer is `{"waiting": {…}}` every other second, then
`{"host": …}`; what follows goes to the host and back, and begins with a proof for that one.
"""

import contextlib
import json
import os
import platform
import signal
import socket
import sys
import threading
import time
from typing import Any, BinaryIO, Dict, Optional, Tuple, cast

from scoredock_runtime.base import threads
from scoredock_runtime.batch.frames import RAY_PORT_LINE, RAY_PYTHON_LINE, RAY_SETTINGS, Frames
from scoredock_runtime.batch.handshake import AT_RELAY, SECONDS, Door
from scoredock_runtime.batch.remote import UNUSED_SECONDS, Drivers, listening

OTHER_PYTHON, NO_PORT, NO_RAY = 3, 4, 5
"""Exit codes: of the wrong Python, where the port is taken, and of a Python without Ray."""
_CONNECT_SECONDS = 3.0
_WAIT_SECONDS = 2.0
_PAUSE_SECONDS = 1.0
_END_SECONDS = 2.0
"""For actors to clean up; Ray kills what has not ended three seconds after its SIGTERM."""
_BLOCK = 1 << 18


class Hosts:
    """An actor for each worker, and where it is now."""

    def __init__(self, ray: Any, settings: Dict[str, Any]) -> None:
        self._ray = ray
        self._settings = settings
        self._changed = threading.Condition()
        self._places: Dict[int, Tuple[str, int, str]] = {}
        self._actors: Dict[int, Any] = {}
        self._is_over = False

    def begin(self) -> None:
        for number in range(self._settings["count"]):
            threads.start(self._keep, number, name="ray-actor", at_fault=threads.again)

    def place(self, number: int, seconds: float) -> Optional[Tuple[str, int, str]]:
        """Address, port and node id of a worker's host, as soon as there is one; None after so many seconds without."""
        with self._changed:
            self._changed.wait_for(lambda: number in self._places, seconds)
            return self._places.get(number)

    def forget(self, number: int, place: Tuple[str, int, str]) -> None:
        """Forgets a host that cannot be reached: Ray will tell, or it takes connections again."""
        with self._changed:
            if self._places.get(number) == place:
                del self._places[number]
        threads.call_later(
            _PAUSE_SECONDS, lambda: self._again(number, place), name="ray-place", at_fault=lambda _: None
        )

    def lacks(self) -> Dict[str, Any]:
        """Figures that tell why an actor does not come."""
        with self._changed:
            there = len(self._places)
        total, free = self._ray.cluster_resources(), self._ray.available_resources()
        return {
            "cpus": self._settings["cpus"],
            "memory": self._settings["memory"],
            "total": total.get("CPU", 0.0),
            "free": free.get("CPU", 0.0),
            "free_memory": free.get("memory", 0.0),
            "count": self._settings["count"],
            "there": there,
        }

    def end(self) -> None:
        """Removes all that the hosts have on their nodes."""
        with self._changed:
            self._is_over = True
            actors = [self._actors[number] for number in self._places if number in self._actors]
        with contextlib.suppress(Exception):  # nodes that are lost have nothing to clean up
            self._ray.get([actor.end.remote() for actor in actors], timeout=_END_SECONDS)

    def _again(self, number: int, place: Tuple[str, int, str]) -> None:
        with self._changed:
            if self._actors.get(number) is not None:
                self._places.setdefault(number, place)
                self._changed.notify_all()

    def _keep(self, number: int) -> None:
        """One actor after the other, for as long as the program lives."""
        from scoredock_runtime.batch.ray_actor import HostActor

        options: Dict[str, Any] = {"num_cpus": self._settings["cpus"], "scheduling_strategy": "SPREAD"}
        if self._settings["memory"]:
            options["memory"] = self._settings["memory"]
        while not self._is_over:
            actor = self._ray.remote(HostActor).options(max_concurrency=4, **options).remote(self._settings)
            try:
                place = self._ray.get(actor.place.remote())
                with self._changed:
                    self._actors[number], self._places[number] = actor, (str(place[0]), int(place[1]), str(place[2]))
                    self._changed.notify_all()
                self._ray.get(actor.live.remote())
            except self._ray.exceptions.RayError as error:
                _say(f"the actor of worker {number} has gone: {error}")
            with self._changed:
                self._actors.pop(number, None)
                self._places.pop(number, None)
            del actor
            time.sleep(_PAUSE_SECONDS)


class Relay:
    """Takes connections of the driver."""

    def __init__(self, hosts: Hosts, secret: str) -> None:
        self._hosts = hosts
        self._door = Door(secret, AT_RELAY)
        self._drivers = Drivers()

    def serve(self, listener: socket.socket) -> None:
        """Until no driver has been there for some minutes. Raises OSError."""
        while self._drivers.are_there(UNUSED_SECONDS):
            try:
                connection, _ = listener.accept()
            except socket.timeout:
                continue
            threads.start(self._attend, connection, name="ray-relay", at_fault=lambda _: None)

    def _attend(self, connection: socket.socket) -> None:
        # These errors: the driver is gone, or was none.
        with contextlib.closing(connection), contextlib.suppress(OSError, ValueError):
            number = self._door.admit(connection)
            connection.settimeout(SECONDS)
            reading, writing = (connection.makefile(mode, buffering=0) for mode in ("rb", "wb"))
            frames = Frames(cast(BinaryIO, reading), cast(BinaryIO, writing))
            with self._drivers.one_more():
                host = self._host(number, frames)
                connection.settimeout(None)
                with contextlib.closing(host):
                    _join(connection, host)

    def _host(self, number: int, frames: Frames) -> socket.socket:
        """A connection to the host of a worker. Raises OSError when the driver goes meanwhile."""
        while True:
            place = self._hosts.place(number, _WAIT_SECONDS)
            if place is None:
                frames.send({"waiting": self._hosts.lacks()})
                continue
            try:
                host = socket.create_connection(place[:2], timeout=_CONNECT_SECONDS)
            except OSError:
                self._hosts.forget(number, place)
                continue
            host.settimeout(None)
            frames.send({"host": {"address": place[0], "node": place[2]}})
            return host


def _join(one: socket.socket, other: socket.socket) -> None:
    """Passes on what each says, until either ends."""
    for each in (one, other):
        each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    back = threads.start(_pass, other, one, name="ray-relay-back", at_fault=lambda _: None)
    _pass(one, other)
    back.join()


def _pass(source: socket.socket, target: socket.socket) -> None:
    try:
        while True:
            block = source.recv(_BLOCK)
            if not block:
                return
            target.sendall(block)
    except OSError:
        return  # the other thread hears it, too
    finally:
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


def main() -> int:
    """The exit code."""
    with open(RAY_SETTINGS) as stream:
        settings = json.load(stream)
    python = ".".join(platform.python_version_tuple()[:2])
    if settings["python"] and settings["python"] != python:
        _say(f"{RAY_PYTHON_LINE}{python}")
        return OTHER_PYTHON
    try:
        import ray
    except ImportError:
        _say(f"the Python on the PATH of the head node, {sys.executable}, does not have the package ray")
        return NO_RAY
    ray.init(address="auto", log_to_driver=False, logging_level="warning")
    try:
        listener = listening("0.0.0.0", settings["port"])  # noqa: S104 (whoever reaches it proves that it is the driver)
    except OSError as error:
        _say(f"port {settings['port']} cannot be used: {error}")
        return NO_PORT
    hosts = Hosts(ray, settings)

    def stop(_number: int, _frame: Any) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    try:
        hosts.begin()
        _say(f"{RAY_PORT_LINE}{listener.getsockname()[1]}")
        Relay(hosts, settings["secret"]).serve(listener)
    except SystemExit:
        pass  # Ray stops the job
    hosts.end()
    return 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # threads of actors that are waited for would hold the interpreter
