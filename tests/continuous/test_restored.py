"""A workspace with a rule is backed up and restored in another home: the rule is there with its history, paused, and
goes on when it is resumed. What is beside it comes back, too."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from continuous.conftest import Callers, Project


@pytest.fixture
def other(project: Project, environments: Path, tmp_path: Path) -> Iterator[Project]:
    """A new machine with the same project folder."""
    made = Project(tmp_path / "elsewhere", project.folder)
    yield made
    for name in made.services():
        made.run("service", "delete", name, "--force")


def _restored(project: Project, other: Project, environments: Path) -> str:
    """What is printed on the new machine."""
    project.json("workspace", "backup", "b.tar")
    done = other.run("workspace", "restore", "b.tar")
    assert done.returncode == 0, done.stderr
    shared = other.workspace / "environments"
    if not shared.exists():
        shared.symlink_to(environments)
    return done.stdout


def test_a_rule_comes_back_paused_and_deploys_once_it_is_resumed(
    project: Project, other: Project, environments: Path
) -> None:
    project.create()
    project.register("3")
    project.round()
    project.register("unloadable")
    project.round()

    told = _restored(project, other, environments)
    assert "Deployment rules are paused: newest. Resume each with `scoredock rule resume NAME`." in told
    assert [(each["name"], each["status"]) for each in other.json("rule", "list")["rules"]] == [("newest", "paused")]
    assert other.steps() == [*project.steps(), "0 restored"]
    assert "restored from a backup" in other.run("rule", "show", "newest").stdout

    other.register("4")
    assert other.round()["events"] == []
    other.json("rule", "resume", "newest")
    assert "stopped" in other.round(code=1)["error"], "nobody starts a service that was stopped"
    other.json("service", "start", "times")
    assert [each["what"] for each in other.round()["events"]] == ["seen", "promoted"]
    assert other.service()["models"] == ["times:4"]
    # The first machine is as it was.
    assert project.service()["models"] == ["times:2"]
    assert project.show()["rule"]["look"] == "idle"
    records = other.json("lineage", "show")["records"]
    assert records[-1]["what"] == "workspace.restored"
    assert other.json("lineage", "verify")["breaks"] == []
    assert other.json("workspace", "verify")["problems"] == []


def test_a_canary_that_was_under_way_is_cleared_away_and_begins_again(
    door: Project, other: Project, environments: Path
) -> None:
    door.create("--canary", "20", "--for", "0s", "--requests", "5")
    door.register("3")
    door.until("2 canary")
    assert len(door.services()) == 2

    _restored(door, other, environments)
    assert len(other.services()) == 2
    other.json("service", "start", "times")
    other.json("rule", "resume", "newest")
    other.json("endpoint", "start", "door")
    with Callers(int(other.endpoint()["port"])):
        done = other.finished()
    assert done["rule"]["versions"] == [2]
    assert other.services() == ["times"]
    assert other.shares() == {"times": 100}
    steps = other.steps()
    assert steps[steps.index("2 superseded") :] == [
        "2 superseded",
        "0 restored",
        "0 resumed",
        "2 seen",
        "2 deployed",
        "2 canary",
        "2 promoted",
    ]
    # The candidate of the first machine has its share there.
    assert len(door.services()) == 2
    other.run("endpoint", "delete", "door")


def test_subscriptions_and_schedules_come_back_paused_and_are_resumed(
    project: Project, other: Project, environments: Path
) -> None:
    program = [sys.executable, "-c", "import sys; open('events.txt', 'a').write(sys.stdin.read() + chr(10))"]
    done = project.run("event", "subscribe", "note", "--type", "ModelRegistered", "--command", *program)
    assert done.returncode == 0, done.stderr
    project.json("event", "subscribe", "hook", "--no-handshake", "--url", "http://127.0.0.1:9/a?code=hidden")
    (project.folder / "old.csv").write_text("a\n1\n2\n")
    words = ("--target", "new.csv", "--baseline", "old.csv", "--every", "1d")
    project.json("drift", "schedule", "weekly", *words)

    told = _restored(project, other, environments)
    assert "Subscriptions to events are paused: hook (http://127.0.0.1:9/a), note (" in told
    assert "Resume each with `scoredock event resume NAME`." in told
    assert "Schedules of drift are paused: weekly. Resume each with `scoredock drift resume NAME`." in told

    assert other.json("drift", "run", "--due")["runs"] == []
    assert other.json("drift", "list")["monitors"][0]["paused"]
    assert "paused" in other.run("drift", "list").stdout
    assert not other.json("drift", "resume", "weekly")["paused"]
    (run,) = other.json("drift", "run", "--due", code=1)["runs"]
    assert "new.csv" in run["error"]
    assert other.json("drift", "pause", "weekly")["nextRun"] is None

    other.register("5")
    paused = {each["name"]: each for each in other.json("event", "list")["subscriptions"]}
    assert (paused["note"]["waiting"], paused["note"]["delivered"]) == (1, 0)
    assert "scoredock event resume note" in paused["note"]["paused"]
    assert not (project.folder / "events.txt").exists()
    other.json("event", "resume", "note")
    for _ in range(200):
        note = next(each for each in other.json("event", "list")["subscriptions"] if each["name"] == "note")
        if note["waiting"] == 0:
            break
    assert (note["waiting"], note["delivered"]) == (0, 1), note
    assert "models/times:2" in (project.folder / "events.txt").read_text()

    refused = other.refused("event", "resume", "hook")
    assert refused["code"] == "event-option-invalid"
    assert "--url" in refused["fix"]
    again = other.json("event", "resume", "hook", "--no-handshake", "--url", "http://127.0.0.1:9/a?code=other")
    assert again["secret"].startswith("whsec_"), "the secret of the first machine is in no backup"
    assert again["subscription"]["signed"]
    assert again["subscription"]["paused"] == ""
    other.json("event", "pause", "hook")
    for name in ("hook", "note"):
        other.json("event", "delete", name)
        project.json("event", "delete", name)


def test_the_command_that_resumes_names_a_workspace_that_is_not_the_active_one(project: Project) -> None:
    project.create()
    project.json("workspace", "backup", "b.tar")
    done = project.run("workspace", "restore", "b.tar", "--name", "copy")
    assert "`scoredock rule resume NAME --workspace copy`" in done.stdout
    assert project.json("rule", "show", "newest", "--workspace", "copy")["rule"]["look"] == "paused"
    assert project.show()["rule"]["look"] == "idle"
