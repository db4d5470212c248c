"""The questions about the address of a service, for every engine, by its verbs."""

from __future__ import annotations

import contextlib
import socket
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scoredock.services.request import UpdateRequest

from cli.conftest import Terminal
from deploy.conftest import Place, Told


@dataclass(frozen=True)
class Outcome:
    """What a verb gave and said of the address."""

    port: int
    former: str
    """Scoring URI that callers knew, where it is another one now."""
    progress: str

    @property
    def scoring_uri(self) -> str:
        return f"http://127.0.0.1:{self.port}/score"


Run = Callable[[str], Outcome]


def verbs_of(place: Place, name: str = "svc-one") -> Run:
    """The verbs of a service in a workspace of this process."""

    def run(verb: str) -> Outcome:
        told, deployments = Told(), place.deployments
        if verb == "update":
            service = deployments.update(name, UpdateRequest(), told)
        elif verb == "rollback":
            service = deployments.rollback(name, 0, told)
        else:
            service = deployments.service(name) if verb == "show" else getattr(deployments, verb)(name, told)
        assert service.port is not None
        return Outcome(service.port, service.former_scoring_uri, "\n".join(told.messages))

    return run


def commands_of(terminal: Terminal, name: str) -> Run:
    """The same in a terminal."""

    def run(verb: str) -> Outcome:
        completed = terminal.run("service", verb, name)
        assert completed.returncode == 0, completed.stderr
        service = terminal.json("service", "show", name)
        return Outcome(service["port"], service["formerScoringUri"], completed.stderr)

    return run


@contextlib.contextmanager
def occupied_port(port: int) -> Iterator[None]:
    """Another program listens there."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        yield


def keeps_its_address(run: Run) -> None:
    """Whatever is done to it."""
    port = run("show").port
    for verb in ("restart", "stop", "start", "update", "rollback", "restart"):
        outcome = run(verb)
        assert (outcome.port, outcome.former) == (port, ""), verb
        assert "address" not in outcome.progress, verb
    _answers(port)


def says_where_it_moved(run: Run) -> Outcome:
    """A program takes its port while it is stopped. Gives what its start said."""
    before = run("show")
    run("stop")
    with occupied_port(before.port):
        moved = run("start")
    assert moved.port != before.port
    assert moved.former == before.scoring_uri
    assert f"The address changed from http://127.0.0.1:{before.port} to http://127.0.0.1:{moved.port}" in moved.progress
    _answers(moved.port)
    for verb in ("update", "show"):  # said until it is started once more
        later = run(verb)
        assert (later.port, later.former) == (moved.port, before.scoring_uri), verb
    again = run("restart")
    assert (again.port, again.former) == (moved.port, "")
    return moved


def _answers(port: int) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
        assert answer.status == 200
