"""A service in a cluster while its pods change: a watch of the pods wakes who waits, and little else is read."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from scoredock import threads
from scoredock.clusters.connection import Cluster
from scoredock.engines.kubernetes.cluster_state import ClusterState, ServiceObjects, state_of
from scoredock.engines.kubernetes.identity import pods_selector
from scoredock.engines.kubernetes.labels import HASH
from scoredock.engines.kubernetes.reading import ClusterEvent, event_of, events_of, mark_of, text_of
from scoredock.engines.kubernetes.service_objects import read_rollout
from scoredock.errors import ClusterUnreachable, ScoredockError
from scoredock.progress import CancelToken

_READ_SECONDS, _BLIND_SECONDS = 2.0, 0.2
"""From one look at all objects to the next one, and where the pods cannot be watched."""


class RolloutWatch:
    """Watch of the rollout of one service; to be used as a block."""

    def __init__(
        self, cluster: Cluster, name: str, is_over: Callable[[ClusterState], bool], cancel: CancelToken | None = None
    ) -> None:
        """`is_over` is what somebody waits for: that is not believed of the pods alone."""
        self._cluster = cluster
        self._name = name
        self._is_over = is_over
        self._cancel = cancel or CancelToken()
        self._change = threading.Event()
        self._end = CancelToken()
        self._pods: dict[str, Mapping[str, Any]] | None = None
        """By uid, as the watch last had them; None while there is none."""
        self._objects: ServiceObjects | None = None
        self._events: dict[tuple[str, ...], ClusterEvent] = {}
        """As they were read, by their versions: there may be hundreds, and few are new."""
        self._read_at = -_READ_SECONDS
        self._cancel.on_cancel(self._change.set)

    def __enter__(self) -> RolloutWatch:
        threads.start(self._follow, name="pods of a rollout", at_fault=threads.logged)
        return self

    def __exit__(self, *_: object) -> None:
        self._end.cancel()

    def look(self) -> tuple[ServiceObjects, ClusterState] | None:
        """The service once something has changed, at once the first time. None while the cluster does not answer, which
        ends nothing that runs in it. Raises ScoredockError for what it refuses, and `cancelled`."""
        until = self._read_at + (_BLIND_SECONDS if self._pods is None else _READ_SECONDS)
        self._change.wait(max(0.0, until - time.monotonic()))
        self._cancel.raise_if_cancelled()
        self._change.clear()
        return (self._by_pods() if time.monotonic() < until else None) or self._read()

    def _by_pods(self) -> tuple[ServiceObjects, ClusterState] | None:
        """None where more than the pods has to be read."""
        pods, objects = self._pods, self._objects
        if pods is None or objects is None:
            return None
        objects = replace(objects, pods=list(pods.values()))
        state = state_of(objects, self._cluster.now())
        is_new = {mark_of(each, HASH) for each in objects.pods} - {mark_of(each, HASH) for each in objects.replica_sets}
        return None if is_new or state.failure is not None or self._is_over(state) else (objects, state)

    def _read(self) -> tuple[ServiceObjects, ClusterState] | None:
        self._objects = None
        try:
            with contextlib.suppress(ClusterUnreachable):
                read = read_rollout(self._cluster, self._name)
                versions = {_version_of(each): each for each in read.events}
                self._events = {key: self._events.get(key) or event_of(each) for key, each in versions.items()}
                self._objects = replace(read, events=events_of(self._events.values()))
        finally:
            self._read_at = time.monotonic()
        return None if self._objects is None else (self._objects, state_of(self._objects, self._cluster.now()))

    def _follow(self) -> None:
        try:
            with contextlib.suppress(ScoredockError):  # whoever looks does so without it
                for change, pod in self._cluster.watch("Pod", pods_selector(self._name), self._end):
                    uid = str(pod["metadata"]["uid"])
                    others = {key: each for key, each in (self._pods or {}).items() if key != uid}
                    self._pods = others if change == "DELETED" else {**others, uid: pod}
                    self._change.set()
        finally:
            self._pods = None


def _version_of(event: object) -> tuple[str, ...]:
    return tuple(text_of(event, "metadata", part) for part in ("uid", "name", "resourceVersion"))
