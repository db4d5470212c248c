"""Raw-HTTP scripts where Flask is not installed: what they ask of the request and the response works all the same."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from conformance.check import Check
from conformance.checks_scripts import RAW, RAW_CHECKS
from conformance.observing import Observer
from conformance.probes import same
from conformance.servers import Running, make_folder, ours, started

OF_FLASK_ALONE = ("flask", "accept_mimetypes", "AMLResponse(1, 200)")
CHECKS = [check for check in RAW_CHECKS if not any(word in check.name for word in OF_FLASK_ALONE)]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    top = tmp_path_factory.mktemp("bare")
    hidden = top / "hidden"
    hidden.mkdir()
    (hidden / "flask.py").write_text("raise ImportError('hidden from this test')\n")
    service = dataclasses.replace(RAW, environment={"PYTHONPATH": str(hidden)})
    with started(ours(), service, make_folder(service, top / "app"), top / "own") as server:
        assert isinstance(server, Running), server
        return {check.identity: check.probe(server) for check in CHECKS}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.identity)
def test_same(check: Check, observer: Observer, answers: dict[str, Any]) -> None:
    theirs, _ = observer.of(check)
    mine = answers[check.identity]
    assert same(theirs, mine), f"the real server:\n{theirs}\n\nours:\n{mine}"
