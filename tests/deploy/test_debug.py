"""A debugger in an editor stops a service at a line of the person's own file."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scoredock.deploy import ServiceView, UpdateRequest
from scoredock.deploy.debug import DebugStart, debug, debug_target, target_of
from scoredock.environments.spec import EnvironmentSpec
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Silent

from debugging.dap import Editor, free_port
from scoredock_runtime.contract import DEBUG_PORT_VARIABLE

PLAIN = EnvironmentSpec(None, ("numpy",), "default", "numpy default", ("numpy",))
SCRIPT = """\
    import json

    READY = []

    def init():
        READY.append(True)

    def run(data):
        rows = json.loads(data)
        total = sum(rows)
        return total
"""
TOTAL, RETURN = 10, 11


def test_the_environment_gets_the_debugger_once() -> None:
    with_it = DebugStart(5678).environment(PLAIN)
    assert with_it.requirements == ("numpy", "debugpy")
    assert with_it.fallback == ("numpy", "debugpy")
    assert with_it.display_name == "numpy default with debugpy"
    named = EnvironmentSpec(None, ("DebugPy==1.8.0",), "conda.yml", "mine")
    assert DebugStart(5678).environment(named) is named
    assert DebugStart(5678).environment(EnvironmentSpec(None, ("debugpy-run",), "x", "y")).requirements[-1] == "debugpy"


def test_the_folder_above_what_was_staged_stands_for_the_working_directory(tmp_path: Path) -> None:
    alone = target_of({"entry_script": str(tmp_path / "a" / "score.py"), "source_directory": ""})
    assert alone.mappings[0].local_root == str(tmp_path / "a")
    tree = target_of({"entry_script": str(tmp_path / "src" / "in" / "s.py"), "source_directory": str(tmp_path / "src")})
    assert tree.mappings[0].local_root == str(tmp_path)
    assert {alone.mappings[0].remote_root, tree.mappings[0].remote_root} == {"."}


class Start:
    """A debug start in a thread, as the server runs it while the editor sets its breakpoints."""

    def __init__(self, act: Callable[[], ServiceView]) -> None:
        self.view: ServiceView | None = None
        self.error: BaseException | None = None
        self._act = act
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.view = self._act()
        except BaseException as error:
            self.error = error

    def end(self) -> ServiceView:
        self._thread.join(60)
        assert not self._thread.is_alive()
        assert self.error is None, self.error
        assert self.view is not None
        return self.view


def editor_for(place: Any) -> Editor:
    """An editor whose debugger comes from an environment that has one."""
    spec = DebugStart(1).environment(EnvironmentSpec(None, (), "default", "runtime only"))
    return Editor(place.deployments.environments.prepare(spec, Silent(), CancelToken()).python)


def mappings(place: Any, name: str = "svc-one") -> list[dict[str, str]]:
    found = debug_target(place.deployments, name).mappings
    return [{"localRoot": each.local_root, "remoteRoot": each.remote_root} for each in found]


@pytest.mark.parametrize("kind", ["a script alone", "a source directory"])
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
    assert DEBUG_PORT_VARIABLE not in current.request["resolved"]["variables"]
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
        begun._thread.join(30)
        assert isinstance(begun.error, ScoredockError)
        assert begun.error.code == "cancelled"
    assert place.answer(body="[5]") == "5"
    assert place.deployments.service("svc-one").revision == 1


@pytest.mark.parametrize(
    ("port", "words"), [("5678", "lacks debugpy"), ("abc", "`abc`, not a port"), ("0", "not a port")]
)
def test_the_variable_set_by_hand(place: Any, port: str, words: str) -> None:
    failure = place.refused(SCRIPT, environment_variables={DEBUG_PORT_VARIABLE: port})
    assert failure.code == "debugger-failed"
    assert words in failure.message
    view = place.deployments.update("svc-one", UpdateRequest(environment_variables={}))
    assert view.state == "Healthy"
