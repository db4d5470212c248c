"""Cores and memory of a pod: what its nodes have, the objects of one that is held to a size, and what it uses."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from scoredock import l10n
from scoredock.clusters.connection import Cluster, connect
from scoredock.engines.base import Launch, MachineCapacity, ResourceUsage, gigabytes_of
from scoredock.engines.handle import Handle
from scoredock.engines.kubernetes.control import PodNotReached, pod_history
from scoredock.engines.kubernetes.identity import place_of, pods_selector
from scoredock.engines.kubernetes.pod_causes import is_ending, is_ready
from scoredock.engines.kubernetes.reading import condition_of, number_of, quantity_of, rows_of, text_of
from scoredock.errors import ClusterNotAllowed, ScoredockError
from scoredock.late_dataclass import dataclass

_RESOURCES, _SCALER, _REPLICAS = "containerResourceRequirements", "autoScaler", "numReplicas"
_MOST_CPU = 3.5
"""No size of v1 has more cores."""
_GOOD_SECONDS = 2.0
"""So long what a pod has said is used: it writes its use down that often, and each question takes some 20 ms of a node.
"""


def machine_of(cluster: Cluster) -> MachineCapacity:
    """The node with the most room for one more pod: what it has for pods, without what others there request where the
    login may see them. Raises ClusterNotAllowed where it may not list nodes, and ScoredockError `limits-unavailable`
    where none takes pods."""
    nodes = cluster.list("Node")
    requests: list[Mapping[str, Any]] = []
    with contextlib.suppress(ClusterNotAllowed):
        requests += cluster.everywhere("Pod", "status.phase!=Succeeded,status.phase!=Failed")
    rooms = [_room(each, requests) for each in nodes if _takes_pods(each)]
    if not rooms:
        raise ScoredockError("limits-unavailable", l10n.t("No node of the cluster takes pods."))
    return max(rooms, key=lambda room: (min(room.cpus, _MOST_CPU), room.memory_bytes))


def _takes_pods(node: Mapping[str, Any]) -> bool:
    taints = rows_of(node, "spec", "taints")
    is_closed = any(each.get("effect") in ("NoSchedule", "NoExecute") for each in taints)
    return not is_closed and text_of(condition_of(node, "Ready"), "status") == "True"


def _room(node: Mapping[str, Any], pods: Iterable[Mapping[str, Any]]) -> MachineCapacity:
    """Capacity that a node has left."""
    name = text_of(node, "metadata", "name")
    containers = [
        container
        for pod in pods
        if text_of(pod, "spec", "nodeName") == name
        for container in rows_of(pod, "spec", "containers")
    ]
    cpus, memory = (
        (quantity_of(node, "status", "allocatable", resource) or 0.0)
        - sum(quantity_of(each, "resources", "requests", resource) or 0.0 for each in containers)
        for resource in ("cpu", "memory")
    )
    return MachineCapacity(max(0.0, cpus), max(0, int(memory)))


def of_its_size(launch: Launch) -> Launch:
    """Launch with a configuration for one pod that gets what its options say and not more."""
    cores, gigabytes = launch.options.cpus, gigabytes_of(launch.options.memory_bytes)
    size: dict[str, float] = {}
    if cores is not None:
        size |= {f"{_RESOURCES}.cpu": cores, f"{_RESOURCES}.cpuLimit": cores}
    if gigabytes is not None:
        size |= {f"{_RESOURCES}.memoryInGB": gigabytes, f"{_RESOURCES}.memoryInGBLimit": gigabytes}
    others = {
        name: value
        for name, value in launch.configuration.items()
        if name.partition(".")[0] not in (_RESOURCES, _SCALER, _REPLICAS)
    }
    return replace(launch, configuration={**others, _REPLICAS: 1, **size})


@dataclass(frozen=True, slots=True)
class _PodReading:
    at: float
    use: ResourceUsage
    ahead: float
    """By how many seconds the clock of this process is ahead of the node's."""


class PodSizes:
    """Implementation of `engines.base.HoldsToSize` for `KubernetesEngine`. Thread-safe as far as it matters: at worst a
    pod is read twice."""

    _pod_reading: _PodReading | None = None
    _read_handle: Handle | None = None

    def machine_size(self, launch: Launch | None = None) -> MachineCapacity:
        if launch is None or launch.cluster is None:
            raise ScoredockError("limits-unavailable", l10n.t("No compute target is named."))
        return machine_of(connect(launch.cluster.place))

    def use(self, handle: Handle) -> ResourceUsage | None:
        before = self._pod_reading if self._read_handle == handle else None
        now = time.monotonic()
        if before is None or now - before.at >= _GOOD_SECONDS:
            with contextlib.suppress(ScoredockError, PodNotReached):
                before = _read(handle, before, now) or before
        self._pod_reading, self._read_handle = before, handle
        return before.use if before is not None else None


def _read(handle: Handle, before: _PodReading | None, now: float) -> _PodReading | None:
    """None while no pod is ready. Raises ScoredockError, PodNotReached."""
    cluster = connect(place_of(handle))
    pods = [each for each in cluster.list("Pod", pods_selector(handle.name)) if not is_ending(each)]
    pod = next((each for each in pods if is_ready(each)), None)
    rows = pod_history(cluster, text_of(pod, "metadata", "name"), handle.nonce) if pod is not None else []
    if not rows:
        return None
    row = rows[-1]
    ahead = before.ahead if before is not None else now - row.clock
    return _PodReading(now, ResourceUsage(row.cpu, row.memory, memory_kills(pods), row.clock + ahead), ahead)


def memory_kills(pods: Iterable[Mapping[str, Any]]) -> int:
    """Number of times that a node ended a container of these because its memory was used up, as far as their last ends
    tell."""
    ended = (status for pod in pods for status in rows_of(pod, "status", "containerStatuses"))
    return sum(
        number_of(status, "restartCount")
        for status in ended
        if text_of(status, "lastState", "terminated", "reason") == "OOMKilled"
    )
