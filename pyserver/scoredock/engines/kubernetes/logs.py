"""The log of a service in a cluster, copied on demand to where everything on this machine reads logs."""

from __future__ import annotations

import contextlib
from functools import partial

from scoredock.clusters.connection import Cluster
from scoredock.engines.docker.logs import ContainerLog, mirror
from scoredock.engines.handle import Handle
from scoredock.engines.kubernetes.control import PodNotReached, pod_log
from scoredock.engines.kubernetes.identity import pods_selector


def mirror_pods(cluster: Cluster, handle: Handle) -> None:
    """What is new of all pods. Raises ScoredockError."""
    for pod in cluster.list("Pod", pods_selector(handle.name)):
        name = str(pod["metadata"]["name"])
        with contextlib.suppress(PodNotReached):
            mirror(handle.folder, ContainerLog(name, partial(pod_log, cluster, name, handle.nonce)))
