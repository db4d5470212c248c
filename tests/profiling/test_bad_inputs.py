"""What a search says of services and inputs that are not as they should be, and that nothing of it is left."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from scoredock.engines.process.control_groups import parents
from scoredock.errors import ScoredockError

import docker_daemon
from pace import patience
from parts import missing
from profiling.conftest import QUICK, Terminal, deploy, searched

pytestmark = [pytest.mark.usefixtures("shared_environments"), pytest.mark.slow]

SMALL = ("--max-cpu", "0.3", "--max-memory-gb", "0.5")
"""So that a search has few sizes to try."""


def may_limit() -> bool:
    with contextlib.suppress(ScoredockError):
        return bool(parents().folders)
    return False


@pytest.fixture
def limited(terminal: Terminal) -> Iterator[tuple[str, ...]]:
    """Words of a deployment on an engine that can hold it to a size here; nothing of a search is left afterwards."""
    words: tuple[str, ...] = ()
    if not may_limit():
        terminal.env["SCOREDOCK_BASE_IMAGE"] = docker_daemon.base_image()
        words = ("--engine", "docker")
    yield words
    nothing_left(terminal)
    if words:
        terminal.run("service", "delete", "burn")


def nothing_left(terminal: Terminal) -> None:
    """No folder, no process and no control group of a temporary service."""
    services = terminal.home / "workspaces" / "local" / "services"
    deadline = time.monotonic() + patience(5)
    while left := [*services.glob("profile-*"), *running_below(services), *groups()]:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def running_below(services: Path) -> list[str]:
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            words = " ".join(process.cmdline())
            if f"{services}/profile-" in words and process.status() != psutil.STATUS_ZOMBIE:
                found.append(words)
    return found


GROUP = "scoredock-" + 24 * "[0-9a-f]"
"""As the engine names the control group of a service."""


def groups() -> list[Path]:
    """Control groups of services without a process; others are at work here, and `scoredock-cluster-0` is a cluster."""
    with contextlib.suppress(ScoredockError):
        made = [each for folder in parents().folders.values() for each in folder.glob(GROUP)]
        return [each for each in made if not (each / "cgroup.procs").read_text().strip()]
    return []


FAILS = """
import json


def init():
    pass


def run(data):
    return json.loads(data)["rows"][0]
"""


def test_a_dataset_with_other_columns_fails_and_nothing_is_recommended(
    terminal: Terminal, limited: tuple[str, ...]
) -> None:
    """Its requests are answered quickly, with errors."""
    deploy(terminal, FAILS, *limited)
    told = searched(terminal, *SMALL, code=1)
    assert (told["end"], told["recommended"], told["replicas"]) == ("failed", None, None)
    assert "status 500" in told["reason"]
    profile = told["profile"]
    assert profile["error"] == told["reason"]
    assert (profile["recommendedCpu"], profile["recommendedMemoryInGB"]) == (None, None)
    assert profile["totalQueries"] > profile["successQueries"]
    assert len(told["sizes"]) == 0 or told["sizes"][-1]["outcome"] == "failed"


CRASHES = """
import os
from pathlib import Path

COUNT = Path({path!r})


def init():
    pass


def run(data):
    with COUNT.open("a") as file:
        file.write(".")
    if COUNT.stat().st_size > 1100:
        os._exit(3)
    return 1
"""


@pytest.mark.long("three sizes are measured; failing requests are asked at the gate")
def test_a_script_that_crashes_at_the_third_size(terminal: Terminal, limited: tuple[str, ...], tmp_path: Path) -> None:
    path = "/tmp/count" if limited else str(tmp_path / "count")
    deploy(terminal, CRASHES.format(path=path), *limited)
    told = searched(terminal, *SMALL, code=1)
    assert (told["end"], told["recommended"]) == ("failed", None)
    assert 1 <= len(told["sizes"]) <= 3
    assert "Nothing is recommended" in told["reason"]


LEAKS = """
KEPT = []


def init():
    pass


def run(data):
    KEPT.append(bytearray(20_000))
    return 1
"""


@pytest.mark.long("a leak shows in a minute of requests; that growth is found is asked with generated readings")
def test_a_script_that_leaks_gets_no_memory(terminal: Terminal, limited: tuple[str, ...]) -> None:
    deploy(terminal, LEAKS, *limited)
    told = searched(terminal, *SMALL)
    assert told["growthBytes"] == pytest.approx(20_000, rel=0.5)
    assert any("did not settle" in note for note in told["notes"])
    assert told["profile"]["recommendedMemoryInGB"] is None
    assert told["recommended"]["cpu"] <= 0.3


@pytest.mark.long("the largest size is measured to its end; what it says of rows is one sentence")
def test_ten_rows_and_a_machine_that_is_too_small(terminal: Terminal, limited: tuple[str, ...]) -> None:
    rows = deploy(terminal, "import time\n\n\n" + QUICK.replace("return 1", "time.sleep(0.2)\n    return 1"), *limited)
    rows.write_text("".join(f"[{number}]\n" for number in range(10)))
    told = searched(terminal, *SMALL, code=1)
    assert (told["end"], told["recommended"]) == ("too-small", None)
    assert told["reason"].startswith("No size up to 0.3 cores and 0.5 GB holds 100 ms")
    assert "Only 10 different request bodies were sent, again and again." in told["notes"]
    assert told["knee"] is None or told["knee"] < 40


def without_rights(terminal: Terminal, *words: str) -> subprocess.CompletedProcess[str]:
    """The command on a machine whose control groups it may not change."""
    command = [sys.executable, "-m", "scoredock.cli", *words]
    if may_limit():
        if os.geteuid() != 0 or shutil.which("unshare") is None:
            missing("root with unshare, to give up the right to limit processes")
        hidden = 'mount -t tmpfs -o ro none /sys/fs/cgroup && exec "$@"'
        command = ["unshare", "--mount", "sh", "-c", hidden, "sh", *command]
    return subprocess.run(
        command, cwd=terminal.folder, env=terminal.environment(), capture_output=True, text=True, timeout=300
    )


def test_without_the_right_to_set_limits_it_measures_and_says_that_it_cannot_search(terminal: Terminal) -> None:
    deploy(terminal, QUICK)
    wish = ("--search", "--latency-ms", "200", "--rate", "40", "--rows", "rows.txt")
    done = without_rights(terminal, "service", "profile", "burn", *wish, "--json")
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert (told["end"], told["recommended"], told["requested"], told["sizes"]) == ("not-searched", None, None, [])
    assert told["reason"] == "This account may not limit the CPU and the memory of processes on this machine."
    assert told["profile"]["latencyPercentile95InMs"] is not None
    assert told["profile"]["recommendedCpu"] is None
    nothing_left(terminal)


@pytest.mark.long("a search goes on for as long as an update takes; that its files are kept ones is asked by deploy")
def test_a_service_that_is_updated_while_it_is_profiled(terminal: Terminal, limited: tuple[str, ...]) -> None:
    deploy(terminal, QUICK, *limited)
    wish = ("--search", "--latency-ms", "100", "--rate", "40", "--rows", "rows.txt", *SMALL, "--minutes", "1")
    running = terminal.start("service", "profile", "burn", *wish, "--json")
    until_it_runs(terminal)
    (terminal.folder / "score.py").write_text(QUICK.replace("return 1", "return 2"))
    terminal.ok("service", "update", "burn")
    output, errors = running.communicate(timeout=300)
    told = json.loads(output)
    assert told["revision"] == 1, errors
    assert "The service was changed meanwhile: the figures are those of revision 1." in told["notes"]
    assert terminal.json("service", "call", "burn", "--data", "[1]")["body"] == "2"


def until_it_runs(terminal: Terminal) -> Path:
    """The folder of a temporary service."""
    deadline = time.monotonic() + patience(60)
    services = terminal.home / "workspaces" / "local" / "services"
    while not (found := [each.parent for each in services.glob("profile-*/status.json")]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found[0]


@pytest.mark.chance
def test_a_killed_search_is_cleaned_up_by_the_next_look(terminal: Terminal) -> None:
    deploy(terminal, QUICK)
    wish = ("--search", "--latency-ms", "100", "--rate", "40", "--rows", "rows.txt")
    running = terminal.start("service", "profile", "burn", *wish, "--json")
    until_it_runs(terminal)
    psutil.Process(running.pid).kill()
    running.communicate(timeout=60)
    listed = terminal.json("service", "list")["services"]
    assert [each["name"] for each in listed] == ["burn"]
    nothing_left(terminal)


def test_ctrl_c_ends_a_search_and_its_service(terminal: Terminal) -> None:
    deploy(terminal, QUICK)
    wish = ("--search", "--latency-ms", "100", "--rate", "40", "--rows", "rows.txt")
    running = terminal.start("service", "profile", "burn", *wish, "--json")
    until_it_runs(terminal)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert b"cancelled" in errors
    nothing_left(terminal)


REFUSED: list[tuple[tuple[str, ...], str]] = [
    (("--search", "--latency-ms", "0.0001", "--rate", "99999"), "profile-input-invalid"),
    (("--search", "--latency-ms", "50", "--rate", "5", "--percentile", "100"), "profile-input-invalid"),
    (("--search", "--latency-ms", "50", "--rate", "5", "--minutes", "0"), "profile-input-invalid"),
    (("--search", "--latency-ms", "50", "--rate", "5", "--rows", "none.txt"), "file-not-found"),
    (("--search", "--latency-ms", "50", "--rate", "5", "--rows", "dataset:none"), "asset-not-found"),
    (("--rate", "20000"), "profile-input-invalid"),
]


@pytest.mark.parametrize(("words", "code"), REFUSED)
def test_what_cannot_be_measured_is_refused_before_anything_is_started(
    terminal: Terminal, words: tuple[str, ...], code: str
) -> None:
    deploy(terminal, QUICK)
    assert terminal.refused("service", "profile", "burn", *words)["code"] == code
    nothing_left(terminal)


@pytest.mark.parametrize("words", [("--search",), ("--search", "--rate", "5"), ("--write",)])
def test_a_search_needs_a_wish(terminal: Terminal, words: tuple[str, ...]) -> None:
    done = terminal.run("service", "profile", "burn", *words)
    assert done.returncode == 2
    assert "--search" in done.stderr


def test_models_are_measured_in_the_form_of_v1(terminal: Terminal) -> None:
    """Without a service that runs, at a size; out of its bounds it is refused in the words of v1."""
    (terminal.folder / "score.py").write_text(QUICK)
    (terminal.folder / "rows.txt").write_text("[1]\n[2]\n")
    refused = terminal.refused("model", "profile", "--entry-script", "score.py", "--rows", "rows.txt", "--cc", "4")
    assert refused["message"] == "Expected cpu value is between 0.1 and 3.5. Provided: 4."
    assert terminal.refused("model", "profile", "--entry-script", "score.py")["code"] == "profile-input-invalid"
    written = terminal.folder / "profile.json"
    words = ("-n", "first", "--entry-script", "score.py", "--rows", "rows.txt", "--cc", "0.5", "--gb", "0.5")
    told: dict[str, Any] = terminal.json("model", "profile", *words, "-t", str(written))
    assert told["profile"]["totalQueries"] == told["profile"]["successQueries"] == 200
    assert told["search"] is None
    fields = json.loads(written.read_text())
    assert (fields["name"], fields["state"]) == ("first", "Succeeded")
    if told["requested"] is not None:
        assert told["requested"] == {"cpu": 0.5, "memoryInGB": 0.5}
        assert fields["maxUtilizedCpu"] <= 0.7
    assert terminal.json("service", "list")["services"] == []
    nothing_left(terminal)
