"""Update, stop, start, restart, delete, calls, logs, notices: a service after its first deployment."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken
from scoredock.registry import Registry
from scoredock.registry.audit.log import AuditLog
from scoredock.registry.origin import work_from
from scoredock.services.access.calls import example_in
from scoredock.services.deployments import Deployments
from scoredock.services.request import DeployRequest, DeploySettings, UpdateRequest

from depth import rounds
from pace import patience, within
from suspension import suspend

SERVICES = rounds(gate=2, long=5)
NUMBER = "def init(): pass\n\ndef run(data): return {}\n"


def code_of(action: Any) -> str:
    with pytest.raises(ScoredockError) as refused:
        action()
    return str(refused.value.code)


@pytest.mark.long("test_reload.py saves under load, and tests/engines replaces under load")
def test_update_reads_the_script_anew_and_no_request_fails(place: Any) -> None:
    place.deploy(NUMBER.format(1))
    answers: list[str] = []
    done = threading.Event()

    def keep_calling() -> None:
        while not done.is_set():
            answers.append(place.answer())

    caller = threading.Thread(target=keep_calling)
    caller.start()
    try:
        place.write("score.py", "import time\n\ndef init(): time.sleep(0.5)\n\ndef run(data): return 2\n")
        view = place.deployments.update("svc-one", UpdateRequest())
    finally:
        done.set()
        caller.join()
    assert (view.state, view.revision, view.revisions) == ("Healthy", 2, (1, 2))
    assert set(answers) <= {"1", "2"}
    assert place.answer() == "2"


@pytest.mark.long("test_aliases.py updates to another version, test_reload.py asks which revisions stay")
def test_update_to_another_model_version(place: Any) -> None:
    for text in ("one", "two"):
        place.registry.register([place.write("m.txt", text)], "m")
    script = (
        "import os\n\ndef init():\n    global m\n    m = open(os.path.join(os.environ['AZUREML_MODEL_DIR'],"
        " 'm.txt')).read()\n\ndef run(data): return m\n"
    )
    place.deploy(script, models=("m:1",))
    assert place.answer() == '"one"'
    view = place.deployments.update("svc-one", UpdateRequest(models=("m",)))
    assert view.models == ("m:2",)
    assert place.answer() == '"two"'
    place.deployments.update("svc-one", UpdateRequest())
    assert place.deployments.service("svc-one").revisions == (2, 3)
    place.registry.delete("m:1")  # no kept revision uses it any more


@pytest.mark.long("test_who_answers.py updates variables, test_registered_environment.py environments")
def test_update_of_environment_variables_and_environment(place: Any) -> None:
    place.deploy(
        "import os\n\ndef init(): pass\n\ndef run(data): return os.environ.get('A')\n", environment_variables={"A": "1"}
    )
    place.deployments.update("svc-one", UpdateRequest(environment_variables={"A": "2"}))
    assert place.answer() == '"2"'
    place.write("score.py", "import six\n\ndef init(): pass\n\ndef run(data): return six.__name__\n")
    file = place.write("requirements.txt", "six\n")
    place.deployments.update("svc-one", UpdateRequest(environment_file=str(file), skip_checks=True))
    assert place.answer() == '"six"'


def test_a_failing_update_keeps_the_old_and_records_why(place: Any) -> None:
    place.deploy(NUMBER.format(1))
    place.write("score.py", "def init():\n    1 / 0\n\ndef run(data): pass\n")
    with pytest.raises(ScoredockError) as failed:
        place.deployments.update("svc-one", UpdateRequest())
    assert failed.value.code == "init-failed"
    assert failed.value.place is not None
    assert (failed.value.place.path, failed.value.place.line) == (str(place.project / "score.py"), 1)
    view = place.deployments.service("svc-one")
    assert (view.state, view.revision, view.revisions) == ("Healthy", 1, (1,))
    assert (view.failure.code, view.failure.revision) == ("init-failed", 2)
    assert place.answer() == "1"
    assert not (place.workspace / "services" / "svc-one" / "revisions" / "2").exists()
    place.write("score.py", NUMBER.format(3))
    view = place.deployments.update("svc-one", UpdateRequest())
    assert (view.revision, view.failure) == (3, None)


@pytest.mark.parametrize(
    "step",
    [
        pytest.param("Staging", marks=pytest.mark.long("the gate cancels at the next step, where more is undone")),
        "Starting",
    ],
)
def test_a_cancelled_update_changes_nothing(place: Any, told: Any, step: str) -> None:
    place.deploy(NUMBER.format(1))
    cancel = CancelToken()
    told.at[step] = lambda: threading.Timer(0.4 if step == "Starting" else 0, cancel.cancel).start() or time.sleep(0.05)
    place.write("score.py", "import time\n\ndef init(): time.sleep(30)\n\ndef run(data): return 2\n")
    assert code_of(lambda: place.deployments.update("svc-one", UpdateRequest(), told, cancel)) == "cancelled"
    view = place.deployments.service("svc-one")
    assert (view.state, view.revision, view.revisions, view.failure) == ("Healthy", 1, (1,), None)
    assert place.answer() == "1"


def test_stop_start_restart(place: Any) -> None:
    first = place.deploy(NUMBER.format(1))
    stopped = place.deployments.stop("svc-one")
    assert (stopped.state, stopped.scoring_uri) == ("Stopped", "")
    place.nothing_left()
    assert code_of(lambda: place.answer()) == "service-unreachable"
    assert place.deployments.stop("svc-one").state == "Stopped"
    place.write("score.py", NUMBER.format(2))  # starting again serves what was deployed
    started = place.deployments.start("svc-one")
    assert (started.state, started.port, started.revision) == ("Healthy", first.port, 1)
    assert place.answer() == "1"
    assert place.deployments.start("svc-one").state == "Healthy"
    assert place.deployments.restart("svc-one").state == "Healthy"
    assert place.answer() == "1"


@pytest.mark.long("tests/environments makes anew what is gone, for whoever asks")
def test_start_rebuilds_an_environment_that_is_gone(place: Any) -> None:
    place.deploy(NUMBER.format(1))
    place.deployments.stop("svc-one")
    environments = place.workspace / "environments"
    environments.unlink()
    environments.mkdir()
    assert place.deployments.start("svc-one").state == "Healthy"


@pytest.mark.long("of a folder that somebody removed by hand")
def test_start_without_staged_files_says_deploy_again(place: Any) -> None:
    place.deploy(NUMBER.format(1))
    place.deployments.stop("svc-one")
    shutil.rmtree(place.workspace / "services" / "svc-one" / "revisions")
    assert code_of(lambda: place.deployments.start("svc-one")) == "service-state-invalid"
    assert place.deployments.service("svc-one").state == "Stopped"
    assert place.deploy(overwrite=True).state == "Healthy"


def test_update_of_a_stopped_service_starts_it(place: Any) -> None:
    place.deploy(NUMBER.format(1))
    place.deployments.stop("svc-one")
    place.write("score.py", NUMBER.format(2))
    assert place.deployments.update("svc-one", UpdateRequest()).state == "Healthy"
    assert place.answer() == "2"


@pytest.mark.long("the test of a failing update above has the same of a service that runs")
def test_a_failing_start_of_a_stopped_service_keeps_its_revision(place: Any) -> None:
    place.deploy(NUMBER.format(1))
    place.deployments.stop("svc-one")
    place.write("score.py", "def init():\n    1 / 0\n\ndef run(data): pass\n")
    assert code_of(lambda: place.deployments.update("svc-one", UpdateRequest())) == "init-failed"
    view = place.deployments.service("svc-one")
    assert (view.state, view.revision) == ("Failed", 1)
    assert place.deployments.start("svc-one").state == "Healthy"
    assert place.answer() == "1"


def test_delete_leaves_nothing(place: Any) -> None:
    place.deploy()
    place.deployments.delete("svc-one")
    assert place.deployments.services() == []
    assert not (place.workspace / "services" / "svc-one").exists()
    with place.registry.store.read() as connection:
        for table in ("services", "revisions", "revision_models", "intents"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 0
    assert code_of(lambda: place.deployments.delete("svc-one")) == "service-not-found"


def test_verbs_on_what_is_not_there(place: Any) -> None:
    deployments = place.deployments
    for action in (
        lambda: deployments.stop("nobody"),
        lambda: deployments.start("nobody"),
        lambda: deployments.restart("nobody"),
        lambda: deployments.update("nobody", UpdateRequest()),
        lambda: deployments.service("nobody"),
        lambda: deployments.client.call("nobody", b""),
        lambda: deployments.client.sample("nobody"),
        lambda: deployments.logs.records("nobody"),
        lambda: deployments.logs.file("nobody"),
    ):
        assert code_of(action) == "service-not-found"


@pytest.mark.chance
@pytest.mark.long("test_crash_deploy.py and test_who_answers.py look and act from other processes")
def test_another_process_sees_and_does_the_same(place: Any) -> None:
    place.deploy(NUMBER.format(1))
    other = place.again()
    assert [view.state for view in other.services()] == ["Healthy"]
    assert other.client.call("svc-one", b"[]").body == b"1"
    other.stop("svc-one")
    assert place.deployments.service("svc-one").state == "Stopped"


@pytest.mark.timed
def test_services_are_observed_fast(place: Any) -> None:
    for number in range(4):
        place.deploy(name=f"svc-{number}")
    begun = time.perf_counter()
    views = place.deployments.services()
    took = time.perf_counter() - begun
    assert [view.state for view in views] == ["Healthy"] * 4
    assert within(took, 1)


def test_a_hanging_parent_does_not_hold_up_the_list(place: Any) -> None:
    place.deploy(name="svc-one")
    handle = place.deployments.ledger.one("svc-one").service.handle
    family = [psutil.Process(handle.pid), *psutil.Process(handle.pid).children(recursive=True)]
    for member in family:
        suspend(member)
    try:
        deadline = time.monotonic() + patience(5)
        state = ""
        while state != "Unhealthy":
            # A look that takes long shows what was known before; the next list has what it saw.
            assert time.monotonic() < deadline, state
            begun = time.perf_counter()
            (view,) = place.deployments.services()
            assert within(time.perf_counter() - begun, 3)
            state = view.state
    finally:
        for member in family:
            member.resume()
    deadline = time.monotonic() + patience(5)
    while place.deployments.service("svc-one").state != "Healthy":
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_call_tells_status_time_and_headers(place: Any) -> None:
    place.deploy(
        "def init(): pass\n\ndef run(data):\n    if data == 'boom': raise ValueError('bad')\n    return {'x': 1}\n"
    )
    answer = place.deployments.client.call("svc-one", b"{}")
    assert (answer.status, json.loads(answer.body), answer.headers["content-type"]) == (
        200,
        {"x": 1},
        "application/json",
    )
    assert answer.milliseconds > 0
    assert place.deployments.client.call("svc-one", b"boom").status == 500
    assert code_of(lambda: place.deployments.client.call("svc-one", b"", method="DELETE")) == "service-request-invalid"
    assert (
        code_of(lambda: place.deployments.client.call("svc-one", b"", content_type="a\r\nb: c"))
        == "service-request-invalid"
    )


def test_call_has_a_time_limit(place: Any) -> None:
    place.deploy("import time\n\ndef init(): pass\n\ndef run(data): time.sleep(5)\n")
    begun = time.monotonic()
    assert code_of(lambda: place.deployments.client.call("svc-one", b"", timeout=0.5)) == "service-unreachable"
    assert within(time.monotonic() - begun, 3)


@pytest.mark.long("tests/no_code sends samples of schemas, test_registered_environment.py has one without")
def test_sample_from_the_schema_and_without_one(place: Any) -> None:
    place.deploy()
    plain = place.deployments.client.sample("svc-one")
    assert json.loads(plain.body) == {"data": []}
    assert "no schema" in plain.reason
    script = """
        from inference_schema.schema_decorators import input_schema
        from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType

        def init(): pass

        @input_schema("data", StandardPythonParameterType([[1.5, 2.5]]))
        def run(data):
            return data
    """
    place.deploy(script, name="svc-two", skip_checks=True)
    sample = place.deployments.client.sample("svc-two")
    assert json.loads(sample.body) == {"data": [[1.5, 2.5]]}
    answer = place.deployments.client.call("svc-two", sample.body.encode())
    assert (answer.status, json.loads(answer.body)) == (200, [[1.5, 2.5]])


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"definitions": None},
        {"definitions": {"ServiceInput": 7}},
        {"definitions": {"ServiceInput": {"example": {}}}},
    ],
)
def test_a_swagger_without_an_example(document: Any) -> None:
    assert example_in(document) is None


def test_logs_go_on_across_restarts(place: Any) -> None:
    place.deploy()
    place.deployments.restart("svc-one")
    records = list(place.deployments.logs.records("svc-one"))
    assert [record.n for record in records] == list(range(1, len(records) + 1))
    assert sum("init ran" in record.m for record in records) == 2
    assert [record.n for record in place.deployments.logs.records("svc-one", since=len(records) - 2)] == [
        len(records) - 1,
        len(records),
    ]


@pytest.mark.chance
def test_a_crash_while_nobody_looked_is_told_once(place: Any) -> None:
    place.deploy()
    os.kill(place.deployments.ledger.one("svc-one").service.handle.pid, signal.SIGKILL)
    place.nothing_left()
    later = place.again()
    (notice,) = later.recover()
    assert (notice.service, notice.code) == ("svc-one", "service-crashed")
    assert [each.message for each in later.take_notices()] == [notice.message]
    assert later.take_notices() == []
    assert place.again().recover() == []
    assert later.service("svc-one").state == "Failed"


@pytest.mark.chance
def test_the_audit_log_names_nobody_for_what_was_only_seen(place: Any, request: pytest.FixtureRequest) -> None:
    request.addfinalizer(lambda: work_from("", None))
    work_from("editor", place.project)
    place.deploy()
    by = place.deployments.ledger.one("svc-one").current.origin.by
    begun = time.time()
    os.kill(place.deployments.ledger.one("svc-one").service.handle.pid, signal.SIGKILL)
    place.nothing_left()
    assert place.again().service("svc-one").state == "Failed"
    place.deployments.start("svc-one")
    with place.registry.store.write() as connection:  # its writer was killed behind the start of revision 1
        connection.execute("UPDATE services SET state = 'Transitioning', active_revision = 0")
        connection.execute("INSERT INTO intents VALUES ('svc-one', 'deploy', 1, 'starting', 4000000, 1.0, 1.0)")
    assert place.again().service("svc-one").state == "Healthy"
    place.deployments.stop("svc-one")
    log = AuditLog(place.workspace)
    several = [each for each in log.read() if each.subject == "services/svc-one"]
    assert [(each.what, each.data.get("state", ""), each.by, each.door) for each in several] == [
        ("service.stateChanged", "Transitioning", by, "editor"),
        ("service.deployed", "", by, "editor"),
        ("service.stateChanged", "Healthy", by, "editor"),
        ("service.stateChanged", "Failed", "", ""),
        ("service.stateChanged", "Transitioning", by, "editor"),
        ("service.stateChanged", "Healthy", by, "editor"),
        ("service.deployed", "", by, ""),
        ("service.stateChanged", "Healthy", "", ""),
        ("service.stateChanged", "Stopped", by, "editor"),
    ]
    assert log.since() < begun


def test_services_in_a_log_of_an_older_release_are_no_endpoints(tmp_path: Path) -> None:
    entries = [
        {"what": "service.stopped", "subject": "endpoints/svc"},
        {"what": "endpoint.created", "subject": "endpoints/svc"},
    ]
    log = AuditLog(tmp_path)
    log.append(lambda _: [{**each, "time": 5.0} for each in entries])
    assert [each.subject for each in log.read()] == ["services/svc", "endpoints/svc"]
    assert (log.verify().breaks, log.since()) == ((), 5.0)


@pytest.mark.parametrize("missing", ["services/svc-one", "services/svc-one/revisions/1"])
def test_verify_tells_of_a_service_that_runs_without_its_folder(place: Any, missing: str) -> None:
    def problems() -> list[Any]:
        return [each for each in place.registry.inspect(False).problems if each.sort == "service"]

    place.deploy()
    assert problems() == []
    shutil.move(place.workspace / missing, place.project / "away")
    (problem,) = problems()
    assert (problem.subject, problem.repairable) == ("svc-one", False)
    assert str(place.workspace / missing) in problem.message
    (place.workspace / missing).parent.mkdir(exist_ok=True)
    shutil.move(place.project / "away", place.workspace / missing)
    place.deployments.stop("svc-one")
    shutil.rmtree(place.workspace / missing)
    assert problems() == [], "what rests is staged when it starts, or told then"


@pytest.mark.chance
def test_recover_adopts_what_runs_and_removes_what_nobody_knows(place: Any) -> None:
    place.deploy()
    place.deploy(name="svc-two")
    with place.registry.store.write() as connection:
        connection.execute("UPDATE services SET state = 'Stopped' WHERE name = 'svc-one'")
        connection.execute("DELETE FROM services WHERE name = 'svc-two'")
    (place.workspace / "services" / "stray").mkdir()
    later = place.again()
    assert later.recover() == []
    (view,) = later.services()
    assert (view.name, view.state) == ("svc-one", "Healthy")
    assert [entry.name for entry in (place.workspace / "services").iterdir()] == ["svc-one"]


@pytest.mark.chance
@pytest.mark.long("test_recover_adopts_what_runs finds one again, tests/lsp does so with another server")
def test_live_services_are_found_again(place: Any) -> None:
    for number in range(SERVICES):
        place.deploy(NUMBER.format(number), name=f"svc-{number}")
    later = place.again()
    begun = time.perf_counter()
    assert later.recover() == []
    assert within(time.perf_counter() - begun, 5)
    assert [view.state for view in later.services()] == ["Healthy"] * SERVICES
    for number in range(SERVICES):
        assert later.client.call(f"svc-{number}", b"").body.decode() == str(number)


@pytest.mark.chance
@pytest.mark.long("test_front_end.py clears such a lease, test_crash_deploy.py leaves real ones")
def test_a_lease_of_a_process_that_is_gone_is_cleared(place: Any) -> None:
    place.deploy()
    with place.registry.store.write() as connection:
        connection.execute("INSERT INTO intents VALUES ('svc-one', 'stop', 0, '', 4000000, 1.0, 1.0)")
    assert place.deployments.restart("svc-one").state == "Healthy"


def test_a_read_only_workspace_says_so_and_still_shows(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    place.deploy()
    other = place.again()
    monkeypatch.setattr(other.registry.store, "read_only", "The workspace folder is not writable.")
    monkeypatch.setattr(other.registry.store, "_read_only_code", "workspace-read-only")
    assert [view.state for view in other.services()] == ["Healthy"]
    assert other.recover() == []
    assert other.take_notices() == []
    for action in (
        lambda: other.stop("svc-one"),
        lambda: other.deploy(place.request(name="svc-two")),
        lambda: other.delete("svc-one"),
        lambda: other.update("svc-one", UpdateRequest()),
    ):
        assert code_of(action) == "workspace-read-only"


def test_a_service_folder_that_cannot_be_written(tmp_path: Path, shared: Path) -> None:
    workspace = tmp_path / "ws"
    workspace.mkdir()
    (workspace / "services").write_text("in the way")
    deployments = Deployments(Registry(workspace), settings=DeploySettings())
    script = tmp_path / "score.py"
    script.write_text(NUMBER.format(1))
    with pytest.raises(ScoredockError) as refused:
        deployments.deploy(DeployRequest("svc-one", entry_script=str(script)))
    assert refused.value.code in ("io-failed", "workspace-read-only")
    assert deployments.service("svc-one").state == "Failed"


@pytest.mark.long("tests/engines/test_process.py ends such a tree, tests/lsp a whole server")
def test_services_survive_the_end_of_the_process_tree_that_deployed_them(place: Any) -> None:
    import subprocess
    import sys

    script = place.write("score.py", NUMBER.format(5))
    code = (
        "import time\nfrom pathlib import Path\nfrom scoredock.services.request import DeployRequest\nfrom"
        " scoredock.services.deployments import Deployments\nfrom scoredock.registry import"
        f" Registry\nDeployments(Registry(Path({str(place.workspace)!r}))).deploy(DeployRequest('svc-one',"
        f" entry_script={str(script)!r}))\nprint('up', flush=True)\ntime.sleep(60)\n"
    )
    deployer = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert deployer.stdout is not None
    assert deployer.stdout.readline() == "up\n"
    # As vscode-languageclient ends a language server on this system: the whole tree, by parent process id.
    for member in [*psutil.Process(deployer.pid).children(recursive=True), psutil.Process(deployer.pid)]:
        member.kill()
    deployer.wait()
    deployer.stdout.close()
    time.sleep(0.3)
    assert place.answer() == "5"
    assert place.again().recover() == []


@pytest.mark.skipif(sys.platform == "win32", reason="a folder that is worked in cannot be moved")
def test_a_service_whose_data_folder_was_moved_is_healthy_and_ours(place: Any, tmp_path: Path) -> None:
    port = place.deploy().port
    home = place.workspace.parent.parent
    shutil.move(home, tmp_path / "elsewhere")
    try:
        there = Deployments(
            Registry(tmp_path / "elsewhere" / "workspaces" / "local"), settings=place.deployments.settings
        )
        service = there.service("svc-one")
        assert (service.state, service.port) == ("Healthy", port)
        assert service.status.words == ("Healthy", "its data folder was moved, restart it")
        assert there.client.call("svc-one", b"[1]").status == 200
        with pytest.raises(ScoredockError, match="data folder was moved") as error:
            there.update("svc-one", UpdateRequest())
        assert error.value.fix == "Restart the service, then update it."
        assert there.service("svc-one").state == "Healthy"
        fresh = there.restart("svc-one")
        assert (fresh.state, fresh.status.words) == ("Healthy", ("Healthy",))
        assert place.left() == [], "nothing of the old place runs on"
        there.stop("svc-one")
    finally:
        shutil.move(tmp_path / "elsewhere", home)
