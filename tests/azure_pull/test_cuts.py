"""A pull that is cut off at random moments, on our side and on Azure's, is complete in the end and equal."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time

import psutil
import pytest

from azure_pull.azure_shelf import Blob, seeded
from azure_pull.conftest import Puller, digest
from depth import SEED
from pace import patience

HANG = 300
"""Seconds after which a pull hangs."""
_FILES = (("config.json", 400), ("weights/part-0.bin", 0), ("weights/part-1.bin", 30_000))


def fill(puller: Puller, count: int, size: int) -> dict[str, str]:
    """Models of several versions with three files each; id → digest."""
    expected = {}
    for number in range(count):
        name, version = f"model-{number // 4:03}", number % 4 + 1
        files: dict[str, Blob | bytes] = {
            f"model/{path}": seeded(f"{number} {path}", own or size) for path, own in _FILES
        }
        puller.shelf.add_model(name, str(version), files, tags={"number": str(number)})
        expected[f"{name}:{version}"] = digest(files)
    return expected


class Cuts:
    """Starts a pull and ends it, or the server, when so many requests have come."""

    def __init__(self, puller: Puller, chance: random.Random) -> None:
        self._puller = puller
        self._chance = chance

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        terminal = self._puller.terminal
        command = [sys.executable, "-m", "scoredock.cli", "azure", "pull", *words, "--python", self._puller.python]
        return subprocess.Popen(
            [*command, "--json"],
            cwd=terminal.folder,
            env=terminal.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def kill_client(self, requests: int, *words: str) -> bool:
        """Whether it was still at work."""
        process = self.start(*words)
        self._wait(process, requests)
        process.kill()
        process.communicate()
        return process.returncode < 0

    def cut_server(self, requests: int, *words: str) -> bool:
        """Also in the middle of a file; whether the pull was still at work."""
        process, shelf = self.start(*words), self._puller.shelf
        self._wait(process, requests)
        shelf.cut_after = self._chance.randrange(200_000)
        _, errors = process.communicate(timeout=HANG)
        shelf.cut_after, shelf.is_down = -1, False
        return process.returncode > 0 and json.loads(errors)["error"]["code"] == "azure-unreachable"

    def _wait(self, process: subprocess.Popen[bytes], requests: int) -> None:
        wanted, end = len(self._puller.shelf.log) + requests, time.monotonic() + HANG
        while len(self._puller.shelf.log) < wanted and process.poll() is None and time.monotonic() < end:
            time.sleep(0.002)


def cut_and_complete(puller: Puller, expected: dict[str, str], cuts: int, most: int) -> None:
    seed = SEED
    chance, what = random.Random(seed), Cuts(puller, random.Random(seed))
    for number in range(cuts):
        words = ["model:*"] if number == 0 or not list(puller.terminal.home.rglob("plan.json")) else []
        requests = chance.randrange(1, most)
        was_cut = (what.kill_client if number % 2 else what.cut_server)(requests, *words)
        assert was_cut, f"cut {number} of seed {seed} came too late"
        part = puller.digests()
        assert part.items() <= expected.items(), f"after cut {number} of seed {seed}"
    puller.pull()
    assert left_processes(puller) == []
    assert puller.digests() == expected, f"seed {seed}"
    assert puller.refused()["code"] == "azure-nothing-chosen"
    assert puller.terminal.run("workspace", "verify", "--deep").returncode == 0
    left = [path for path in puller.terminal.home.rglob("azure/*/items/*") if path.is_dir()]
    assert left == []
    assert puller.shelf.unknown == []
    assert {method for method, _ in puller.shelf.log} <= {"GET", "HEAD", "POST"}
    assert puller.secrets(puller.terminal.home, puller.terminal.folder) == []


def left_processes(puller: Puller) -> list[int]:
    """Processes of pulls that are still there; one whose starter was killed needs a moment."""
    end = time.monotonic() + HANG
    while time.monotonic() < end:
        found = [each.pid for each in psutil.process_iter(["cmdline"]) if puller.is_process_of(each.info["cmdline"])]
        if not found:
            return []
        time.sleep(0.05)
    return found


@pytest.mark.chance
def test_a_few_models_and_cuts(puller: Puller) -> None:
    cut_and_complete(puller, fill(puller, 20, 300_000), cuts=4, most=40)


@pytest.mark.chance
@pytest.mark.long("1,000 models of 3 GB together, cut at 50 moments")
@pytest.mark.timeout(3000)
def test_a_thousand_models_of_three_gigabytes_and_fifty_cuts(puller: Puller) -> None:
    expected, began = fill(puller, 1000, 2_970_000), time.monotonic()
    cut_and_complete(puller, expected, cuts=50, most=100)
    report = puller.terminal.json("azure", "report")
    assert len(report["outcomes"]) == 1000
    size = sum(blob.size for blob in puller.shelf.shelf.values())
    figures = {"models": 1000, "bytes": size, "cuts": 50, "seconds": round(time.monotonic() - began)}
    print(json.dumps({**figures, "requests": len(puller.shelf.log)}))


def test_a_cancel_ends_the_process_and_the_pull_goes_on(puller: Puller) -> None:
    files: dict[str, Blob | bytes] = {"model.bin": seeded("large", 8_000_000)}
    puller.shelf.add_model("large", "1", files)
    puller.shelf.pause = 0.05
    process = Cuts(puller, random.Random(0)).start("model:large")
    while not any(path.endswith("model.bin") for _, path in puller.shelf.log) and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=HANG)
    assert json.loads(errors)["error"]["code"] == "cancelled"
    assert left_processes(puller) == []
    assert puller.digests() == {}
    assert puller.list()[0]["present"] == ""
    puller.shelf.pause = 0.0
    puller.pull()
    assert puller.digests() == {"large:1": digest(files)}


def test_a_pull_that_is_killed_before_it_knows_what_there_is_goes_on(puller: Puller) -> None:
    expected = fill(puller, 4, 20_000)
    puller.shelf.pause = 0.2
    process = Cuts(puller, random.Random(0)).start("model:*", "--output-path", "shelf")
    while not puller.shelf.log and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert not list(puller.terminal.home.rglob("plan.json")), "it was killed too late"
    puller.shelf.pause = 0.0
    puller.pull()
    assert puller.digests() == expected
    assert puller.refused()["code"] == "azure-nothing-chosen", "what has come is not fetched again"


def test_a_choice_that_is_refused_is_not_gone_on_with(puller: Puller) -> None:
    fill(puller, 4, 20_000)
    assert puller.refused("model:nobody")["code"] == "azure-choice-invalid"
    assert puller.refused()["code"] == "azure-nothing-chosen"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with the one that started it")
def test_the_process_ends_with_its_starter_whatever_it_is_at(puller: Puller) -> None:
    fill(puller, 4, 20_000)
    puller.shelf.pause = 0.2
    process = Cuts(puller, random.Random(0)).start("model:*")
    while not puller.shelf.log and process.poll() is None:
        time.sleep(0.01)
    children = psutil.Process(process.pid).children()
    (child,) = (each for each in children if "azure_process" in " ".join(each.cmdline()))
    child.suspend()  # it sees neither its input end nor anything else
    process.kill()
    process.communicate()
    _, alive = psutil.wait_procs([child], patience(30))
    for each in alive:
        each.kill()
    assert alive == []


def test_of_a_file_only_what_was_missing_comes_again(puller: Puller) -> None:
    files = {"model.bin": seeded("large", 24_000_000)}
    puller.shelf.add_model("large", "1", files)
    puller.shelf.cut_after = 15_000_000
    assert puller.refused("model:large")["code"] == "azure-unreachable"
    assert puller.digests() == {}
    puller.shelf.is_down, puller.shelf.cut_after = False, 12_000_000
    puller.pull()
    assert puller.digests() == {"large:1": digest(files)}
