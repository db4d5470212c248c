"""The daemon of the other machine is killed, or the network is cut, in each phase of a service there. Each time the
command ends with one sentence, nothing is half-made, and when the machine is back all of it is cleaned up and works."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Iterator

import pytest
from docker.errors import APIError

import docker_daemon
from pace import patience
from remote_docker.conftest import DEPLOY, Remote, answer
from remote_host import RemoteHost, remote_host

pytestmark = [pytest.mark.docker, pytest.mark.chance]

MOMENTS = {
    "sent": "Loading the layers into Docker",
    "compiled": "Compiling its modules",
    "model": "Sending model factor:1",
    "created": "Creating the container",
    "started": "Starting the container",
}
"""What the command says at the beginning of each phase."""
WAYS, EVENTS, DELAYS = ("tls", "ssh"), ("killed", "cut"), (0.0, 0.7)
SLOW_INIT = 10
"""Seconds that `init()` takes, so that a quick machine is not done before it goes away."""
CASES = [*itertools.product(WAYS, EVENTS, MOMENTS, DELAYS)]
AT_THE_GATE = {("tls", "killed", "sent", 0.0), ("ssh", "cut", "started", 0.0)}


@pytest.fixture(scope="module")
def fragile() -> Iterator[RemoteHost]:
    """A machine of these tests alone."""
    with remote_host() as made:
        made.start_ssh()
        docker_daemon.carried_base(made.docker())
        yield made


@pytest.fixture
def remote(fragile: RemoteHost, remote_on: Callable[[RemoteHost], Remote]) -> Iterator[Remote]:
    yield remote_on(fragile)
    back(fragile)


def gone(host: RemoteHost, event: str) -> None:
    if event == "killed":
        host.kill_daemon()
    else:
        host.cut()


def back(host: RemoteHost) -> None:
    host.mend()
    if host.daemon is not None and host.daemon.poll() is not None:
        host.start_daemon()


def without_environment(host: RemoteHost) -> None:
    """The machine lacks the image of the environment, so that it is sent."""
    for image in host.docker().api.images():
        if docker_daemon.BASE not in (image["RepoTags"] or ()):
            with contextlib.suppress(APIError):
                host.docker().api.remove_image(image["Id"], force=True)


def case(way: str, event: str, moment: str, delay: float) -> object:
    is_first = (way, event, moment, delay) in AT_THE_GATE
    marks = () if is_first else (pytest.mark.long("one moment of each kind is at the gate"),)
    return pytest.param(way, event, moment, delay, marks=marks, id=f"{way}-{event}-{moment}-{delay:g}")


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("way", "event", "moment", "delay"), [case(*each) for each in CASES])
def test_a_machine_that_goes_away_while_it_is_deployed_to(
    remote: Remote, way: str, event: str, moment: str, delay: float
) -> None:
    host, terminal = remote.host, remote.terminal
    remote.attach(*getattr(remote, way))
    without_environment(host)
    script = terminal.folder / "score.py"
    quick = script.read_text()
    script.write_text(quick.replace("def init():\n", f"def init():\n    __import__('time').sleep({SLOW_INIT})\n"))
    assert script.read_text() != quick
    under_way = terminal.start("service", "deploy", "prices", *DEPLOY, "--compute", "gpu")
    said = []
    assert under_way.stderr is not None
    for line in under_way.stderr:
        said.append(line.decode())
        if MOMENTS[moment] in said[-1]:
            break
    time.sleep(delay)  # within the phase, or just behind it
    gone(host, event)
    rest = under_way.stderr.read().decode()
    assert under_way.wait(patience(120)) == 1, (said, rest)
    assert rest.count("error:") == 1, rest
    assert rest.rstrip().endswith("]") or "[" in rest, rest
    back(host)
    script.write_text(quick)
    listed = terminal.json("service", "list")["services"]
    assert [each["state"] for each in listed] in ([], ["Failed"])
    made = remote.deploy()
    assert answer(made["port"]) == 30
    assert len(containers(remote)) == 1, "what the first try left has gone"
    terminal.ok("service", "delete", "prices")
    assert remote.left() == []


def containers(remote: Remote) -> list[str]:
    return [each for each in remote.left() if each.startswith("[")]


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("way", "event"),
    [
        ("tls", "cut"),
        ("ssh", "killed"),
        pytest.param("tls", "killed", marks=pytest.mark.long("the other way is at the gate")),
        pytest.param("ssh", "cut", marks=pytest.mark.long("the other way is at the gate")),
    ],
)
def test_a_machine_that_goes_away_while_it_serves(remote: Remote, way: str, event: str) -> None:
    host, terminal = remote.host, remote.terminal
    remote.attach(*getattr(remote, way))
    made = remote.deploy()
    port = made["port"]
    gone(host, event)
    shown = terminal.json("service", "show", "prices")
    assert shown["state"] == "Unhealthy", shown
    assert "does not answer" in shown["phase"]
    refused = terminal.refused("service", "update", "prices")
    assert refused["code"] == "docker-unavailable"
    kept = terminal.refused("service", "delete", "prices")
    assert kept["code"] == "docker-unavailable"
    back(host)
    if event == "cut":
        deadline = time.monotonic() + patience(60)
        while not answers(port) and time.monotonic() < deadline:
            time.sleep(0.2)
    else:  # a daemon that was killed ends its containers when it is started again
        again = terminal.json("service", "show", "prices")
        assert again["state"] in ("Failed", "Stopped"), again
        assert terminal.json("service", "start", "prices")["port"] == port
    assert answer(port) == 30
    assert terminal.json("service", "show", "prices")["state"] == "Healthy"
    terminal.ok("service", "delete", "prices")
    assert remote.left() == []


def answers(port: int) -> bool:
    try:
        return answer(port) == 30
    except OSError:
        return False


@pytest.mark.timeout(600)
@pytest.mark.parametrize("event", EVENTS)
def test_a_service_that_is_deleted_meanwhile_is_cleared_when_the_machine_is_back(remote: Remote, event: str) -> None:
    host, terminal = remote.host, remote.terminal
    remote.attach()
    remote.deploy()
    gone(host, event)
    terminal.ok("service", "delete", "prices", "--force")
    assert terminal.json("service", "list")["services"] == []
    back(host)
    assert remote.left() != [], "nobody could remove it"
    made = remote.deploy()
    assert answer(made["port"]) == 30
    assert len(containers(remote)) == 1
    terminal.ok("service", "delete", "prices")
    assert remote.left() == []


@pytest.mark.timeout(300)
@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("way", WAYS)
def test_a_machine_that_is_away_when_it_is_attached(remote: Remote, way: str, event: str) -> None:
    host, terminal = remote.host, remote.terminal
    gone(host, event)
    done = terminal.run("compute", "attach", "gpu", *getattr(remote, way))
    assert done.returncode == 0
    assert done.stderr.count("attached, though the Docker cannot be used now: ") == 1, done.stderr
    error = terminal.refused("service", "deploy", "prices", *DEPLOY, "--compute", "gpu")
    assert error["code"] == "docker-unavailable"
    assert terminal.json("service", "list")["services"] == []
    back(host)
    assert terminal.json("compute", "check", "gpu")["complete"]
