"""The same questions where the script has a process of its own: in this Python, and in one that is too old for the
runtime."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance import checks_http, checks_log, checks_samples, checks_scripts, checks_settings
from conformance.check import Check
from conformance.observing import Broken, Observer
from conformance.probes import same
from conformance.servers import Command, ours
from conformance.test_conformance import ALIKE, DELIBERATE, _shown

OF_SCRIPTS = [*checks_scripts.CHECKS, *checks_log.CHECKS]
OF_OTHERS = [*checks_settings.CHECKS, *checks_http.CHECKS, *checks_samples.CHECKS]
OF_ITS_OWN = "what the worker answers is asked of scripts in the worker's Python"
NEEDS_PACKAGES = {"raw.py", "raw_inspect.py", "raw_api.py", "raw_samples.py", "numpy_input.py", "mixed.py"}
"""Scripts that import Flask or NumPy, which an old Python here has not; as do these questions."""
NEED_PACKAGES = ("__import__('numpy')", "documents raw_", "log: response of a script")
LENGTHY = "the same code answers in this Python at the gate, and tests/runtime asks an old one"


def parameters(checks: list[Check], reason: str = "") -> list[Any]:
    reasons = [(check, ALIKE.get(check.service.name) or reason) for check in checks]
    return [
        pytest.param(check, id=check.identity, marks=[pytest.mark.long(why)] if why else []) for check, why in reasons
    ]


def observer(request: pytest.FixtureRequest, real: Command, folder: Path, python: Path | str) -> Iterator[Observer]:
    """Both servers, ours with the script in a process of its own, for the checks of the tests with this fixture."""
    name = request.fixturename
    items = [item for item in request.session.items if name in getattr(item, "fixturenames", ())]
    wanted = {check.identity: check for check in (item.callspec.params["check"] for item in items)}  # type: ignore[attr-defined]
    command = ours()
    assert isinstance(command, list)
    made = Observer(real, [*command, "--script_python", str(python)], folder, list(wanted.values()))
    yield made
    made.close()


@pytest.fixture(scope="module")
def in_this_python(
    request: pytest.FixtureRequest, real_server: Command, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Observer]:
    yield from observer(request, real_server, tmp_path_factory.mktemp("own"), sys.executable)


@pytest.fixture(scope="module")
def in_old_python(
    request: pytest.FixtureRequest, real_server: Command, tmp_path_factory: pytest.TempPathFactory, old_python: Path
) -> Iterator[Observer]:
    yield from observer(request, real_server, tmp_path_factory.mktemp("old"), old_python)


@pytest.mark.parametrize("check", [*parameters(OF_SCRIPTS), *parameters(OF_OTHERS, OF_ITS_OWN)])
def test_same_in_a_process_of_its_own(check: Check, in_this_python: Observer) -> None:
    compare(check, in_this_python)


WITHOUT_PACKAGES = [
    check
    for check in [*OF_SCRIPTS, *OF_OTHERS]
    if check.service.script not in NEEDS_PACKAGES and not any(part in check.identity for part in NEED_PACKAGES)
]


@pytest.mark.parametrize("check", parameters(WITHOUT_PACKAGES, LENGTHY))
def test_same_in_an_old_python(check: Check, in_old_python: Observer) -> None:
    compare(check, in_old_python)


def compare(check: Check, observed: Observer) -> None:
    theirs, mine = observed.of(check)
    assert not isinstance(theirs, Broken), f"the check fails on the real server: {theirs}"
    assert not isinstance(mine, Broken), f"the check fails on ours: {mine}\nthe real server: {_shown(theirs)}"
    if check.identity in DELIBERATE:
        assert not same(theirs, mine), f"listed as a difference, but both do the same:\n{_shown(theirs)}"
    else:
        assert same(theirs, mine), f"the real server:\n{_shown(theirs)}\n\nours:\n{_shown(mine)}"
