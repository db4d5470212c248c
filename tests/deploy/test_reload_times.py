"""When a service is reloaded: storms of saves, two servers, changes under way, the end of a server, the command
line."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from scoredock.errors import ScoredockError
from scoredock.features.services.reloading import Reloads
from scoredock.services.folders import revision_folder
from scoredock.services.request import UpdateRequest

from deploy.conftest import Place, terminal
from deploy.reload_parts import NAME, answering, begun, wait_for, workers

# ---------------------------------------------------------------------------------------------- when


@pytest.mark.chance
def test_a_storm_of_saves_makes_few_reloads_and_the_last_is_served(
    place: Place, source: Path, watching: Callable[[], Reloads]
) -> None:
    reloads = watching()
    for number in range(1, 51):
        new = source.with_suffix(".new")
        new.write_text(answering(number))
        new.replace(source)
        reloads.touched([str(source)])
    wait_for(lambda: place.answer() == "50")
    wait_for(lambda: not reloads.busy)
    assert place.answer() == "50"
    # One for each pause that the machine made in the storm, never one for each save.
    assert begun(place) <= 1 + 25


@pytest.mark.chance
@pytest.mark.long("tests/lsp/test_reload.py has two real servers")
def test_two_servers_on_one_folder_reload_once(place: Place, source: Path, watching: Callable[[], Reloads]) -> None:
    both = [watching(), watching()]
    for number in range(1, 6):
        source.write_text(answering(number))
        for each in both:
            each.touched([str(source)])
        wait_for(lambda: not any(each.busy for each in both))
        assert place.answer() == str(number)
    assert begun(place) == 6


def test_only_files_of_the_service_in_an_open_folder_count(
    place: Place, source: Path, watching: Callable[[], Reloads], tmp_path: Path
) -> None:
    reloads = watching()
    source.write_text(answering(1))
    reloads.touched([str(place.project / "other.py"), str(source.parent / "__pycache__" / "x.pyc")])
    elsewhere = watching()
    elsewhere._context.folders = (tmp_path / "another",)
    elsewhere.touched([str(source)])
    wait_for(lambda: not reloads.waiting and not elsewhere.waiting)
    wait_for(lambda: not reloads.busy and not elsewhere.busy)
    assert place.answer() == "0"


@pytest.mark.chance
def test_a_newer_save_supersedes_an_init_that_takes_long(
    place: Place, source: Path, watching: Callable[[], Reloads]
) -> None:
    reloads = watching()
    source.write_text(answering(1, top="import time", init="time.sleep(60)"))
    reloads.touched([str(source)])
    wait_for(lambda: [each.phase for each in place.deployments.ledger.intents()] == ["starting"])
    source.write_text(answering(2))
    reloads.touched([str(source)])
    wait_for(lambda: place.answer() == "2", 15)
    assert place.deployments.service(NAME).failure is None


@pytest.mark.chance
def test_what_a_person_asks_for_goes_first(place: Place, source: Path) -> None:
    source.write_text(answering(1, top="import time", init="time.sleep(60)"))
    outcome: list[str] = []

    def reload() -> None:
        try:
            place.deployments.reload(NAME)
        except ScoredockError as error:
            outcome.append(error.code)

    reloading = threading.Thread(target=reload)
    reloading.start()
    wait_for(lambda: [each.phase for each in place.deployments.ledger.intents()] == ["starting"])
    source.write_text(answering(2))
    assert place.deployments.update(NAME, UpdateRequest()).state == "Healthy"
    reloading.join()
    assert outcome == ["cancelled"]
    assert place.answer() == "2"


@pytest.mark.chance
def test_a_change_under_way_is_waited_for(place: Place, source: Path, watching: Callable[[], Reloads]) -> None:
    reloads = watching()
    source.write_text(answering(1, top="import time", init="time.sleep(1)"))
    updating = threading.Thread(target=lambda: place.deployments.update(NAME, UpdateRequest()))
    updating.start()
    wait_for(lambda: [each.phase for each in place.deployments.ledger.intents()] == ["starting"])
    source.write_text(answering(2))
    reloads.touched([str(source)])
    updating.join()
    wait_for(lambda: place.answer() == "2")


def test_the_end_of_the_server_cancels_cleanly(place: Place, source: Path, watching: Callable[[], Reloads]) -> None:
    reloads = watching()
    source.write_text(answering(1, top="import time", init="time.sleep(60)"))
    reloads.touched([str(source)])
    wait_for(lambda: [each.phase for each in place.deployments.ledger.intents()] == ["starting"])
    reloads.stop()
    wait_for(lambda: not reloads.busy)
    view = place.deployments.service(NAME)
    assert (view.state, view.failure, view.revisions) == ("Healthy", None, (1,))
    assert place.answer() == "0"
    assert not revision_folder(place.workspace, NAME, 2).exists()


@pytest.mark.chance
def test_a_killed_server_leaves_a_service_that_answers(place: Place, source: Path) -> None:
    source.write_text(answering(1, top="import time", init="time.sleep(2)"))
    process = terminal(place, "service", "reload", NAME)
    wait_for(lambda: workers(place) == 2)
    process.kill()
    process.communicate(None, timeout=60)
    again = place.again()
    again.recover()
    # The parent gives up what nobody waits for any more: what is shown would be another revision than the one that
    # answers.
    wait_for(lambda: workers(place) == 1)
    assert place.answer() == "0"
    assert again.service(NAME).revision == 1
    source.write_text(answering(2))
    assert again.reload(NAME).outcome == "reloaded"
    assert place.answer() == "2"


def test_a_service_under_a_debugger_is_not_touched(place: Place, source: Path) -> None:
    spec = place.workspace / "services" / NAME / "spec.json"
    told = json.loads(spec.read_text())
    told["environment"]["AZUREML_DEBUG_PORT"] = "5678"
    spec.write_text(json.dumps(told))
    source.write_text(answering(1))
    with pytest.raises(ScoredockError, match="debugger"):
        place.deployments.reload(NAME)
    assert place.deployments.service(NAME).failure is None


# ---------------------------------------------------------------------------------------------- the command line


def scoredock(place: Place, *words: str) -> subprocess.CompletedProcess[str]:
    process = terminal(place, *words)
    out, told = process.communicate(None, timeout=120)
    return subprocess.CompletedProcess(words, process.wait(), out.decode(), told.decode())


def test_reload_from_the_command_line(place: Place, source: Path) -> None:
    source.write_text(answering(1))
    done = scoredock(place, "service", "reload", NAME, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["outcome"], told["service"]["revision"], told["notes"]) == ("reloaded", 2, [])
    assert "already serves these files" in scoredock(place, "service", "reload", NAME).stdout
    source.write_text(answering(1, init="raise ValueError('no')"))
    refused = scoredock(place, "service", "reload", NAME)
    assert refused.returncode == 1
    assert f"{source}:4" in refused.stderr
    assert "[init-failed]" in refused.stderr


def test_watch_from_the_command_line(place: Place, source: Path) -> None:
    env = {**os.environ, "SCOREDOCK_HOME": str(place.workspace.parent.parent), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "scoredock.cli", "service", "watch", NAME]
    process = subprocess.Popen(
        command, env=env, cwd=place.project, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    lines: list[str] = []
    assert process.stdout is not None
    reading = threading.Thread(target=lambda: lines.extend(process.stdout or ()))
    reading.start()
    with contextlib.ExitStack() as stack:
        stack.callback(reading.join)
        stack.callback(process.kill)
        wait_for(lambda: any("watching" in line for line in lines))
        source.write_text(answering(1))
        wait_for(lambda: place.answer() == "1")
        source.write_text(answering(2, init="raise ValueError('no')"))
        wait_for(lambda: any("[init-failed]" in line for line in lines))
        source.write_text(answering(3))
        wait_for(lambda: place.answer() == "3")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert sum("reloaded, revision" in line for line in lines) == 2
    assert sum("[init-failed]" in line for line in lines) == 1
