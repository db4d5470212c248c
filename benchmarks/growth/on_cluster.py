"""Services of one namespace of a cluster: what a list of them takes, what the server holds while they are watched, and
what the cluster keeps of each."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator
from itertools import islice

from growth.in_registry import memory
from on_cluster.project import Project

SIZES = (1, 10, 30, 100)
RUNNING, AT_ONCE = 8, 4
LISTINGS = 9
WATCHED_SECONDS = 20.0
KINDS = "deployments,replicasets,services,secrets,configmaps,poddisruptionbudgets,horizontalpodautoscalers,pods"


def services(project: Project) -> Iterator[dict[str, float]]:
    """All of one image; those beyond the first eight are stopped, so that they have objects and no pods."""
    project.configure(1)
    numbers = iter(range(1, max(SIZES) + 1))
    made = 0
    for size in SIZES:
        while numbered := list(islice(numbers, min(AT_ONCE, size - made))):
            made += len(numbered)
            project.deploy_all([f"many-{number}" for number in numbered])
            for number in numbered:
                if number > RUNNING:
                    project.ask("stop", f"many-{number}")
        yield _row(project, size)


def _row(project: Project, size: int) -> dict[str, float]:
    seconds, states = [], []
    for _ in range(LISTINGS):
        time.sleep(3)  # longer than what one look is good for
        begin = time.perf_counter()
        listed = project.client.ask("scoredock/service/list", {})["services"]
        seconds.append(time.perf_counter() - begin)
        states = [each["state"] for each in listed]
    assert (len(states), states.count("Healthy")) == (size, min(size, RUNNING)), states
    used = project.cpu()
    time.sleep(WATCHED_SECONDS)
    share = (project.cpu() - used) / WATCHED_SECONDS
    kept = project.cluster.get(KINDS, "-n", project.namespace)["items"]
    own = [each for each in kept if each["metadata"]["name"].startswith("many-")]
    return {
        "size": size,
        "list": statistics.median(seconds) * 1000,
        "list, longest": max(seconds) * 1000,
        "memory": memory(project.client),
        "processor": share * 100,
        "objects": len(own) / size,
        "kilobytes": len(json.dumps(own)) / 1000 / size,
    }
