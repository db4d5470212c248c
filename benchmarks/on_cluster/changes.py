"""A changed script on a cluster: as a new revision, beside Docker with kubectl and the cluster alone; and as a save."""

from __future__ import annotations

import statistics
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from measurement import Measurement
from on_cluster.peers import DockerImage, Rollout, door
from on_cluster.project import BODY, Project, address_of, seconds_until_only

ROUNDS = 5
SAVES = 12
CLIENTS = 4


def rollout(project: Project, folder: Path) -> Iterator[Measurement]:
    """The three by turns, two replicas each, with the same probes and the same strategy."""
    with door(project.cluster, folder / "door") as address:
        docker = DockerImage(project, folder / "context", address)
        times, sent = _rollouts(project, docker)
        docker.forget()
    medians = {name: statistics.median(each) for name, each in times.items()}
    beyond = medians["ours"] - medians["alone"]
    what = "changed script: update to new answers only, beyond the cluster alone"
    text = f"{beyond:.2f} s ({medians['ours']:.2f} s beside {medians['alone']:.2f} s)"
    yield Measurement(what, "<= 2 s", text, beyond <= 2)
    ratio = medians["docker"] / medians["ours"]
    text = f"{medians['docker']:.2f} s, {ratio:.2f} times ours"
    yield Measurement("the same by docker build, push and kubectl set image, of a file beside a base", "", text, None)
    most = max(sent)
    yield Measurement("changed script: sent, with a model of 5 MB", "<= 100 kB", f"{most:.0f} kB", most <= 100)


def _rollouts(project: Project, docker: DockerImage) -> tuple[dict[str, list[float]], list[float]]:
    """Seconds of each way, and kilobytes that ours sent."""
    address = address_of(project.deploy())
    with_docker = Rollout(project, "with-docker", docker.push(0))
    alone = Rollout(project, "alone")
    sent: list[float] = []

    def ours() -> None:
        project.ask("update")
        sent.append(project.sent_kilobytes())

    ways: dict[str, Callable[[int], float]] = {
        "ours": lambda number: seconds_until_only(number, address, ours),
        "docker": lambda number: seconds_until_only(
            number, with_docker.address, lambda: with_docker.set_image(docker.push(number))
        ),
        "alone": lambda number: seconds_until_only(number, alone.address, lambda: alone.set_number(number)),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(1, ROUNDS + 1):
        project.write(number)
        for name, measure in ways.items():
            times[name].append(measure(number))
    return times, sent


def save(project: Project) -> Iterator[Measurement]:
    """While four clients call: to the last answer by the old code, counted by the code that each answer names."""
    made = project.deploy("saved", develop=True)
    address = address_of(made)
    seconds: list[float] = []
    total = failed = stale = 0
    for number in range(1, SAVES + 1):
        with Clients(address) as clients:
            project.write(100 + number)
            begin = time.perf_counter()
            project.ask("reload", "saved")
            returned = time.perf_counter()
            time.sleep(0.5)
        new = str(100 + number)
        seconds.append(max((at for at, body in clients.answers if body != new), default=begin) - begin)
        total += len(clients.answers)
        failed += clients.failed
        stale += sum(1 for at, body in clients.answers if body != new and at > returned + 0.1)
    median, most = statistics.median(seconds), max(seconds)
    what = "saved script: save to the last answer by the old one, two replicas under load"
    yield Measurement(what, "<= 1 s", f"{median:.2f} s (at most {most:.2f} s)", median <= 1)
    text = f"{failed} failed, {stale} by the old script after the save was answered, of {total:,}"
    yield Measurement("answers meanwhile", "0 and 0", text, failed == stale == 0)


class Clients:
    """They call one after the other within the block; each answer with the moment at which it began to be asked for."""

    def __init__(self, address: str) -> None:
        self.answers: list[tuple[float, str]] = []
        self.failed = 0
        self._address = address
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._call) for _ in range(CLIENTS)]

    def _call(self) -> None:
        while not self._over.is_set():
            begin = time.perf_counter()
            request = urllib.request.Request(
                f"http://{self._address}/score", BODY, {"Content-Type": "application/json"}
            )
            try:
                body = urllib.request.urlopen(request, timeout=10).read().decode()
            except OSError:
                self.failed += 1
            else:
                self.answers.append((begin, body))

    def __enter__(self) -> Clients:
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for each in self._threads:
            each.join()
