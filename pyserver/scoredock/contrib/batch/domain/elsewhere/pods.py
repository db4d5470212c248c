"""The pods of a batch job, and the way to the workers in them: one port-forward for each number of a worker."""

from __future__ import annotations

import contextlib
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import field, replace

from scoredock import l10n, threads
from scoredock.clusters.connection import Cluster, connect
from scoredock.clusters.forward import LOOPBACK, Forward
from scoredock.clusters.rights import require_batch
from scoredock.clusters.target import ClusterTarget
from scoredock.contrib.batch.domain.elsewhere.job_causes import BatchObjects, absence, is_over, loss
from scoredock.contrib.batch.domain.elsewhere.job_objects import (
    PORT,
    BatchPods,
    has_indexed_jobs,
    job_object,
    secret_object,
)
from scoredock.engines.kubernetes.causes import Cause
from scoredock.engines.kubernetes.pod_causes import is_ending, is_ready
from scoredock.engines.kubernetes.service_objects import recent_events
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken

BATCH_LABEL = "scoredock.com/batch"
"""Of every object of a batch job: its name."""
_READY_SECONDS = 900.0
"""That a worker waits for a pod: an image may have to be pulled, and a node to come."""
_LOOK_SECONDS = 0.2
_REMOVE_SECONDS = 30.0
_CAUSE_SECONDS = 3.0
"""Between two looks at why there is no pod."""
_LOSS_SECONDS = 3.0
"""That a node may take to say what became of a pod."""
_SUSPECT_SECONDS = 15.0
"""So long a pod whose connection has ended is the last choice: its node may be away without a word."""


@dataclass
class PodHosts:
    """Hosts of one job's workers while its driver works: pods of a cluster; a `WorkerHost`."""

    cluster: Cluster
    pods: BatchPods
    waiting: str = ""
    """Why a worker has no pod yet, for people."""
    _ready: dict[str, str] = field(default_factory=dict)
    """Uid → name of the pods that take connections."""
    _pod_of: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Number of a worker → uid and name of its pod."""
    _suspects: dict[str, float] = field(default_factory=dict)
    """Uid → when a connection to it ended."""
    _forwards: dict[int, Forward] = field(default_factory=dict)
    _cancel: CancelToken = field(default_factory=CancelToken)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _making: threading.Lock = field(default_factory=threading.Lock)

    @property
    def secret(self) -> str:
        """Secret that its workers and this machine have in common."""
        return self.pods.secret

    @property
    def _selector(self) -> str:
        return f"{BATCH_LABEL}={self.pods.labels[BATCH_LABEL]}"

    def connect(self, number: int) -> socket.socket:
        """Implements `WorkerHost.connect`."""
        begin = looked = time.monotonic()
        while not self._pod(number):
            if self._cancel.wait(_LOOK_SECONDS):
                raise OSError("The batch job is over.")
            now = time.monotonic()
            if now - looked > _CAUSE_SECONDS:
                looked = now
                self._require_hope(is_late=now - begin > _READY_SECONDS)
        self.waiting = ""
        forward = self._forwards.get(number)  # one worker after the other has a number
        if forward is None:
            # Without the lock, which the thread of all forwards takes to choose a pod.
            forward = self._forwards[number] = Forward(self.cluster, lambda: self._pod(number), PORT)
        return socket.create_connection((LOOPBACK, forward.port))

    def lost(self, number: int) -> str:
        """Implements `WorkerHost.lost`."""
        uid, name = self._pod_of.get(number, ("", ""))
        with self._lock:
            self._suspects[uid] = time.monotonic()
        deadline = time.monotonic() + _LOSS_SECONDS
        said = ""
        with contextlib.suppress(ScoredockError):
            while not (said := loss(self._read(), name)) and time.monotonic() < deadline:
                if self._cancel.wait(_LOOK_SECONDS):
                    break
        return said

    def make(self) -> None:
        """The objects in the cluster. Raises what a cluster raises."""
        self.cluster.apply(secret_object(self.pods))
        job = self.cluster.apply(job_object(self.pods))
        self.cluster.apply(secret_object(self.pods, job["metadata"]["uid"]))

    def follow(self) -> None:
        """Follows which pods are ready, until `end`."""
        while not self._cancel.cancelled:
            with contextlib.suppress(ScoredockError):
                for change, pod in self.cluster.watch("Pod", self._selector, self._cancel):
                    uid = str(pod["metadata"]["uid"])
                    with self._lock:
                        self._ready.pop(uid, None)
                        if change != "DELETED" and is_ready(pod) and not is_ending(pod):
                            self._ready[uid] = str(pod["metadata"]["name"])
            self._cancel.wait(1.0)

    def end(self) -> None:
        """No connection any more."""
        self._cancel.cancel()
        for each in list(self._forwards.values()):
            each.close()

    def _pod(self, number: int) -> str:
        """The name of its pod, as long as that is ready; else of one that no other worker has. Empty for none."""
        with self._lock:
            since = time.monotonic() - _SUSPECT_SECONDS
            self._suspects = {uid: at for uid, at in self._suspects.items() if at > since}
            uid, name = self._pod_of.get(number, ("", ""))
            if uid in self._ready and uid not in self._suspects:
                return name
            taken = {each for other, (each, _) in self._pod_of.items() if other != number}
            free = sorted(self._ready.keys() - taken - self._suspects.keys())
            if not free:
                return ""
            self._pod_of[number] = free[0], self._ready[free[0]]
            return self._ready[free[0]]

    def _require_hope(self, *, is_late: bool) -> None:
        """Notes why there is no pod. Raises ScoredockError for what does not pass by waiting, and when it is late."""
        try:
            with self._making:
                objects = self._read()
                if is_over(objects.job):
                    # Somebody has deleted it; or its pods have ended, as this machine slept.
                    self._remake()
                    return
            cause = absence(objects)
        except ScoredockError as error:
            cause = Cause(error.code, error.message, is_certain=False)
        self.waiting = cause.sentence if cause else l10n.t("Waiting for pods.")
        if cause is not None and (cause.is_certain or is_late):
            raise ScoredockError(cause.code, cause.sentence)
        if is_late:
            raise ScoredockError(
                "batch-workers-missing",
                l10n.t("No pod of the batch job was ready after {seconds} seconds.", seconds=f"{_READY_SECONDS:g}"),
            )

    def _remake(self) -> None:
        remove(self.cluster, self.pods)
        self.make()

    def _read(self) -> BatchObjects:
        """Raises ScoredockError."""
        return BatchObjects(
            job=self.cluster.get("Job", self.pods.name),
            pods=self.cluster.list("Pod", self._selector),
            events=recent_events(self.cluster),
            now=self.cluster.now(),
        )


@contextlib.contextmanager
def batch_workers(target: ClusterTarget, pods: BatchPods) -> Iterator[PodHosts]:
    """Pods for a job, which go when the block ends; what a killed driver left of the same name goes before. Raises what
    a cluster raises."""
    cluster = connect(target.place)
    is_indexed = has_indexed_jobs(cluster.version())
    pods = replace(pods, secret=secrets.token_urlsafe(32), is_indexed=is_indexed)
    hosts = PodHosts(cluster, pods)
    remove(cluster, pods)
    try:
        hosts.make()
        threads.start(hosts.follow, name="batch-pods", at_fault=threads.again)
        yield hosts
    finally:
        hosts.end()
        remove(cluster, pods)


def require_takes(target: ClusterTarget, pods: BatchPods) -> None:
    """Has the cluster check the objects of a job, with whatever image; makes nothing. Raises what a cluster raises,
    `cluster-not-allowed` for what is needed later as well.
    """
    cluster = connect(target.place)
    pods = replace(pods, is_indexed=has_indexed_jobs(cluster.version()))
    require_batch(cluster)
    for each in (secret_object(pods), job_object(pods)):
        cluster.apply(each, dry_run=True)


def remove(cluster: Cluster, pods: BatchPods) -> None:
    """Waits until the Job has gone and its pods are about to, as names come again. Raises what a cluster raises."""
    cluster.delete("Job", pods.name)
    cluster.delete("Secret", pods.name)
    selector = f"{BATCH_LABEL}={pods.labels[BATCH_LABEL]}"
    deadline = time.monotonic() + _REMOVE_SECONDS
    while time.monotonic() < deadline:
        if cluster.get("Job", pods.name) is None and all(map(is_ending, cluster.list("Pod", selector))):
            return
        time.sleep(_LOOK_SECONDS)
