"""Services of one namespace of a cluster: what a list of them takes, what the server holds while they are watched, and
what the cluster keeps of each."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator

from growth.in_registry import memory
from on_cluster.project import Project, cpu

SIZES = (1, 10, 30, 100)
RUNNING, AT_ONCE = 8, 4
LISTINGS = 9
WATCHED_SECONDS = 20.0
KINDS = "deployments,replicasets,services,secrets,configmaps,poddisruptionbudgets,horizontalpodautoscalers,pods"


def services(project: Project) -> Iterator[dict[str, float]]:
    """All of one image; those beyond the first eight are stopped, so that they have objects and no pods."""
    project.configure(1)
    names = [f"many-{number}" for number in range(1, max(SIZES) + 1)]
    for made, size in zip((0, *SIZES), SIZES, strict=False):
        for first in range(made, size, AT_ONCE):
            some = names[first : min(first + AT_ONCE, size)]
            project.deploy_all(some)
            for name in some[max(0, RUNNING - first) :]:
                project.ask("stop", name)
        yield _row(project, size)


def _row(project: Project, size: int) -> dict[str, float]:
    """By a server that only lists and watches: one that has deployed them all holds what that left."""
    with project.another_server() as client:
        seconds, states = [], []
        for _ in range(LISTINGS):
            time.sleep(3)  # longer than what one look is good for
            begin = time.perf_counter()
            listed = client.ask("scoredock/service/list", {})["services"]
            seconds.append(time.perf_counter() - begin)
            states = [each["state"] for each in listed]
        assert (len(states), states.count("Healthy")) == (size, min(size, RUNNING)), states
        used = cpu(client)
        time.sleep(WATCHED_SECONDS)
        share = (cpu(client) - used) / WATCHED_SECONDS
        megabytes = memory(client)
    kept = project.cluster.get(KINDS, "-n", project.namespace)["items"]
    own = [each for each in kept if each["metadata"]["name"].startswith("many-")]
    return {
        "size": size,
        "list": statistics.median(seconds) * 1000,
        "list, longest": max(seconds) * 1000,
        "memory": megabytes,
        "processor": share * 100,
        "objects": len(own) / size,
        "kilobytes": len(json.dumps(own)) / 1000 / size,
    }
