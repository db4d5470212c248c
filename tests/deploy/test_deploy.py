"""Deploying for real: what comes up, what is staged, what is refused."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken
from scoredock.services.request import DeploySettings, UpdateRequest

from pace import within
from ports import free_port

SHOW = """
    import json, os, sys
    from pathlib import Path

    def init():
        global told
        root = Path.cwd()
        told = {
            "cwd": str(root),
            "model_dir": os.path.relpath(os.environ["AZUREML_MODEL_DIR"], root),
            "files": sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file() and p.suffix != ".pyc"),
            "asked": os.environ.get("ASKED"),
        }

    def run(data):
        return told
"""


def test_a_script_alone(place: Any) -> None:
    view = place.deploy()
    assert (view.state, view.revision, view.revisions, view.models) == ("Healthy", 1, (1,), ())
    assert view.scoring_uri == f"http://127.0.0.1:{view.port}/score"
    assert view.swagger_uri.endswith("/swagger.json")
    assert view.entry_script == str(place.project / "score.py")
    assert view.environment.startswith("runtime only (")
    assert view.failure is None
    assert Path(view.log_file).is_file()
    assert json.loads(place.answer()) == {"got": "[1]"}


def test_the_script_alone_lies_there_under_both_names(place: Any) -> None:
    place.deploy(SHOW)
    told = json.loads(place.answer())
    assert told["files"] == ["main.py", "score.py"]
    assert told["model_dir"] == "azureml-models"


@pytest.mark.long("test_aliases.py asks where a model lies, the test below how several do")
def test_one_model(place: Any) -> None:
    place.registry.register([place.write("model.pkl", "bytes")], "diabetes")
    view = place.deploy(SHOW, models=("diabetes",))
    assert view.models == ("diabetes:1",)
    told = json.loads(place.answer())
    assert told["model_dir"] == "azureml-models/diabetes/1"
    assert "azureml-models/diabetes/1/model.pkl" in told["files"]


def test_many_models_and_get_model_path(place: Any) -> None:
    place.registry.register([place.write("model.pkl", "one")], "diabetes")
    place.registry.register([place.write("model.pkl", "two")], "diabetes")
    place.write("folder/weights.bin", "w")
    place.registry.register([place.project / "folder"], "net")
    script = """
        import os
        from azureml.core.model import Model

        def init():
            global told
            root = os.getcwd()
            told = [os.path.relpath(os.environ["AZUREML_MODEL_DIR"], root)]
            told += [os.path.relpath(Model.get_model_path(name), root) for name in ("diabetes", "net")]
            told.append(open(Model.get_model_path("diabetes", version=1)).read())

        def run(data):
            return told
    """
    view = place.deploy(script, models=("diabetes:1", "net", "diabetes:1"))
    assert view.models == ("diabetes:1", "net:1")
    assert json.loads(place.answer()) == [
        "azureml-models",
        "azureml-models/diabetes/1/model.pkl",
        "azureml-models/net/1/folder",
        "one",
    ]


def test_a_source_directory_goes_in_as_a_whole(place: Any, told: Any) -> None:
    place.write("src/score.py", SHOW)
    place.write("src/package/helper.py", "X = 1\n")
    place.write("src/.amlignore", "*.csv\n")
    place.write("src/data.csv", "1\n")
    for left_out in (".git/config", "__pycache__/a.txt", "node_modules/a.js", "myenv/pyvenv.cfg"):
        place.write(f"src/{left_out}", "x")
    (place.project / "src" / "link.csv").symlink_to("data.csv")
    (place.project / "src" / "loop").symlink_to(place.project / "src")
    os.mkfifo(place.project / "src" / "pipe")
    place.deploy(
        entry_script=str(place.project / "src" / "score.py"), source_directory=str(place.project / "src"), progress=told
    )
    staged = json.loads(place.answer())
    assert staged["files"] == [
        "src/.amlignore",
        "src/data.csv",
        "src/link.csv",
        "src/package/helper.py",
        "src/score.py",
    ]
    assert any(message.startswith("Left out") and ".git" in message and "myenv" in message for message in told.messages)


def test_our_own_data_inside_the_source_directory_is_left_out(place: Any) -> None:
    place.write("score.py", SHOW)
    place.deploy(entry_script=str(place.project / "score.py"), source_directory=str(place.project.parent))
    assert not any("store.sqlite3" in name for name in json.loads(place.answer())["files"])


@pytest.mark.long("the test above has any other file of the source directory")
def test_a_model_that_lies_in_the_source_directory(place: Any) -> None:
    place.write("src/model/weights.txt", "42")
    place.write(
        "src/score.py",
        "def init():\n    global m\n    m = open('./src/model/weights.txt').read()\n\ndef run(data):\n    return m\n",
    )
    place.deploy(entry_script=str(place.project / "src" / "score.py"), source_directory=str(place.project / "src"))
    assert json.loads(place.answer()) == "42"


def test_by_configuration_files(place: Any, told: Any) -> None:
    place.write("src/score.py", SHOW)
    place.write("src/conda.yml", "name: mine\ndependencies:\n- python=3.11\n- pip:\n  - azureml-defaults\n  - six\n")
    place.write(
        "inferenceconfig.json",
        '{"entryScript": "score.py", "sourceDirectory": "src", "condaFile": "conda.yml", "runtime": "python"}',
    )
    port = free_port()
    place.write("deploymentconfig.json", json.dumps({"computeType": "local", "port": port}))
    view = place.deploy(
        inference_config=str(place.project / "inferenceconfig.json"),
        deployment_config=str(place.project / "deploymentconfig.json"),
        environment_variables={"ASKED": "yes"},
        progress=told,
    )
    assert view.port == port
    assert view.environment.startswith("mine (")
    assert view.entry_script == str(place.project / "src" / "score.py")
    assert json.loads(place.answer())["asked"] == "yes"
    assert any("azureml-defaults" in message for message in told.messages)


@pytest.mark.long("test_conda.py deploys with an environment that is written there")
def test_an_environment_written_into_the_inference_configuration(place: Any) -> None:
    place.write("score.py", SHOW)
    environment = {
        "name": "inline",
        "version": "1",
        "environmentVariables": {"ASKED": "from the environment"},
        "python": {"condaDependencies": {"dependencies": ["python=3.11", {"pip": ["azureml-defaults", "six"]}]}},
    }
    config = place.write("inferenceconfig.json", json.dumps({"entryScript": "score.py", "environment": environment}))
    view = place.deploy(inference_config=str(config))
    assert json.loads(place.answer())["asked"] == "from the environment"
    assert "(" in view.environment


@pytest.mark.long("one sentence beside an environment by a file, which the gate has")
def test_an_environment_that_is_not_registered_gives_way_to_a_conda_file_and_says_so(place: Any, told: Any) -> None:
    place.write("score.py", SHOW)
    place.write("conda.yml", "name: mine\ndependencies:\n  - pip:\n      - azureml-defaults\n")
    config = place.write(
        "inferenceconfig.json",
        '{"entryScript": "score.py", "environment": {"name": "myenv", "version": "1"}, "condaFile": "conda.yml"}',
    )
    place.deploy(inference_config=str(config), progress=told)
    assert any("myenv:1 is not registered here" in message for message in told.messages)


@pytest.mark.long("test_front_end.py deploys with AKS, and has what is said of it")
@pytest.mark.parametrize("target", ["aci", "AKS"])
def test_a_cloud_deployment_configuration_deploys_here_and_says_so(place: Any, told: Any, target: str) -> None:
    config = place.write("deploymentconfig.json", json.dumps({"computeType": target, "authEnabled": False}))
    assert place.deploy(deployment_config=str(config), progress=told).state == "Healthy"
    assert any(f"is for {target.lower()}" in message for message in told.messages)


@pytest.mark.parametrize(
    "written",
    [
        pytest.param('{"computeType": "local"}', marks=pytest.mark.long("of no port, which the gate writes as null")),
        '{"computeType": "local", "port": null}',
    ],
)
def test_no_port_is_any_free_port(place: Any, written: str) -> None:
    view = place.deploy(deployment_config=str(place.write("deploymentconfig.json", written)))
    assert view.port is not None
    assert view.port > 1023


@pytest.mark.long("test_registered_environment.py has an included file")
def test_a_requirements_file_with_an_included_one(place: Any) -> None:
    place.write("more/base.txt", "six\n")
    file = place.write("requirements.txt", "# words\n-r more/base.txt\nazureml-defaults\n")
    place.deploy(
        "import six\ndef init(): pass\ndef run(data): return six.__name__\n",
        environment_file=str(file),
        skip_checks=True,
    )
    assert json.loads(place.answer()) == "six"


def test_port_in_use_names_the_holder_and_the_same_again_works(place: Any) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        error = place.refused(port=port)
    assert error.code == "port-in-use"
    assert f"process {os.getpid()}" in error.message
    view = place.deployments.service("svc-one")
    assert (view.state, view.failure.code) == ("Failed", "port-in-use")
    assert place.deploy(port=port).port == port


@pytest.mark.parametrize("name", ["", "ab", "Svc", "1svc", "svc-", "s" * 33, "svc_one", "../svc", "svc\n", "svc one"])
def test_names_outside_the_grammar(place: Any, name: str) -> None:
    assert place.refused(name=name).code == "service-name-invalid"
    assert place.deployments.services() == []


@pytest.mark.parametrize("port", [-1, 65536, 10**9])
def test_ports_outside_the_range(place: Any, port: int) -> None:
    assert place.refused(port=port).code == "port-invalid"


def test_refusals_before_anything_is_done(place: Any) -> None:
    gone = str(place.project / "gone")
    folder = place.write("src/x.py", "").parent
    cases = [
        ({"entry_script": ""}, "deploy-input-missing"),
        ({"entry_script": gone}, "file-not-found"),
        ({"entry_script": str(place.project)}, "file-not-found"),
        ({"source_directory": gone}, "file-not-found"),
        ({"source_directory": str(folder)}, "deploy-input-invalid"),
        ({"inference_config": gone}, "file-not-found"),
        ({"deployment_config": gone}, "file-not-found"),
        ({"environment_file": gone}, "file-not-found"),
        ({"models": ("nobody:1",)}, "model-not-found"),
        ({"models": ("no:bo:dy",)}, "model-not-found"),
        ({"engine": "spaceship"}, "engine-not-available"),
        ({"environment_variables": {"A=B": "x"}}, "deploy-input-invalid"),
        ({"environment_variables": {"A": "x\0"}}, "deploy-input-invalid"),
    ]
    for changes, code in cases:
        if "entry_script" not in changes:
            changes = {
                "entry_script": str(place.write("score.py", "def init(): pass\n\ndef run(data): return 1\n")),
                **changes,
            }
        assert place.refused(**changes).code == code, changes
    assert place.deployments.services() == []
    assert list((place.workspace / "services").glob("*")) == []


def test_unreadable_files(place: Any) -> None:
    script = place.project / "score.py"
    script.write_bytes(b"\xff\xfe\x00def")
    error = place.refused(entry_script=str(script))
    assert (error.code, "UTF-16" in error.details["findings"][-1]) == ("check-failed", True), error.details
    script.write_bytes(b"#" * 2_000_001)
    assert place.refused(entry_script=str(script)).code == "file-too-large"


def test_findings_of_severity_error_block_with_their_positions(place: Any) -> None:
    error = place.refused("def init():\n    pass\n\ndef run(data)\n    return 1\n")
    assert error.code == "check-failed"
    assert error.place is not None
    assert (error.place.path, error.place.line) == (str(place.project / "score.py"), 3)
    (finding, *_) = error.details["findings"]
    assert finding.startswith(f"{place.project / 'score.py'}:4:")
    assert place.deployments.services() == []


def test_checks_can_be_skipped(place: Any) -> None:
    broken = "def init():\n    os.getcwd()\n\ndef run(data):\n    return 1\n"
    assert place.refused(broken).code == "check-failed"
    error = place.refused(broken, skip_checks=True)
    assert error.code == "init-failed"
    assert error.place is not None
    assert error.place.line == 1


def test_a_broken_configuration_is_a_finding_with_a_position(place: Any) -> None:
    place.write("score.py", SHOW)
    config = place.write("inferenceconfig.json", '{"entryScript": "score.py",\n "sourceDirectory": 7}')
    error = place.refused(inference_config=str(config))
    assert error.code == "check-failed"
    assert error.place is not None
    assert (error.place.path, error.place.line) == (str(config), 1)


def test_a_name_is_taken_unless_overwritten(place: Any) -> None:
    first = place.deploy()
    error = place.refused()
    assert error.code == "service-exists"
    view = place.deploy("def init(): pass\n\ndef run(data): return 2\n", overwrite=True)
    assert (view.revision, view.port) == (2, first.port)
    assert place.answer() == "2"


@pytest.mark.long("test_slow_engines.py moves a service, the test above overwrites one")
def test_overwrite_may_move_to_another_port(place: Any) -> None:
    place.deploy()
    port = free_port()
    view = place.deploy("def init(): pass\n\ndef run(data): return 2\n", overwrite=True, port=port)
    assert (view.port, view.revision) == (port, 2)
    assert place.answer() == "2"


def test_source_directory_limits(place: Any) -> None:
    place.write("src/score.py", SHOW)
    for number in range(5):
        place.write(f"src/{number}.txt", "x" * 100)
    place.deployments.settings = DeploySettings(most_files=3)
    request = {"entry_script": str(place.project / "src" / "score.py"), "source_directory": str(place.project / "src")}
    assert place.refused(**request).code == "source-too-large"
    place.deployments.settings = DeploySettings(most_bytes=200)
    assert place.refused(**request).code == "source-too-large"
    assert place.deployments.service("svc-one").state == "Failed"


def test_an_environment_that_cannot_be_built_fails_with_the_requirement_and_its_log(place: Any) -> None:
    file = place.write("requirements.txt", "six==99\n")
    error = place.refused(environment_file=str(file))
    assert error.code == "environment-requirement-unsatisfiable"
    assert error.details["requirement"] == "six==99"
    view = place.deployments.service("svc-one")
    assert (view.state, view.failure.code, view.revision) == ("Failed", "environment-requirement-unsatisfiable", 0)
    log = "\n".join(record.m for record in place.deployments.logs.records("svc-one"))
    assert "Staging" in log
    assert "six==99" in log
    assert place.deploy().state == "Healthy"


FURTHER = pytest.mark.long("another step, after which the same is cleared away")


@pytest.mark.parametrize("step", ["Starting", *(pytest.param(step, marks=FURTHER) for step in ("Staging", "Checking"))])
def test_cancel_at_each_step_leaves_nothing(place: Any, told: Any, step: str) -> None:
    cancel = CancelToken()
    told.at[step] = cancel.cancel
    assert place.refused(progress=told, cancel=cancel).code == "cancelled"
    assert place.deployments.services() == []
    assert list((place.workspace / "services").glob("*")) == []
    place.nothing_left()
    assert place.deploy().state == "Healthy"


def test_cancel_reaches_an_init_that_hangs(place: Any) -> None:
    cancel = CancelToken()
    threading.Timer(1.0, cancel.cancel).start()
    begun = time.monotonic()
    assert (
        place.refused("import time\ndef init(): time.sleep(60)\n\ndef run(data): pass\n", cancel=cancel).code
        == "cancelled"
    )
    assert within(time.monotonic() - begun, 8)
    assert place.deployments.services() == []
    place.nothing_left()


def test_cancel_reaches_uv(place: Any, told: Any) -> None:
    cancel = CancelToken()
    told.at["Resolving"] = lambda: threading.Timer(0.1, cancel.cancel).start()
    file = place.write("requirements.txt", "apache-airflow\ndask[complete]\npyspark\ntensorflow\n")
    assert place.refused(environment_file=str(file), progress=told, cancel=cancel).code == "cancelled"
    assert place.deployments.services() == []


def test_two_at_once_one_is_busy(place: Any, told: Any) -> None:
    other: list[str] = []

    def meanwhile() -> None:
        for act in (lambda: place.again().deploy(place.request()), lambda: place.again().delete("svc-one")):
            try:
                act()
            except ScoredockError as error:
                other.append(error.code)

    told.at["Starting"] = meanwhile
    place.deploy(progress=told)
    assert other == ["service-busy", "service-busy"]


def test_a_model_deleted_between_plan_and_begin(place: Any, told: Any) -> None:
    place.registry.register([place.write("model.pkl", "x")], "gone")
    plan_begin = place.deployments.ledger.begin

    def begin(*arguments: Any, **options: Any) -> int:
        place.registry.delete("gone:1")
        return int(plan_begin(*arguments, **options))

    place.deployments.ledger.begin = begin
    assert place.refused(models=("gone:1",)).code == "model-not-found"
    assert place.deployments.services() == []


@pytest.mark.long("tests/registry refuses it, test_aliases.py asks who is named as its user")
def test_a_model_in_use_is_not_deleted(place: Any) -> None:
    place.registry.register([place.write("model.pkl", "x")], "used")
    place.deploy(models=("used:1",))
    with pytest.raises(ScoredockError) as refused:
        place.registry.delete("used:1")
    assert refused.value.code == "model-in-use"
    place.deployments.delete("svc-one")
    place.registry.delete("used:1")


@pytest.mark.long("tests/workspaces offers and uses what was chosen last")
def test_the_last_choices_are_offered_again(place: Any) -> None:
    assert place.deployments.last.below(place.project) is None
    place.deploy(environment_variables={"A": "b"}, description="first")
    remembered = place.deployments.last.below(place.project)
    assert remembered is not None
    assert (remembered.name, remembered.environment_variables, remembered.description) == (
        "svc-one",
        {"A": "b"},
        "first",
    )
    assert place.deployments.last.below(place.project.parent) == remembered
    assert place.deployments.last.below(place.project / "other") is None
    assert place.deployments.last.below(Path(str(place.project)[:-1])) is None


@pytest.mark.long("tests/environments asks that nothing is built twice, and all tests here share what was built")
def test_a_second_deployment_is_warm(place: Any, told: Any) -> None:
    place.deploy()
    place.deployments.delete("svc-one")
    made = sorted((place.workspace / "environments").iterdir())
    begun = time.perf_counter()
    place.deploy(progress=told)
    took = time.perf_counter() - begun
    print(f"warm deploy to Healthy: {took * 1000:.0f} ms")
    assert within(took, 5)
    assert sorted((place.workspace / "environments").iterdir()) == made
    assert not [each for each in told.messages if each.startswith(("Resolving", "Installing", "Creating"))]


@pytest.mark.long("test_carrying.py asks for both after a repair")
def test_description_and_tags_are_kept(place: Any) -> None:
    view = place.deploy(description="what", tags={"a": "b"})
    assert (view.description, dict(view.tags)) == ("what", {"a": "b"})
    assert place.deployments.update("svc-one", UpdateRequest()).description == "what"


@pytest.mark.parametrize("lost", ["score.py", "part.py"])
def test_a_source_directory_that_loses_a_file_while_it_is_copied(place: Any, told: Any, lost: str) -> None:
    """Half a folder is not deployed: neither without the script, nor without a file that was listed already."""
    place.write("src/deep/inner.py", "")
    gone = place.write("src/part.py", "")
    script = place.write("src/score.py", "def init(): pass\n\ndef run(data): return 1\n")
    folders = 0

    class Losing(CancelToken):
        """Asked once for each folder, before it is listed."""

        def raise_if_cancelled(self) -> None:
            nonlocal folders
            folders += told.messages[-1:] == ["Staging src"]
            if lost == "part.py" and folders == 2:
                gone.unlink(missing_ok=True)

    if lost == "score.py":
        told.at["Staging"] = script.unlink
    request = place.request(entry_script=str(script), source_directory=str(script.parent))
    with pytest.raises(ScoredockError) as refused:
        place.deployments.deploy(request, told, Losing())
    assert refused.value.code == "file-not-found"
    assert refused.value.message.endswith(f"{lost} disappeared while it was being copied.")
    assert refused.value.place is not None
