"""Both servers are asked the same and must do the same; deliberate differences are listed and must be there."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance import checks_http, checks_log, checks_scripts, checks_settings, checks_starts
from conformance.check import Check
from conformance.differences import DIFFERENCES, rows
from conformance.observing import Broken, Observer
from conformance.probes import same

CHECKS = [
    *checks_settings.CHECKS, *checks_http.CHECKS, *checks_scripts.CHECKS, *checks_log.CHECKS, *checks_starts.CHECKS,
]  # fmt: skip
DELIBERATE = {identity for difference in DIFFERENCES for identity in difference.checks}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.identity)
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
    assert all(difference.section and difference.fault and difference.checks for difference in DIFFERENCES)


def test_the_page_tells_all_differences() -> None:
    page = (Path(__file__).parents[2] / "docs" / "runtime-contract.md").read_text(encoding="utf-8").splitlines()
    begin = page.index(rows()[0])
    assert page[begin : begin + len(rows())] == rows()
    assert page[begin + len(rows())] == ""
