"""A changed script on a cluster: as a new revision, beside Docker with kubectl and the cluster alone; and as a save."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from cluster.deploying import Load
from in_containers.peers import BENTOML, PACKAGES
from measurement import Measurement
from on_cluster.bento import BentoImages
from on_cluster.peers import DockerImages, Rollout, Server, door
from on_cluster.project import Project, address_of, seconds_until_only

ROUNDS = 5
SAVES = 12
CLIENTS = 4


def rollout(project: Project, folder: Path) -> Iterator[Measurement]:
    """All by turns, two replicas each, with the same probes and the same strategy. While one of the others is measured,
    only it and ours have pods."""
    with door(project.cluster, folder / "door") as address:
        docker = DockerImages(project, folder / "docker", address)
        bentoml = BentoImages(project, folder / "bentoml", address)
        times, sent = _rollouts(project, docker, bentoml)
        docker.forget()
        bentoml.forget()
    medians = {name: statistics.median(each) for name, each in times.items()}
    beyond = medians["ours"] - medians["alone"]
    what = "changed script: update to new answers only, beyond the cluster alone"
    text = f"{beyond:.2f} s ({medians['ours']:.2f} s beside {medians['alone']:.2f} s)"
    yield Measurement(what, "<= 2 s", text, beyond <= 2)
    for name, what in (
        ("docker", "the same by docker build, push and kubectl set image, of a file beside a base"),
        ("bentoml", f"the same by {PACKAGES[BENTOML][0].replace('==', ' ')}: build, image, push and kubectl set image"),
    ):
        text = f"{medians[name]:.2f} s, {medians[name] / medians['ours']:.2f} times ours"
        yield Measurement(what, "", text, None)
    most = max(sent)
    yield Measurement("changed script: sent, with a model of 5 MB", "<= 100 kB", f"{most:.0f} kB", most <= 100)


def _rollouts(
    project: Project, docker: DockerImages, bentoml: BentoImages
) -> tuple[dict[str, list[float]], list[float]]:
    """Seconds of each way, and kilobytes that ours sent."""
    address = address_of(project.deploy())
    with_docker = Rollout(project, "with-docker", docker.server(docker.push(0)))
    with_bentoml = Rollout(project, "with-bentoml", bentoml.server(bentoml.push(0)))
    alone = Rollout(project, "alone", Server())
    sent: list[float] = []

    def ours() -> None:
        project.ask("update")
        sent.append(project.sent_kilobytes())

    def other(rollout: Rollout, change: Callable[[int], None]) -> Callable[[int], float]:
        def measure(number: int) -> float:
            with rollout.awake():
                return seconds_until_only(number, rollout.address, lambda: change(number))

        return measure

    ways: dict[str, Callable[[int], float]] = {
        "ours": lambda number: seconds_until_only(number, address, ours),
        "docker": other(with_docker, lambda number: with_docker.set_image(docker.push(number))),
        "bentoml": other(with_bentoml, lambda number: with_bentoml.set_image(bentoml.push(number))),
        "alone": other(alone, alone.set_number),
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
    total = failed = late = 0
    for number in range(1, SAVES + 1):
        with Load(address, clients=CLIENTS) as load:
            project.write(100 + number)
            begin = time.perf_counter()
            project.ask("reload", "saved")
            returned = time.perf_counter()
            time.sleep(0.5)
        old = {value: at for value, at in load.last.items() if value != 100 + number}
        seconds.append(max(old.values(), default=begin) - begin)
        total += load.answers.total()
        failed += sum(count for value, count in load.answers.items() if isinstance(value, str))
        late += sum(at > returned + 0.1 for at in old.values())
    median, most = statistics.median(seconds), max(seconds)
    what = "saved script: save to the last answer by the old one, two replicas under load"
    yield Measurement(what, "<= 1 s", f"{median:.2f} s (at most {most:.2f} s)", median <= 1)
    text = f"{failed} of {total:,} failed; the old script answered after the save {late} times of {SAVES}"
    yield Measurement("answers meanwhile", "0 and 0", text, failed == late == 0)
