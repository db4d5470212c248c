"""A debugger in an editor stops a test in the service that is started for it, and no time limit ends it meanwhile."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from scoredock.contrib.request_tests.domain.temporary_service import temporary_service
from scoredock.errors import ScoredockError
from scoredock.formats.http_file.sending import SentRequest
from scoredock.progress import CancelToken, Silent
from scoredock.services.debug import target_of
from scoredock.services.lifecycle.debug_start import DebugStart
from scoredock.services.planning.plan_request import plan_request
from scoredock.services.trying.staged_script import Staging

from deploy.debugged import SCRIPT, TOTAL, editor_for

LIMIT = 0.5
"""Seconds that the caller waits for a response that nobody looks into, and that the service takes at most."""


def test_a_breakpoint_stops_a_test_for_as_long_as_one_looks(place: Any) -> None:
    script: Path = place.write("src/inner/score.py", SCRIPT)
    request = place.request(
        entry_script=str(script),
        source_directory=str(place.project / "src"),
        environment_variables={"SCORING_TIMEOUT_MS": str(int(LIMIT * 1000))},
    )
    deployments = place.deployments
    mappings = target_of(plan_request(request, place.registry).spec.script).mappings
    answers: list[str] = []
    with editor_for(place) as editor:
        staging = Staging(
            place.registry,
            deployments.environments,
            deployments.settings,
            DebugStart(editor.port),
        )
        editor.listen([{"localRoot": each.local_root, "remoteRoot": each.remote_root} for each in mappings])

        def test() -> None:
            with temporary_service(request, staging, Silent(), CancelToken()) as service:
                sent = SentRequest("POST", "http", "", "/score", "", (), b"[1, 2, 3]")
                answers.append(service.send(sent, LIMIT).body.decode())

        running = threading.Thread(target=test, daemon=True)
        running.start()
        assert editor.begin({script: [TOTAL]}) == {script: [True]}
        assert editor.stopped() == (str(script), TOTAL, "run")
        running.join(4 * LIMIT)
        assert running.is_alive()
        assert answers == []
        editor.go_on()
        running.join(60)
        assert answers == ["6"]
    place.nothing_left()


@pytest.mark.parametrize("port", [-1, 65_536])
def test_a_port_that_is_none_is_refused(port: int) -> None:
    with pytest.raises(ScoredockError) as refused:
        DebugStart(port)
    assert refused.value.code == "port-invalid"
