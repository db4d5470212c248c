"""Many services of one namespace: what a listing takes, and what the server holds while they are watched."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from measurement import Measurement
from on_cluster.project import Project

SERVICES, RUNNING = 100, 8
LISTINGS = 15
WATCHED_SECONDS = 20.0


def services(project: Project) -> Iterator[Measurement]:
    """All of one image; those beyond the first eight are stopped, so that they have objects and no pods."""
    project.configure(1)
    project.client.ask("scoredock/service/list", {})
    for number in range(SERVICES):
        name = f"many-{number}"
        project.deploy(name)
        if number >= RUNNING:
            project.ask("stop", name)
        if number == 0:
            before = _memory(project)
    seconds = []
    for _ in range(LISTINGS):
        begin = time.perf_counter()
        listed = project.client.ask("scoredock/service/list", {})["services"]
        seconds.append(time.perf_counter() - begin)
        states = [each["state"] for each in listed if each["name"].startswith("many-")]
        assert (len(states), states.count("Healthy")) == (SERVICES, RUNNING), states
        time.sleep(3)  # longer than what one look is good for
    median = statistics.median(seconds)
    text = f"{median * 1000:.0f} ms ({min(seconds) * 1000:.0f} to {max(seconds) * 1000:.0f} ms)"
    yield Measurement(f"{SERVICES} services listed", "<= 300 ms", text, median <= 0.3)
    grown = _memory(project) - before
    what = f"memory of the server with {SERVICES} services watched, beside one"
    yield Measurement(what, "<= 20 MB", f"{grown:.1f} MB", grown <= 20)
    used = project.cpu()
    time.sleep(WATCHED_SECONDS)
    share = (project.cpu() - used) / WATCHED_SECONDS
    yield Measurement("processor that the server uses while nothing changes", "", f"{share:.1%}", None)


def _memory(project: Project) -> float:
    """The least of some looks."""
    looks = []
    for _ in range(5):
        project.client.ask("scoredock/service/list", {})
        time.sleep(1)
        looks.append(project.memory())
    return min(looks)
