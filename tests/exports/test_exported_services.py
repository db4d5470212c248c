"""A service that leaves as files of other tools, which run here and answer as it does."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.conftest import Terminal
from depth import rounds
from docker_daemon import base_image, docker_host
from pace import patience
from packages.test_running import REQUESTS, TOLD, answers, ask
from packages.test_without_docker import CONDA
from parts import missing
from ports import free_port

from .export_tools import tools  # noqa: F401 (a fixture)

pytestmark = pytest.mark.timeout(1200)
SCRIPT = """
import json
import os
from pathlib import Path


def init():
    global factor
    factor = int((Path(os.environ["AZUREML_MODEL_DIR"]) / "factor.txt").read_text())


def run(data):
    data = json.loads(data)
    if data.get("wrong"):
        raise ValueError("wrong on purpose")
    return {"sum": sum(data["data"]) * factor}
"""
PYTHON = "/usr/bin/python3"
"""Where everybody may read it; the lock is for the version of the Python that deploys."""


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    folder = tmp_path_factory.mktemp("exported")
    source = folder / "project"
    source.mkdir()
    (source / "score.py").write_text(SCRIPT)
    (source / "conda.yml").write_text(CONDA)
    (source / "factor.txt").write_text("10")
    terminal = Terminal(folder / "home", source)
    terminal.ok("model", "register", "factor.txt", "--name", "factor")
    return terminal


@pytest.fixture(scope="module")
def expected(terminal: Terminal) -> dict[str, Any]:
    """What the service answers that is exported; it is stopped then, and stays."""
    deploy = ("--entry-script", "score.py", "--environment-file", "conda.yml", "--model", "factor:1")
    made = terminal.json("service", "deploy", "prices", *deploy)
    found = answers(made["port"])
    assert json.loads(found["score"][2]) == {"sum": 30}
    terminal.ok("service", "stop", "prices")
    return found


@pytest.fixture(scope="module")
def units(terminal: Terminal, expected: dict[str, Any]) -> Iterator[Path]:
    """The service as units of systemd, at the place that the unit of the machine names."""
    name = f"scoredock-test-{os.getpid()}"
    place = Path("/opt") / name
    if not os.access("/opt", os.W_OK):
        missing("the right to write into /opt")
    made = terminal.json("service", "export", "systemd", "prices", "--to", str(place), "--target-name", name)
    assert made["files"] == ["run.sh", f"system/{name}.service", f"user/{name}.service"]
    try:
        yield place
    finally:
        shutil.rmtree(place)


@contextmanager
def started(command: list[str], variables: Mapping[str, str], **options: Any) -> Iterator[int]:
    """The port on which it answers; it is ended as systemd and a terminal end it."""
    port = free_port()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            env={"PATH": "/usr/bin:/bin", "PYTHON": PYTHON, **_index(), **variables, "SCOREDOCK_PORT": str(port)},
            **options,
        )
        try:
            deadline = time.monotonic() + patience(200)
            while not _is_ready(port):
                log.seek(0)
                assert process.poll() is None, log.read().decode()
                assert time.monotonic() < deadline, log.read().decode()
                time.sleep(0.1)
            yield port
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(patience(60))
        log.seek(0)
        assert code == 0, log.read().decode()


def _index() -> dict[str, str]:
    """What pip is told on this machine."""
    names = ("PIP_", "SSL_", "HTTP", "http", "NO_PROXY", "no_proxy", "UV_")
    return {name: value for name, value in os.environ.items() if name.startswith(names)}


def _is_ready(port: int) -> bool:
    try:
        return ask(port, "GET", "/ready", "", {})[0] == 200
    except OSError:
        return False


@pytest.fixture(scope="module")
def environment(units: Path, expected: dict[str, Any]) -> Path:
    """That of `run.sh`, which was run and answered as the service."""
    with started([str(units / "run.sh")], {}, cwd="/") as port:
        assert answers(port) == expected
    return units / ".state" / "environment"


def test_run_sh_answers_like_the_service_and_starts_again_without_an_index(
    units: Path, environment: Path, expected: dict[str, Any]
) -> None:
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:1/", "PIP_FIND_LINKS": ""}
    with started([str(units / "run.sh")], nowhere, cwd="/") as port:
        assert answers(port) == expected


def test_a_first_start_that_is_killed_at_any_step_hinders_no_later_one(
    units: Path, environment: Path, expected: dict[str, Any], tmp_path: Path
) -> None:
    """The shell alone is killed, so that what it has started goes on beside the next start."""
    state, log = tmp_path / "state", tmp_path / "log"
    variables = {"PATH": "/usr/bin:/bin", "PYTHON": PYTHON, **_index(), "SCOREDOCK_STATE": str(state)}

    def steps() -> list[str]:
        return [line for line in log.read_text().splitlines() if line.startswith("+ ")]

    count, is_through = 1, False
    while not is_through:
        with log.open("w") as stream:
            process = subprocess.Popen(["sh", "-x", str(units / "run.sh")], stdout=stream, stderr=stream, env=variables)
        # A step takes as long as machine and index let it: the next one, or the end of the shell, is waited for.
        while len(steps()) < count and not is_through:
            is_through = any("scoredock_runtime serve" in each for each in steps())
            assert process.poll() is None, log.read_text()
            time.sleep(0.01)
        process.kill()
        process.wait(patience(10))
        count += rounds(gate=3, long=1)
    for _ in range(2):
        with started([str(units / "run.sh")], {"SCOREDOCK_STATE": str(state)}, cwd="/") as port:
            assert answers(port) == expected
    (folder,) = state.glob("environment.*")
    assert (state / "environment").resolve() == folder


def test_the_units_are_valid_and_their_command_runs_as_another_account(
    units: Path, environment: Path, expected: dict[str, Any], tmp_path: Path
) -> None:
    analyze = shutil.which("systemd-analyze") or missing("systemd-analyze")
    system, user = units / f"system/{units.name}.service", units / f"user/{units.name}.service"
    for unit, more in ((system, []), (user, ["--user"])):
        variables = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path), "HOME": "/opt"}
        command = [analyze, "verify", *more, str(unit)]
        done = subprocess.run(command, capture_output=True, text=True, env=variables, timeout=patience(60), check=False)
        assert units.name not in done.stderr, done.stderr
        assert done.returncode == 0, done.stderr
    lines = dict(line.partition("=")[::2] for line in system.read_text().splitlines() if "=" in line)
    assert lines["ExecStart"] == str(units / "run.sh")
    assert "ExecStart=%h/" in user.read_text()
    if os.getuid() != 0:
        missing("root, who may start a program as another account")
    nobody = pwd.getpwnam("nobody")
    with tempfile.TemporaryDirectory(dir="/opt", prefix="scoredock-state-") as state:
        (Path(state) / "environment").symlink_to(environment)
        for path in (Path(state), *Path(state).iterdir()):
            os.chown(path, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)
        account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        with started([lines["ExecStart"]], {"STATE_DIRECTORY": state}, cwd="/", **account) as port:
            assert answers(port) == expected


def test_only_a_limit_of_the_configuration_limits_what_other_tools_run(
    terminal: Terminal, expected: dict[str, Any], tmp_path: Path
) -> None:
    """What AKS keeps free for a service is none: 0.1 cores would be a tenth of one on this machine."""
    verb: tuple[str, ...] = ("deploy", "--entry-script", "score.py", "--environment-file", "conda.yml")
    verb += ("--model", "factor:1")
    configuration = terminal.folder / "small.json"
    for kind, amounts, limits in (
        ("aks", {"cpu": 0.1, "memoryInGB": 0.4}, (None, None)),
        ("aks", {"cpu": 0.1, "cpuLimit": 0.5, "memoryInGBLimit": 0.5}, (0.5, "512m")),
        ("aci", {"cpu": 0.1, "memoryInGB": 0.4}, (0.1, "410m")),
    ):
        given = {"computeType": kind, "authEnabled": False, "containerResourceRequirements": amounts}
        configuration.write_text(json.dumps(given))
        terminal.ok("service", verb[0], "small", *verb[1:], "--deployment-config", "small.json")
        verb = ("update",)
        for name in ("compose", "systemd", "container-instances"):
            image = ("--image", "team/small:1") if name != "systemd" else ()
            terminal.ok("service", "export", name, "small", "--to", str(tmp_path / name), *image)
        (container,) = yaml.safe_load((tmp_path / "container-instances").read_text())["properties"]["containers"]
        requests = {"cpu": 0.1, "memoryInGB": amounts.get("memoryInGB", 0.5)}
        assert container["properties"]["resources"]["requests"] == requests
        service = yaml.safe_load((tmp_path / "compose").read_text())["services"]["small"]
        assert (service.get("cpus"), service.get("mem_limit")) == limits
        unit = (tmp_path / "systemd/system/small.service").read_text()
        assert ("CPUQuota=" in unit, "MemoryMax=" in unit) == (limits[0] is not None, limits[1] is not None)
        shutil.rmtree(tmp_path / "systemd")
        (tmp_path / "compose").unlink()
        (tmp_path / "container-instances").unlink()
    terminal.ok("service", "delete", "small")


@contextmanager
def functions(app: Path, tools: Path, environment: Path) -> Iterator[Any]:  # noqa: F811
    """Calls of the function, as the worker of Azure Functions makes them."""
    variables = {
        "PATH": "/usr/bin:/bin",
        "SCOREDOCK_PYTHON": str(environment / "bin" / "python"),
        "SCOREDOCK_SERVICE": str(app / "service"),
    }
    with subprocess.Popen(
        [str(tools), str(Path(__file__).with_name("function_caller.py"))],
        cwd=app / "function_app",
        env=variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def call(
            kind: str, body: str, method: str = "", path: str = "", headers: Mapping[str, str] | None = None
        ) -> Any:
            asked = {"kind": kind, "body": body, "method": method, "path": path, "headers": dict(headers or {})}
            process.stdin.write(json.dumps(asked) + "\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
            return json.loads(process.stdout.readline())  # type: ignore[union-attr]

        yield call
        process.stdin.close()


def test_a_function_called_by_http_answers_like_the_service(
    terminal: Terminal,
    environment: Path,
    expected: dict[str, Any],
    tools: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    app = tmp_path / "app"
    made = terminal.json("service", "export", "functions", "prices", "--to", str(app))
    assert made["fillIn"] == []
    found = {}
    with functions(app, tools, environment) as call:
        for name, method, path, body, headers in REQUESTS:
            status, told, content = call("http", body, method, path, headers)
            kept = {each: told[each] for each in TOLD if each in told}
            if "x-ms-request-id" in headers:
                kept["id"] = told["x-ms-request-id"]
            found[name] = (status, kept, content)
    # The service names its address in its description, and that is another port here.
    for described in ("swagger", "swagger 3"):
        assert found.pop(described)[:2] == expected[described][:2]
    assert found == {name: answer for name, answer in expected.items() if not name.startswith("swagger")}
    readme = (app / "README.md").read_text()
    assert "-p 127.0.0.1:6789:80 " in readme
    assert "| `function_app/` |" in readme
    binding, output = json.loads((app / "function_app/score/function.json").read_text())["bindings"]
    assert (binding["type"], binding["authLevel"], binding["route"], output["name"]) == (
        *("httpTrigger", "function", "{*path}"),
        "$return",
    )
    dockerfile = (app / "Dockerfile").read_text()
    assert "FROM mcr.microsoft.com/azure-functions/python:4-python3." in dockerfile
    assert "CMD" not in dockerfile, "the host of the base image starts"
    sums = subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=app, capture_output=True, check=False)
    assert sums.returncode == 0


@pytest.mark.parametrize(("trigger", "kind"), [("blob", "blob"), ("service_bus_queue", "queue")])
def test_a_function_called_by_events(
    terminal: Terminal,
    environment: Path,
    tools: Path,  # noqa: F811
    tmp_path: Path,
    trigger: str,
    kind: str,
) -> None:
    app = tmp_path / "app"
    made = terminal.json("service", "export", "functions", "prices", "--to", str(app), "--trigger", trigger)
    (setting,) = made["fillIn"]
    assert setting.startswith("AzureWebJobs")
    with functions(app, tools, environment) as call:
        assert json.loads(call(kind, '{"data": [1, 2]}')) == {"sum": 30}
        assert "answered with 500" in call(kind, '{"wrong": true}')["fault"]
        assert json.loads(call(kind, '{"data": [4]}')) == {"sum": 40}


@pytest.mark.docker
def test_compose_starts_it_and_it_answers_like_the_service(
    terminal: Terminal, expected: dict[str, Any], tmp_path: Path
) -> None:
    compose = shutil.which("docker-compose") or missing("docker-compose")
    image = f"scoredock-compose-{os.getpid()}"
    terminal.env |= {"DOCKER_HOST": docker_host(), "SCOREDOCK_BASE_IMAGE": base_image()}
    terminal.ok("service", "package", "prices", "--image", "--image-name", image, "--il", "1")
    file, port = tmp_path / "compose.yaml", free_port()
    made = terminal.json("service", "export", "compose", "prices", "--to", str(file), "--host-port", str(port))
    assert made["image"] == f"{image}:1"
    assert made["notes"] == []
    document = yaml.safe_load(file.read_text())
    document["services"]["prices"]["labels"] = {"com.scoredock.tests": "yes"}
    file.write_text(yaml.safe_dump(document))
    variables = {**os.environ, "DOCKER_HOST": docker_host(), "COMPOSE_PROJECT_NAME": image}

    def run(*words: str) -> None:
        command = [compose, "--file", str(file), *words]
        done = subprocess.run(
            command, capture_output=True, text=True, env=variables, timeout=patience(200), check=False
        )
        assert done.returncode == 0, done.stderr

    try:
        run("up", "--detach")
        deadline = time.monotonic() + patience(60)
        while not _is_ready(port):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert answers(port) == expected
    finally:
        run("down", "--volumes")
        subprocess.run(["docker", "rmi", "--force", f"{image}:1"], capture_output=True, env=variables, check=False)


def test_the_sdk_writes_the_app_of_a_model(terminal: Terminal, tmp_path: Path) -> None:
    (terminal.folder / "package.py").write_text(
        f"""
from azureml.contrib.functions import package, package_blob
from azureml.core import Environment, Workspace
from azureml.core.model import InferenceConfig, Model
from azureml.exceptions import WebserviceException

ws = Workspace.get("local")
config = InferenceConfig(entry_script="score.py", environment=Environment.from_conda_specification("e", "conda.yml"))
app = package_blob(ws, [Model(ws, "factor")], config, True, "incoming/{{blobname}}.json", "outgoing/{{blobname}}.json")
app.wait_for_creation()
app.save({str(tmp_path / "app")!r})
try:
    package(ws, [], config, trigger="timer")
except WebserviceException as fault:
    print(fault)
"""
    )
    assert "Invalid trigger timer" in terminal.ok("sdk", "run", "package.py")
    bindings = json.loads((tmp_path / "app/function_app/score/function.json").read_text())["bindings"]
    assert [each["path"] for each in bindings] == ["incoming/{blobname}.json", "outgoing/{blobname}.json"]
    assert (tmp_path / "app/azureml-app/azureml-models/factor/1/factor.txt").read_text() == "10"


@pytest.mark.parametrize("kind", ["kubernetes", "helm"])
def test_how_long_a_lost_node_may_be_away_is_a_setting(
    terminal: Terminal, expected: dict[str, Any], kind: str, tmp_path: Path
) -> None:
    for number, (given, seconds) in enumerate((({}, 5), ({"SCOREDOCK_LOST_NODE_SECONDS": "90"}, 90))):
        machine = Terminal(terminal.home, terminal.folder, env={**terminal.env, **given})
        target = tmp_path / str(number)
        machine.ok("service", "export", kind, "prices", "--image", "team/prices:1", "--to", str(target))
        text = (target / "templates/deployment.yaml" if kind == "helm" else target).read_text()
        assert text.count(f"tolerationSeconds: {seconds}\n") == 2


def test_bad_input_names_the_next_step(terminal: Terminal, expected: dict[str, Any], tmp_path: Path) -> None:
    target = str(tmp_path / "new")
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine").write_text("mine")
    cases: list[tuple[tuple[str, ...], str]] = [
        (("compose", "nobody", "--to", target), "service-not-found"),
        (("kubernetes", "prices", "--to", target, "--secret-file", target + "2"), "package-export-invalid"),
        (("run.sh", "prices", "--to", str(full)), "package-target-not-empty"),
        (("run.sh", "prices", "--to", str(tmp_path / "no" / "folder")), "file-not-found"),
        (("compose", "prices", "--to", str(full / "mine"), "--image", "a:1"), "package-target-not-empty"),
        (("compose", "prices", "--to", target, "--image", "A B"), "image-reference-invalid"),
        (("kserve", "prices", "--to", target, "--image", "a:1", "--target-name", "A_B"), "package-export-invalid"),
        (("systemd", "prices", "--to", target, "--target-name", "a b"), "package-export-invalid"),
        (("compose", "prices", "--to", target, "--image", "a:1", "--host-port", "0"), "package-export-invalid"),
        (("compose", "prices", "--to", target, "--image", "a:1", "--cpu", "0"), "package-export-invalid"),
        (
            ("functions", "prices", "--to", target, "--trigger", "blob", "--trigger-input", "x"),
            "package-export-invalid",
        ),
        (("functions", "prices", "--to", target, "--base-image", "A B"), "base-image-invalid"),
    ]
    for words, code in cases:
        told = terminal.refused("service", "export", *words)
        assert told["code"] == code, (words, told)
        assert told["message"]
        assert not Path(target).exists(), words
    assert sorted(each.name for each in tmp_path.iterdir()) == ["full"], "nothing is left"
    assert (full / "mine").read_text() == "mine"
    unknown = terminal.run("service", "export", "nomad", "prices", "--to", target)
    assert unknown.returncode == 2
    assert "run.sh" in unknown.stderr


def test_a_service_that_was_never_packaged_or_never_healthy(terminal: Terminal, tmp_path: Path) -> None:
    deploy = ("--environment-file", "conda.yml", "--entry-script")
    (terminal.folder / "broken.py").write_text("def init():\n    raise OSError\n\n\ndef run(data):\n    return data\n")
    assert terminal.run("service", "deploy", "broken", *deploy, "broken.py").returncode == 1
    told = terminal.refused("service", "export", "run.sh", "broken", "--to", str(tmp_path / "run"))
    assert told["code"] == "service-state-invalid"
    (terminal.folder / "echo.py").write_text("def init():\n    pass\n\n\ndef run(data):\n    return data\n")
    terminal.ok("service", "deploy", "echo", *deploy, "echo.py")
    told = terminal.refused("service", "export", "helm", "echo", "--to", str(tmp_path / "chart"))
    assert told["code"] == "service-not-packaged"
    assert "scoredock service package echo" in told["fix"]
    made = terminal.json(
        *("service", "export", "helm", "echo", "--to", str(tmp_path / "chart"), "--image", "team/echo:1")
    )
    assert made["image"] == "team/echo:1"
    assert made["main"] == str(tmp_path / "chart" / "values.yaml")
    terminal.ok("service", "stop", "echo")


def test_a_packaged_folder_is_exported_as_it_is(terminal: Terminal, expected: dict[str, Any], tmp_path: Path) -> None:
    folder = tmp_path / "package"
    terminal.ok("service", "package", "prices", "--output-path", str(folder))
    made = terminal.json("package", "export", "run.sh", str(folder), "--to", str(tmp_path / "run"))
    assert made["files"] == ["run.sh"]
    first = (tmp_path / "run" / "run.sh").read_text().splitlines()[1]
    assert "the packaged folder package of the service prices, revision 1" in first
    assert not (folder / "run.sh").exists()
    for kind, source, code in (
        ("compose", folder, "package-kind-wrong"),
        ("run.sh", terminal.folder, "package-kind-wrong"),
        ("functions", folder, "package-kind-wrong"),
    ):
        told = terminal.refused("package", "export", kind, str(source), "--to", str(tmp_path / "other"))
        assert told["code"] == code
    inside = terminal.refused("package", "export", "run.sh", str(folder), "--to", str(folder / "inside"))
    assert inside["code"] == "package-target-not-empty"
