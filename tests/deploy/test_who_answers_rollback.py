"""Whoever rolls a service back is ended at any moment, by any signal: exactly one revision answers from then on, and it
is the one that is shown.

The count is that of updates, in ended_updates.py.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from scoredock.services.request import UpdateRequest

import preloaded
from deploy.conftest import Place, new_docked, new_place
from deploy.ended_updates import NAME, SCRIPT, SLOW, Kind, Updated, fail_if_wrong
from depth import LONG

pytestmark = [pytest.mark.chance, pytest.mark.timeout(3600 if LONG else 600)]


@dataclass
class RolledBack(Updated):
    """A service with two kept states, 1 and 2, that is rolled back from either to the other."""

    done_words: str = f"{NAME}: Healthy, "

    def update(self) -> subprocess.Popen[bytes] | preloaded.Started:
        """A terminal that begins the next rollback, in a session of its own."""
        self.turn = 3 - self.shown_last
        known = self.place.deployments.ledger.require(NAME)
        numbers = [
            each.number
            for each in known.revisions
            if each.request.environment_variables["TURN"] == str(self.turn) and not each.origin.failed
        ]
        return self._terminal("service", "rollback", NAME, str(max(numbers)))


def with_two_states(place: Place, kind: Kind, **changes: object) -> RolledBack:
    first, second = ({"TURN": str(turn), "INIT_SECONDS": str(kind.seconds)} for turn in (1, 2))
    place.deploy(SCRIPT, environment_variables=first, **changes)
    place.deployments.update(NAME, UpdateRequest(environment_variables=second))
    return RolledBack(place, kind, turn=2, shown_last=2)


@pytest.mark.long("tests/deploy/test_who_answers.py counts the same for updates")
def test_of_processes(tmp_path: Path, shared: Path) -> None:
    with new_place(tmp_path, shared) as place:
        fail_if_wrong(with_two_states(place, Kind(SLOW, gate=2, long=80)).sweep())


@pytest.mark.docker
@pytest.mark.long("at the gate updates are ended in containers, which a rollback goes through as well")
def test_of_containers(tmp_path: Path, shared: Path, shared_images: Path) -> None:
    with new_docked(tmp_path, shared, shared_images) as docked:
        fail_if_wrong(with_two_states(docked, Kind(SLOW, gate=0, long=20)).sweep())
