"""Both servers are asked the same and must do the same; deliberate differences are listed and must be there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance import checks_http, checks_log, checks_samples, checks_scripts, checks_settings, checks_starts
from conformance.check import Check
from conformance.differences import DIFFERENCES, rows
from conformance.loaded import Loaded
from conformance.observing import Broken, Observer
from conformance.probes import same
from conformance.servers import Command

CHECKS = [
    *checks_settings.CHECKS,
    *checks_http.CHECKS,
    *checks_scripts.CHECKS,
    *checks_log.CHECKS,
    *checks_starts.CHECKS,
    *checks_samples.CHECKS,
]
DELIBERATE = {identity for difference in DIFFERENCES for identity in difference.checks}


ALIKE = {
    "cors one": "a list of two holds one as well",
    "cors any": "every origin is taken in tests/runtime/test_loopback.py",
    "cors by variable": "tests/runtime/test_loopback.py opens a service by it",
    "cors of a script": "tests/runtime/test_raw_http.py has a script that answers CORS itself",
    "swagger files": "a service with files for other versions is asked the same",
    "main": "that main.py is looked for is told by the start that lacks it",
    "health port alone": "the same option with its switch is asked, and the switch is off in all other services",
    "version": "on is what it is in all other services",
    "insights off": "the lines of these settings are told by another service",
    "logging.json beside the script": "read as the one in the application's folder",
    "raw api": "tests/runtime/test_raw_http.py imports by these names",
    "documents raw_cors": "tests/documents deploys it at the gate, and another sample sets headers",
    "documents raw_reversed": "another script of the documents takes and gives bytes",
    "output only": "scripts with samples of their input describe their output as well",
    "workers by variable": "the number is read as the other variables are",
    "worker time-out": "waits for seconds on both servers; tests/runtime/test_hang.py has it for ours",
    "config file in its place": "read as one that is named",
    "version of my own": "the version is told or not told as in two other services",
    **{
        f"start, {name}": "refused for the same reason as another start"
        for name in (
            "import exits",
            "variable keywords",
            "positional-only",
            "only headers",
            "port 65536",
            "port of letters",
            "health port 0",
            "workers of letters",
            "workers of letters by variable",
            "logging.json of another kind",
            "import of what is missing",
            "init exits",
            "no run",
            "neither script nor file",
            "port 0",
            "config file with a wrong type",
            "two outputs",
            "logging.json that is not JSON",
            "model folder shown",
            "help",
        )
    },
}
"""Services of which the gate has one that shows the same, with the reason."""


def marked(check: Check) -> Any:
    reason = ALIKE.get(check.service.name)
    return pytest.param(check, id=check.identity, marks=[pytest.mark.long(reason)] if reason else [])


@pytest.mark.parametrize("check", [marked(check) for check in CHECKS])
def test_same(check: Check, observer: Observer) -> None:
    theirs, mine = observer.of(check)
    assert not isinstance(theirs, Broken), f"the check fails on the real server: {theirs}"
    assert not isinstance(mine, Broken), f"the check fails on ours: {mine}\nthe real server: {_shown(theirs)}"
    if check.identity in DELIBERATE:
        assert not same(theirs, mine), f"listed as a difference, but both do the same:\n{_shown(theirs)}"
    else:
        assert same(theirs, mine), f"the real server:\n{_shown(theirs)}\n\nours:\n{_shown(mine)}"


def _shown(observation: object) -> str:
    values = observation if isinstance(observation, list) else [observation]
    return "\n".join(str(value)[:3000] for value in values)


def test_enough_is_compared_and_little_differs() -> None:
    identities = [check.identity for check in CHECKS]
    assert len(identities) == len(set(identities))
    assert len(identities) >= 200
    assert len(DIFFERENCES) <= 20
    assert set(identities) >= DELIBERATE, DELIBERATE - set(identities)
    assert {check.service.name for check in CHECKS} >= set(ALIKE)
    assert all(difference.section and difference.fault and difference.checks for difference in DIFFERENCES)


def test_the_page_tells_all_differences() -> None:
    page = (Path(__file__).parents[2] / "docs" / "runtime-contract.md").read_text(encoding="utf-8").splitlines()
    begin = page.index(rows()[0])
    assert page[begin : begin + len(rows())] == rows()
    assert page[begin + len(rows())] == ""


def test_the_page_tells_how_much_is_asked() -> None:
    page = (Path(__file__).parents[2] / "docs" / "runtime-contract.md").read_text(encoding="utf-8")
    told = re.search(r"some (\d+) questions", page)
    assert told is not None
    assert abs(len(CHECKS) - int(told[1])) <= 10


def options(*command: str) -> set[str]:
    """Those that a server's own help names."""
    told = subprocess.run([*command, "--help"], capture_output=True, text=True, timeout=60, check=False)
    return set(re.findall(r"--\w+", told.stdout))


def test_all_options_are_taken_and_five_are_ours(real_server: Command) -> None:
    page = (Path(__file__).parents[2] / "docs" / "runtime-contract.md").read_text(encoding="utf-8")
    theirs = options(*([real_server.program] if isinstance(real_server, Loaded) else real_server))
    mine = options(sys.executable, "-m", "scoredock_runtime")
    assert len(theirs) > 5
    assert theirs <= mine
    _, _, table = page.partition("Five options are ours:\n\n")
    assert mine - theirs == set(re.findall(r"^\| `(--\w+)", table.partition("\n\n")[0], re.MULTILINE))
    assert len(mine - theirs) == 5
