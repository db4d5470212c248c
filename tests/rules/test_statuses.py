"""What a state reads like is decided in one place: every view of the editor, the lines above scripts and the command
line are given the same words for each kind of state. `tests/extension` goes over the views with the same kinds, which
`tests/statuses.json` carries there."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import get_args

import pytest
from scoredock.analysis.facts import Facts
from scoredock.cli.services.services import shown_state
from scoredock.language.code_lens import ScriptService, code_lenses
from scoredock.protocol.wire import to_wire
from scoredock.service import (
    RecentRequests,
    RequestFailure,
    Service,
    ServiceFailure,
    State,
)

ROOT = Path(__file__).parents[2]
STATUSES = ROOT / "tests" / "statuses.json"

REQUESTS = {
    "": RecentRequests(),
    "some": RecentRequests(3, 1),
    "fail": RecentRequests(3, 2, RequestFailure("1", 0.0, "ValueError")),
}
ROLLED_BACK = "rollback"
KINDS = list(product(get_args(State), ("", "reload", "update", ROLLED_BACK), REQUESTS))


def _service(state: State, during: str, requests: str) -> Service:
    refused = during not in ("", ROLLED_BACK)
    failure = ServiceFailure("init-failed", "init() failed.", "", during=during) if refused else None
    service = Service(
        "churn",
        "local",
        "process",
        state,
        "",
        (),
        1,
        (1,),
        0.0,
        0.0,
        failure=failure,
        returned_to=int(during == ROLLED_BACK),
    )
    return replace(service, requests=REQUESTS[requests])


def test_the_views_are_tested_with_what_the_server_says() -> None:
    found = {" ".join(kind).rstrip(): to_wire(_service(*kind).status) for kind in KINDS}
    if os.environ.get("SCOREDOCK_WRITE_STATUSES"):
        STATUSES.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    assert json.loads(STATUSES.read_text("utf-8")) == found, (
        "SCOREDOCK_WRITE_STATUSES=1 writes tests/statuses.json anew"
    )


@pytest.mark.parametrize(("state", "during", "requests"), KINDS)
def test_the_line_above_a_script_and_the_command_line_say_all_words(state: State, during: str, requests: str) -> None:
    service = _service(state, during, requests)
    assert service.status.words[0] == state
    text = "def init():\n    pass\n\n\ndef run(data):\n    return data\n"
    facts = Facts(path="/work/score.py")
    lens, *_ = code_lenses(text, facts, [ScriptService("churn", state, service.status)])
    assert lens.title.partition("\N{NO-BREAK SPACE}")[2] == f"churn {', '.join(service.status.words)}"
    first, *others = service.status.words
    assert shown_state(service) == (f"{first} ({', '.join(others)})" if others else first)


def test_a_refusal_and_failing_requests_are_told_together() -> None:
    assert _service("Healthy", "reload", "fail").status.words == (
        "Healthy",
        "reload refused",
        "requests fail",
    )
    assert _service("Healthy", "", "some").status.words == (
        "Healthy",
        "some requests failed",
    )
    assert _service("Healthy", ROLLED_BACK, "fail").status.words == (
        "Healthy",
        "serves revision 1, not this file",
        "requests fail",
    )
    assert _service("Stopped", ROLLED_BACK, "").status.words == ("Stopped",)
    changing = replace(_service("Healthy", "", ""), changing="update")
    assert changing.status.words == ("Healthy", "being updated")


def test_the_extension_has_no_words_of_its_own_for_states() -> None:
    words = {word for kind in KINDS for word in _service(*kind).status.words}
    said = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in (ROOT / "extension").rglob("*.ts")
        if path.name not in ("runStatus.ts", "imageNodes.ts", "jobNodes.ts")  # these fail, too
        for word in re.findall(r'l10n\.t\("([^"]+)"\)', path.read_text("utf-8"))
        if word in words
    ]
    assert said == []
