"""A debugger in an editor stops a service at a line of the person's own file."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import requests
from scoredock.environments.spec import EnvironmentSpec
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Silent
from scoredock.services.debug import debug, target_of
from scoredock.services.lifecycle.debug_start import DebugStart
from scoredock.services.request import UpdateRequest
from scoredock.services.revision import EntryScript

from deploy.debugged import RETURN, SCRIPT, TOTAL, Start, editor_for, mappings
from ports import free_port
from scoredock_runtime.contract import DEBUG_PORT_VARIABLE

PLAIN = EnvironmentSpec(None, ("numpy",), "default", "numpy default", ("numpy",))


def test_the_environment_gets_the_debugger_once() -> None:
    with_it = DebugStart(5678).environment(PLAIN)
    assert with_it.requirements == ("numpy", "debugpy")
    assert with_it.fallback == ("numpy", "debugpy")
    assert with_it.display_name == "numpy default with debugpy"
    named = EnvironmentSpec(None, ("DebugPy==1.8.0",), "conda.yml", "mine")
    assert DebugStart(5678).environment(named) is named
    assert DebugStart(5678).environment(EnvironmentSpec(None, ("debugpy-run",), "x", "y")).requirements[-1] == "debugpy"


def test_the_folder_above_what_was_staged_stands_for_the_working_directory(tmp_path: Path) -> None:
    alone = target_of(EntryScript(tmp_path / "a" / "score.py", None))
    assert alone.mappings[0].local_root == str(tmp_path / "a")
    tree = target_of(EntryScript(tmp_path / "src" / "in" / "s.py", tmp_path / "src"))
    assert tree.mappings[0].local_root == str(tmp_path)
    assert {alone.mappings[0].remote_root, tree.mappings[0].remote_root} == {"."}


@pytest.mark.parametrize(
    "kind",
    [
        "a script alone",
        pytest.param(
            "a source directory",
            marks=pytest.mark.long(
                "of the same mapping of folders; test_docker_debug has a source directory at the gate"
            ),
        ),
    ],
)
def test_a_breakpoint_in_run_stops_at_the_line_in_the_editor(place: Any, kind: str) -> None:
    if kind == "a script alone":
        script = place.write("score.py", SCRIPT)
        place.deploy(entry_script=str(script))
    else:
        script = place.write("src/inner/score.py", SCRIPT)
        place.deploy(entry_script=str(script), source_directory=str(place.project / "src"))
    # Edited since: what is debugged is what the editor shows.
    script.write_text("# one line more\n" + script.read_text())
    with editor_for(place) as editor:
        editor.listen(mappings(place))
        begun = Start(lambda: debug(place.deployments, "svc-one", editor.port, Silent(), CancelToken()))
        assert editor.begin({script: [TOTAL + 1]}) == {script: [True]}
        assert begun.end().state == "Healthy"
        answers: list[str] = []
        asking = threading.Thread(target=lambda: answers.append(place.answer(body="[1, 2, 3]")))
        asking.start()
        assert editor.stopped() == (str(script), TOTAL + 1, "run")
        assert place.deployments.service("svc-one").state == "Healthy", "health answers while the script stands still"
        editor.go_on()
        asking.join(30)
        assert answers == ["6"]
        editor.disconnect()
    assert place.answer(body="[4]") == "4"
    current = place.deployments.ledger.require("svc-one").current
    assert DEBUG_PORT_VARIABLE not in current.spec.variables
    view = place.deployments.restart("svc-one")
    assert (view.state, "debugpy" in view.environment) == ("Healthy", False)
    assert "DEBUG" not in (Path(place.workspace) / "services" / "svc-one" / "spec.json").read_text()


def test_the_old_revision_serves_and_the_time_out_waits_while_the_person_does(place: Any) -> None:
    """start_timeout is 1 second here; the editor takes its time before it lets the script go."""
    script = place.write("score.py", SCRIPT)
    place.deploy(entry_script=str(script))
    place.deployments.settings = type(place.deployments.settings)(start_timeout=1.0, stop_grace=1.0)
    with editor_for(place) as editor:
        editor.listen(mappings(place))
        begun = Start(lambda: debug(place.deployments, "svc-one", editor.port, Silent(), CancelToken()))
        editor.until(lambda message: message.get("event") == "initialized")
        time.sleep(2)
        assert place.answer(body="[5]") == "5"
        editor.send("setBreakpoints", source={"path": str(script)}, breakpoints=[{"line": 6}])
        editor.send("configurationDone")
        assert editor.stopped() == (str(script), 6, "init")
        time.sleep(2)
        editor.go_on()
        assert begun.end().revision == 2
        editor.disconnect()


@pytest.mark.timeout(300)
def test_every_request_meets_the_breakpoint_and_no_time_out_runs_there(place: Any) -> None:
    """Three workers that give a request one second are one worker without a limit, until the debugger is gone."""
    limits = {"computeType": "aks", "authEnabled": False, "numReplicas": 3, "scoringTimeoutMs": 1000}
    config = place.write("deploymentconfig.json", json.dumps(limits))
    script = place.write("score.py", SCRIPT)
    limit = {"SCORING_TIMEOUT_MS": "1000"}
    place.deploy(entry_script=str(script), deployment_config=str(config), environment_variables=limit)
    spec = place.workspace / "services" / "svc-one" / "spec.json"
    assert json.loads(spec.read_text())["worker_count"] == 3
    with editor_for(place) as editor:
        editor.listen(mappings(place))
        begun = Start(lambda: debug(place.deployments, "svc-one", editor.port, Silent(), CancelToken()))
        editor.begin({script: [TOTAL]})
        begun.end()
        answers: list[str] = []
        for number in range(4):
            body = f"[{number}, 1]"
            asking = threading.Thread(target=lambda body=body: answers.append(place.answer(body=body)))
            asking.start()
            assert editor.stopped() == (str(script), TOTAL, "run")
            if number == 0:
                asking.join(2.5)
                assert asking.is_alive(), answers
            editor.go_on()
            asking.join(30)
        assert answers == ["1", "2", "3", "4"]
        editor.disconnect()
    place.deployments.restart("svc-one")
    assert json.loads(spec.read_text())["worker_count"] == 3


@pytest.mark.long("a breakpoint at which health is answered is at the gate; here libraries are debugged too")
def test_only_the_script_stands_still_also_when_libraries_are_debugged(place: Any) -> None:
    script = place.write("score.py", SCRIPT)
    view = place.deploy(entry_script=str(script))
    with editor_for(place) as editor:
        editor.listen(mappings(place), just_my_code=False)
        begun = Start(lambda: debug(place.deployments, "svc-one", editor.port, Silent(), CancelToken()))
        editor.begin({script: [TOTAL]})
        begun.end()
        answers: list[str] = []
        asking = threading.Thread(target=lambda: answers.append(place.answer(body="[1, 2]")))
        asking.start()
        editor.stopped()
        assert editor.threads() == ["MainThread"]
        for _ in range(3):
            assert requests.get(view.scoring_uri.removesuffix("/score"), timeout=5).status_code == 200
        editor.go_on()
        asking.join(30)
        assert answers == ["3"]
        editor.disconnect()


def test_a_stopped_service_is_started_for_the_debugger(place: Any) -> None:
    script = place.write("score.py", SCRIPT)
    place.deploy(entry_script=str(script))
    place.deployments.stop("svc-one")
    with editor_for(place) as editor:
        editor.listen(mappings(place))
        begun = Start(lambda: debug(place.deployments, "svc-one", editor.port, Silent(), CancelToken()))
        editor.begin({script: [RETURN]})
        assert begun.end().state == "Healthy"
        editor.disconnect()


def test_nobody_listens(place: Any) -> None:
    place.deploy(SCRIPT)
    port = free_port()
    with pytest.raises(ScoredockError) as refused:
        debug(place.deployments, "svc-one", port, Silent(), CancelToken())
    assert refused.value.code == "debugger-failed"
    assert f"127.0.0.1:{port}" in refused.value.message
    assert place.answer(body="[5]") == "5", "the old revision serves on"
    with pytest.raises(ScoredockError) as invalid:
        debug(place.deployments, "svc-one", 0, Silent(), CancelToken())
    assert invalid.value.code == "port-invalid"


def test_cancelled_while_the_editor_lets_it_wait(place: Any) -> None:
    place.deploy(SCRIPT)
    cancel = CancelToken()
    with editor_for(place) as editor:
        editor.listen(mappings(place))
        begun = Start(lambda: debug(place.deployments, "svc-one", editor.port, Silent(), cancel))
        editor.until(lambda message: message.get("event") == "initialized")
        cancel.cancel()
        begun.over()
        assert isinstance(begun.error, ScoredockError)
        assert begun.error.code == "cancelled"
    assert place.answer(body="[5]") == "5"
    assert place.deployments.service("svc-one").revision == 1


NO_PORT = pytest.mark.long("tests/runtime/test_debugger.py has what is not a port")


@pytest.mark.parametrize(
    ("port", "words"),
    [
        ("5678", "lacks debugpy"),
        pytest.param("abc", "`abc`, not a port", marks=NO_PORT),
        pytest.param("0", "not a port", marks=NO_PORT),
    ],
)
def test_the_variable_set_by_hand(place: Any, port: str, words: str) -> None:
    failure = place.refused(SCRIPT, environment_variables={DEBUG_PORT_VARIABLE: port})
    assert failure.code == "debugger-failed"
    assert words in failure.message
    view = place.deployments.update("svc-one", UpdateRequest(environment_variables={}))
    assert view.state == "Healthy"
