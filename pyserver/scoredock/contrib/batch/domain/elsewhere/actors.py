"""The actors of a batch job on a Ray cluster, and the way to the workers in them.

A job of Ray's job server has them; its program on the head node takes all connections of the driver at one port and
leads each to the actor of the worker (`scoredock_runtime.batch.ray_job`).
"""

from __future__ import annotations

import contextlib
import secrets
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any, BinaryIO, cast

from scoredock import l10n
from scoredock.contrib.batch.domain.elsewhere.ray_package import package
from scoredock.engines.ray.connection import REFUSED, TOKEN_REFUSED, UNREACHABLE, RayCluster, RayJob
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken
from scoredock_runtime.batch.frames import RAY_PORT_LINE, RAY_PYTHON_LINE, Frames
from scoredock_runtime.batch.handshake import AT_RELAY, Stranger, introduce

_READY_SECONDS = 900.0
"""That a worker waits for an actor: its environment is made on each node, and a node may have to come."""
_GONE_SECONDS = 60.0
"""After so long without an answer the head node is taken for gone."""
_RELAY_SECONDS = 20.0
"""That the port of the head node may be out of reach while its job server answers and the job runs."""
_CONNECT_SECONDS = 5.0
_SILENT_SECONDS = 30.0
"""Without a word of the program while a worker waits for an actor."""
_LOOK_SECONDS = 0.3
_LOSS_SECONDS = 3.0
_ENVIRONMENT = "runtime_env"


@dataclass(frozen=True, kw_only=True)
class RayWorkers:
    """Program and resources of the workers on a Ray cluster."""

    submission: str
    """Id of the job there."""
    runtime: Path
    """The wheel of the scoring runtime."""
    packages: Sequence[Path]
    """Wheels that no index has."""
    app_root: Path
    requirements: Sequence[str]
    """Lines for pip; none where nothing is to be installed."""
    count: int
    cpus: float
    memory_bytes: int
    """Of each worker; 0 for any."""
    python: str
    """Minor version that the job is for: `3.11`."""
    port: int
    """At which the head node leads to workers; 0 for any."""
    variables: Mapping[str, str]
    model_dir: str
    entry_script: str

    def settings(self, secret: str) -> dict[str, Any]:
        """Settings as the program there reads them."""
        return {
            "secret": secret,
            "count": self.count,
            "cpus": self.cpus,
            "memory": self.memory_bytes,
            "python": self.python,
            "port": self.port,
            "variables": dict(self.variables),
            "model_dir": self.model_dir,
            "entry_script": self.entry_script,
        }

    def request(self, address: str) -> dict[str, Any]:
        """Request to the job server; `address` is that of the package."""
        environment: dict[str, Any] = {"working_dir": address}
        if self.requirements:
            environment["pip"] = {"packages": list(self.requirements), "pip_check": False}
        return {
            # The Python of the environment, which comes first on the path there; without one that of the head node.
            "entrypoint": '"$(command -v python || command -v python3)" -m scoredock_runtime.batch.ray_job',
            "submission_id": self.submission,
            "runtime_env": environment,
            "metadata": {"made_by": "scoredock"},
        }


@dataclass
class RayHosts:
    """Hosts of one job's workers while its driver works: actors of a Ray cluster; a `WorkerHost`."""

    cluster: RayCluster
    workers: RayWorkers
    secret: str
    """That its workers and this machine have in common."""
    waiting: str = ""
    """Why a worker has no actor yet, for people."""
    _port: int = 0
    """Of the program, once it has said it."""
    _nodes: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Number of a worker → address and id of its node."""
    _cancel: CancelToken = field(default_factory=CancelToken)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def make(self) -> None:
        """The job in the cluster. Raises what a cluster raises, and OSError for a file that cannot be read."""
        workers = self.workers
        name, content = package(
            workers.runtime, workers.app_root, workers.settings(self.secret), packages=workers.packages
        )
        address = self.cluster.upload(name, content)
        self.cluster.submit(self.workers.request(address))

    def end(self) -> None:
        """No connection any more."""
        self._cancel.cancel()

    def connect(self, number: int) -> socket.socket:
        """Implements `WorkerHost.connect`."""
        deadline = time.monotonic() + _READY_SECONDS
        unreached_since = 0.0
        while True:
            port = self._port_of_program(deadline)
            try:
                connection = self._connection(port, number)
            except OSError as error:
                unreached_since = unreached_since or time.monotonic()
                self._port = 0  # it may be another one's by now: the log tells
                if time.monotonic() - unreached_since > _RELAY_SECONDS:
                    raise self._no_way(port, error) from None
                self._pause()
                continue
            unreached_since = 0.0
            try:
                if self._is_led(connection, number, deadline):
                    self.waiting = ""
                    connection.settimeout(None)
                    return connection
            except (OSError, ValueError, KeyError, TypeError):
                self._port = 0
            except BaseException:
                connection.close()
                raise
            connection.close()
            self._pause()

    def lost(self, number: int) -> str:
        """Implements `WorkerHost.lost`."""
        address, node = self._nodes.get(number, ("", ""))
        deadline = time.monotonic() + _LOSS_SECONDS
        with contextlib.suppress(ScoredockError):
            while time.monotonic() < deadline:
                if (nodes := self.cluster.nodes()) and all(each.id != node for each in nodes):
                    return l10n.t("the node {address} of the Ray cluster has gone", address=address)
                if self._cancel.wait(_LOOK_SECONDS):
                    break
        return l10n.t("its actor on the node {address} has ended", address=address) if address else ""

    def _connection(self, port: int, number: int) -> socket.socket:
        """To the program of this job. Raises OSError, Stranger where something else has the port by now."""
        connection = socket.create_connection((self.cluster.host, port), timeout=_CONNECT_SECONDS)
        try:
            introduce(connection, self.secret, AT_RELAY, number)
        except BaseException:
            connection.close()
            raise
        return connection

    def _is_led(self, connection: socket.socket, number: int, deadline: float) -> bool:
        """True if the program has led the connection to an actor. Raises OSError, and ScoredockError when it is
        late."""
        connection.settimeout(_SILENT_SECONDS)
        frames = Frames(
            cast(BinaryIO, connection.makefile("rb", buffering=0)),
            cast(BinaryIO, connection.makefile("wb", buffering=0)),
        )
        while (message := frames.receive()) is not None:
            if "host" in message:
                self._nodes[number] = str(message["host"]["address"]), str(message["host"]["node"])
                return True
            self.waiting = _lack(message["waiting"])
            if self._cancel.cancelled:
                raise OSError("The batch job is over.")
            if time.monotonic() > deadline:
                raise ScoredockError("batch-workers-missing", self.waiting)
        return False

    def _port_of_program(self, deadline: float) -> int:
        """Port of the program, as soon as it runs. Raises ScoredockError for a job that failed, a cluster that has
        gone, and when it is late.
        """
        answered = time.monotonic()
        while True:
            with self._lock:  # one looks for all
                if self._port:
                    return self._port
                try:
                    job = self.cluster.job(self.workers.submission)
                    answered = time.monotonic()
                    self._port = self._port_in(job)
                except ScoredockError as error:
                    if error.code not in (UNREACHABLE, REFUSED):
                        raise
                    self.waiting = error.message
                    if time.monotonic() - answered > _GONE_SECONDS:
                        raise
                if self._port:
                    return self._port
            if time.monotonic() > deadline:
                raise ScoredockError("batch-workers-missing", self.waiting)
            self._pause()

    def _port_in(self, job: RayJob | None) -> int:
        """0 for one that does not run yet. One that has ended by itself, as no driver was there, begins again."""
        if job is None or job.status in ("SUCCEEDED", "STOPPED"):
            self.cluster.remove(self.workers.submission)
            self.make()
            return 0
        if job.status == "FAILED":
            raise self._failure(job)
        self.waiting = (
            l10n.t("Waiting for Ray, which makes the environment of the job on its nodes.")
            if job.status == "PENDING"
            else l10n.t("Waiting for the program of the job on the head node.")
        )
        if job.status != "RUNNING":
            return 0
        lines = self.cluster.log(self.workers.submission).splitlines()
        said = [line.rpartition(RAY_PORT_LINE)[2] for line in lines if RAY_PORT_LINE in line]
        return int(said[-1]) if said and said[-1].isdigit() else 0

    def _failure(self, job: RayJob) -> ScoredockError:
        reason = " ".join(job.message.split())
        if _ENVIRONMENT in reason:
            return ScoredockError(
                "ray-environment-failed",
                l10n.t("Ray cannot make the environment of the job: {reason}", reason=reason[-1000:]),
            )
        log = ""
        with contextlib.suppress(ScoredockError):
            log = self.cluster.log(self.workers.submission)
        if RAY_PYTHON_LINE in log:
            return ScoredockError(
                "ray-python-differs",
                l10n.t(
                    "The environment is for Python {wanted}, and the Ray cluster has Python {there}.",
                    wanted=self.workers.python,
                    there=log.rpartition(RAY_PYTHON_LINE)[2].split(maxsplit=1)[0],
                ),
            )
        log = " ".join(log.split())
        return ScoredockError(
            "ray-job-failed",
            l10n.t("The job on the Ray cluster has failed: {reason}", reason=(log or reason)[-1000:]),
        )

    def _no_way(self, port: int, error: OSError) -> ScoredockError:
        return ScoredockError(
            "ray-workers-unreachable",
            l10n.t(
                "The job runs on the Ray cluster, but the port {port} of its head node cannot be reached from here at"
                " {host}: {reason}.",
                port=port,
                host=self.cluster.host,
                reason=(
                    l10n.t("what answers there does not know the secret of the job")
                    if isinstance(error, Stranger)
                    else error.strerror or str(error)
                ),
            ),
        )

    def _pause(self) -> None:
        if self._cancel.wait(_LOOK_SECONDS):
            raise OSError("The batch job is over.")


@contextlib.contextmanager
def ray_workers(cluster: RayCluster, workers: RayWorkers) -> Iterator[RayHosts]:
    """Actors for a job, which go when the block ends; what a killed driver left under the same id goes before. Raises
    what a cluster raises."""
    hosts = RayHosts(cluster, workers, secrets.token_urlsafe(32))
    cluster.remove(workers.submission)
    try:
        hosts.make()
        yield hosts
    finally:
        hosts.end()
        try:
            cluster.remove(workers.submission)
        except ScoredockError as error:
            if error.code not in (UNREACHABLE, TOKEN_REFUSED, REFUSED):
                raise
            # A cluster out of reach ends the job by itself, as no driver comes.


def _lack(facts: Mapping[str, Any]) -> str:
    """Why an actor does not come."""
    need, free, total = (float(facts[name]) for name in ("cpus", "free", "total"))
    if free < need:
        return l10n.t(
            "Waiting for processors: a worker needs {need}, and {free} of {total} in the Ray cluster are free.",
            need=f"{need:g}",
            free=f"{free:g}",
            total=f"{total:g}",
        )
    if facts["memory"] and facts["free_memory"] < facts["memory"]:
        return l10n.t(
            "Waiting for memory: a worker needs {need} GB, and {free} GB in the Ray cluster are free.",
            need=f"{facts['memory'] / 2**30:.1f}",
            free=f"{facts['free_memory'] / 2**30:.1f}",
        )
    return l10n.t("Waiting for actors on the nodes of the Ray cluster.")
