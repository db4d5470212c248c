"""Whoever carries rules out is killed at random moments: each step is done once, and no request is lost."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from continuous.conftest import Callers, Project
from depth import SEED, rounds

_PLANTED = """
import scoredock.contrib.rules.domain.progression as progression
progression.versions_in = lambda *_: ()
"""
"""The step does not look what the service has already."""
_STEPS = ("seen", "conditions", "deployed", "canary", "canary", "promoted")


def _killed(project: Project, kills: int, draw: random.Random) -> int:
    """Rolls versions out until so many rounds were killed; the last version. A round takes some seconds."""
    version, left = project.register("3"), kills
    while left:
        process = project.start("rule", "run", "newest")
        try:
            process.communicate(timeout=draw.uniform(0.1, 3.5))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            left -= 1
        if left and f"{version} promoted" in project.steps():
            version = project.register(str(version + 2))
    project.finished()
    return version


def _times(project: Project) -> dict[str, int]:
    """How often more than once each thing was done, over all versions."""
    steps = Counter(project.steps())
    revisions = project.json("service", "revisions", "times")["revisions"]
    served = Counter(model for each in revisions for model in each["models"])
    twice = {name: count - name.count("canary") - 1 for name, count in (steps + served).items()}
    return {name: count for name, count in twice.items() if count > 0}


@pytest.mark.chance
def test_each_step_is_done_once_however_often_it_is_killed(door: Project, callers: Callable[[], Callers]) -> None:
    (door.folder / "rows.jsonl").write_text('{"x": 1, "y": 5}\n')
    door.json("dataset", "register", "-n", "labelled", "rows.jsonl")
    score = ("--score", "mae <= 1000", "--dataset", "labelled", "--label", "y")
    door.create(*score, "--canary", "30,60", "--for", "0s", "--requests", "5")
    draw = random.Random(f"kills-{SEED}")
    with callers() as traffic:
        last = _killed(door, rounds(gate=4, long=50, name="SCOREDOCK_RULE_KILLS"), draw)
        traffic.more(20)
    assert traffic.failures == 0, traffic.counts
    steps = door.steps()
    reasons = [each["reason"] for each in door.json("rule", "history", "newest")["events"]]
    for version in range(2, last + 1):
        assert [each for each in steps if each.startswith(f"{version} ")] == [f"{version} {each}" for each in _STEPS], (
            reasons
        )
    assert _times(door) == {}
    # A number of an update that was killed and taken back is not used again; each version was served by one revision.
    revisions = door.json("service", "revisions", "times")["revisions"]
    served = sorted((model for each in revisions for model in each["models"]), key=lambda each: int(each[6:]))
    # The oldest are not kept.
    assert served == [f"times:{version}" for version in range(last + 1 - len(served), last + 1)]
    assert door.service()["models"] == [f"times:{last}"]
    assert door.services() == ["times"]
    assert door.shares() == {"times": 100}
    left = [each.name for each in (door.workspace / "services").iterdir()]
    assert left == ["times"], "nothing of candidates and of their temporary services"


def test_an_update_that_was_killed_before_it_was_written_down_is_the_rules_own(door: Project, tmp_path: Path) -> None:
    """The service has the new revision, and nobody has said so: whoever looks next does, and no stranger did it."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "sitecustomize.py").write_text(
        "import os\n"
        "from scoredock.services.ledger import Ledger\n"
        "plain = Ledger.set_state\n"
        "def set_state(self, name, *arguments, **more):\n"
        "    if name == 'times' and 'active_revision' in more: os._exit(9)\n"
        "    return plain(self, name, *arguments, **more)\n"
        "Ledger.set_state = set_state\n"
    )
    door.create()
    door.register("3")
    door.variables["PYTHONPATH"] = str(tmp_path / "kept")
    assert door.run("rule", "run", "newest").returncode == 9
    door.variables.clear()
    door.round()
    assert door.steps() == ["2 seen", "2 promoted"]
    assert door.service()["models"] == ["times:2"]
    assert _times(door) == {}


def test_the_count_turns_red_where_a_step_does_not_look(door: Project, tmp_path: Path) -> None:
    (tmp_path / "planted").mkdir()
    (tmp_path / "planted" / "sitecustomize.py").write_text(_PLANTED)
    door.create()
    door.register("3")
    # Killed between the update and its entry: the state of the step before is what is there.
    rule = door.workspace / "rules" / "newest" / "state.json"
    door.round("--dry-run")
    door.variables["PYTHONPATH"] = str(tmp_path / "kept")
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "sitecustomize.py").write_text(
        "import os, shutil\n"
        "from scoredock.services.deployments import Deployments\n"
        "plain = Deployments.update\n"
        "def update(*arguments, **more):\n"
        f"    plain(*arguments, **more); shutil.copy({str(rule)!r}, {str(tmp_path / 'state.json')!r}); os._exit(9)\n"
        "Deployments.update = update\n"
    )
    assert door.run("rule", "run", "newest").returncode == 9
    shutil.copy(tmp_path / "state.json", rule)
    door.variables.clear()
    revisions = door.service()["revision"]
    assert door.steps() == ["2 seen"]
    assert revisions == 2

    door.round()
    assert door.steps() == ["2 seen", "2 promoted"]
    assert door.service()["revision"] == 2
    assert _times(door) == {}
    # The same with the planted bug.
    shutil.copy(tmp_path / "state.json", rule)
    door.variables["PYTHONPATH"] = str(tmp_path / "planted")
    for _ in range(2):
        door.run("rule", "run", "newest")
    door.variables.clear()
    assert _times(door) != {} or door.steps() != ["2 seen", "2 promoted"]


def test_a_state_that_is_written_is_old_or_new(door: Project) -> None:
    """What a kill leaves of a write is not a state, and is passed over."""
    door.create()
    folder = door.workspace / "rules" / "newest"
    (folder / ".state.json.0123.new").write_text("{")
    door.register("3")
    end = time.monotonic() + 60
    while door.steps()[-1:] != ["2 promoted"] and time.monotonic() < end:
        door.round()
    assert door.service()["models"] == ["times:2"]
