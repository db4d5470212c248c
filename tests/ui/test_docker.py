"""A service in a container by mouse and keyboard: built while one watches, called, killed from outside, packaged."""

from __future__ import annotations

import contextlib
import json
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker.errors
import pytest

import docker_daemon
from debugging.dap import debugger_python
from depth import LONG
from pace import within
from test_services import line_of
from workbench import Window, fill, until, until_equal
from workbench.debugger import debugger_vsix
from workbench.wait import STRETCH

if TYPE_CHECKING:
    from desks import Desk

NAME = "sklearn_regression_model"
IMAGE = "diabetes-api"
CONTAINER = "Docker Container on This Machine"
ROWS = {"data": [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]}
SCRIPT = """\
import json
import os

from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema
from linear_rows import predict


def init():
    global weights
    with open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "weights.json")) as file:
        weights = json.load(file)


@input_schema("data", StandardPythonParameterType([[0.04, 0.05, 0.06, 0.02, -0.04, -0.03, -0.04, 0.0, 0.02, -0.02]]))
def run(data):
    print(f"scoring {len(data)} row(s)")
    return predict(weights, data)
"""
PACKAGE = """\
def predict(weights, rows):
    return [sum(weight * value for weight, value in zip(weights, row)) for row in rows]
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, open_shared_desk: Callable[..., Desk]) -> Iterator[Desk]:
    """A window on a project of few packages, whose containers start from an image that needs no registry."""
    folder = tmp_path_factory.mktemp("person") / "diabetes"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    (folder / "weights.json").write_text(json.dumps([0.5] * 10))
    wheel = write_wheel(folder)
    lines = ["name: diabetes", "dependencies:", "  - pip:", "      - azureml-defaults", "      - inference-schema"]
    (folder / "conda.yml").write_text("\n".join([*lines, f"      - ./{wheel.name}", ""]))
    host = docker_daemon.docker_host()
    # The machine's own is found without being named, as a person's is.
    named = {} if host == "unix:///var/run/docker.sock" else {"scoredock.docker.host": host}
    settings = {
        "scoredock.docker.baseImage": docker_daemon.base_image(),
        "scoredock.deploy.opens": "log",
        **named,
    }
    # The long run installs a debugger into this editor.
    desk = open_shared_desk(folder, settings=settings, own=LONG)
    desk.env["SCOREDOCK_BASE_IMAGE"] = docker_daemon.base_image()
    desk.env.update({"DOCKER_HOST": host} if named else {})
    desk.scoredock("model", "register", str(folder / "weights.json"), "--name", NAME)
    yield desk
    clear_docker(desk)


def write_wheel(folder: Path) -> Path:
    """A package in a version of this run alone, so that there is an image to build, also after a run that was broken
    off, and nobody else's to remove."""
    about = f"linear_rows-1.{time.time_ns()}"
    path = folder / f"{about}-py3-none-any.whl"
    name, _, version = about.partition("-")
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", PACKAGE)
        wheel.writestr(f"{about}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{about}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}.dist-info/RECORD", "")
    return path


def clear_docker(desk: Desk) -> None:
    """Deletes services and images as a person does, then the layers that were kept for the next build."""
    for service in desk.scoredock("service", "list")["services"]:
        desk.scoredock("service", "delete", service["name"])
    docker_daemon.require_nothing_of(workspace(desk))
    api = docker_daemon.docker().api
    for image in desk.scoredock("image", "list")["images"]:
        desk.scoredock("image", "delete", image["asset"]["id"])
        with contextlib.suppress(docker.errors.ImageNotFound):
            api.remove_image(image["location"], force=True)
    keys = {lock.stem for lock in workspace(desk).rglob("locks/*.lock")}
    mine = [image for image in api.images() if (image["Labels"] or {}).get("com.scoredock.key") in keys]
    for image in sorted(mine, key=lambda each: -each["Created"]):
        # One that another test works with at this moment stays.
        with contextlib.suppress(docker.errors.APIError):
            api.remove_image(image["Id"], force=True)


def workspace(desk: Desk) -> Path:
    return desk.home / "workspaces" / "local"


@pytest.fixture
def desk(shared: Desk, tidy: Callable[[Desk], Desk]) -> Desk:
    return tidy(shared)


def running(desk: Desk) -> list[str]:
    """The containers of this person's services that run."""
    wanted = {"label": f"com.scoredock.workspace={workspace(desk)}"}
    return [str(each["Id"]) for each in docker_daemon.docker().api.containers(filters=wanted)]


def container(desk: Desk) -> str:
    """The one that runs."""
    (only,) = running(desk)
    return only


def to_the_place(window: Window) -> None:
    """From the lens above init() to the question where the service runs."""
    window.editor.open("score.py")
    window.editor.press_lens("Deploy")
    window.quick.change("Where It Runs")
    window.quick.wait("Where it runs")


@pytest.mark.long("what is said without Docker is tested in tests/engines and tests/lsp")
def test_without_docker_the_wizard_says_why_and_what_to_do(open_desk: Callable[..., Desk], tmp_path: Path) -> None:
    folder = tmp_path / "adder"
    folder.mkdir()
    (folder / "score.py").write_text("def init():\n    pass\n\n\ndef run(data):\n    return data\n")
    desk = open_desk(folder, env={"DOCKER_HOST": "unix:///no-such-docker.sock"})
    window = desk.window
    window.editor.open("score.py")
    window.editor.press_lens("Deploy")
    window.quick.change("Where It Runs")
    window.quick.wait("Where it runs")
    until(lambda: any("no-such-docker.sock" in text for text in window.quick.texts()), "why Docker cannot be chosen")
    window.quick.pick(CONTAINER, stays=True)
    box = window.page.locator(".monaco-dialog-box")
    box.wait_for()
    told = box.inner_text()
    assert "no-such-docker.sock" in told
    assert "DOCKER_HOST" in told
    window.press("Escape")
    # The question stays, and another answer goes on.
    window.quick.wait("Where it runs")
    window.quick.pick("Process on This Machine")
    window.quick.wait("Press Enter to continue")
    window.quick.cancel()


@pytest.mark.chance
@pytest.mark.long("deleting without Docker is tested in tests/deploy; here it is its two questions")
def test_a_service_is_deleted_while_docker_is_away(open_desk: Callable[..., Desk], tmp_path: Path) -> None:
    folder, way = tmp_path / "adder", Path(tempfile.mkdtemp(prefix="sd")) / "docker.sock"
    folder.mkdir()
    (folder / "score.py").write_text("def init():\n    pass\n\n\ndef run(data):\n    return data\n")
    way.symlink_to(docker_daemon.docker_host().removeprefix("unix://"))
    env = {"SCOREDOCK_BASE_IMAGE": docker_daemon.base_image(), "DOCKER_HOST": f"unix://{way}"}
    desk = open_desk(folder, env=env)
    window = desk.window
    desk.scoredock("service", "deploy", "adder", "--entry-script", "score.py", "--engine", "docker")
    window.side.show("Scoredock")
    window.side.wait_row("Services", "adder", "Healthy", timeout=60)
    way.unlink()
    window.quick.run_command("Scoredock: Restart Server")  # connections that are open would go on
    window.side.wait_row("Services", "adder", "Unhealthy", timeout=60)
    window.side.choose("Services", "adder", "Delete Service")
    asked = window.page.locator(".monaco-dialog-box")
    asked.locator(".monaco-button", has_text="Delete").first.click()
    box = asked.filter(has_text="cannot be deleted from Docker")  # the next question, as soon as the server has refused
    box.wait_for()
    assert "docker.sock" in box.inner_text()
    window.notices.dialog("Delete Without Docker")
    until_equal(lambda: [row.label for row in window.side.rows("Services") if row.label == "adder"], [])
    assert running(desk)
    way.symlink_to(docker_daemon.docker_host().removeprefix("unix://"))
    window.quick.run_command("Scoredock: Restart Server")
    until_equal(lambda: running(desk), [])
    clear_docker(desk)


def test_deploy_to_docker_watch_the_build_and_call_it(desk: Desk) -> None:
    window = desk.window
    to_the_place(window)
    until(lambda: any("Docker 2" in text for text in window.quick.texts()), "the Docker in use to be named")
    window.quick.pick(CONTAINER)
    window.quick.go_on()

    # The build shows in the log of the service while it goes on.
    window.side.show("Scoredock")
    window.panel.wait_output("Loading the layers into Docker", timeout=120)
    assert "Transitioning" in window.side.wait_row("Services", "diabetes").description
    desk.picture("docker-build")
    row = window.side.wait_row("Services", "diabetes", "Healthy", timeout=200)
    # The log is what opens, and tells it.
    assert not any("diabetes is Healthy" in text for text in window.notices.texts())
    assert "Request: diabetes" not in window.tabs()
    assert "Docker" in row.description
    window.side.expand("Services", "diabetes")
    window.side.wait_row("Services", "Docker container")

    window.side.press_inline("Services", "diabetes", "Send Request")
    panel = window.webview("Send")
    body = panel.locator("#body")
    until(lambda: "data" in body.input_value(), "a sample body")
    fill(body, json.dumps(ROWS))
    body.press("Control+Enter")
    until(lambda: "200" in panel.locator("#summary").inner_text(), "an answer in the panel")
    until_equal(lambda: len(json.loads(panel.locator("#answer").inner_text() or "[]")), 1)
    window.panel.wait_output("scoring 1 row(s)")


@pytest.mark.chance
@pytest.mark.long(
    "killed containers are tested in tests/engines and tests/deploy; that rows follow by themselves, by other UI tests"
)
def test_a_container_killed_from_outside_shows_by_itself(desk: Desk) -> None:
    window = desk.window
    window.side.show("Scoredock")
    window.side.wait_row("Services", "diabetes", "Healthy")
    docker_daemon.docker().api.kill(container(desk))
    killed = time.monotonic()
    window.side.wait_row("Services", "diabetes", "Failed", timeout=60)
    assert within(time.monotonic() - killed, 10)
    failure = until(
        lambda: next((row.text for row in window.side.rows("Services") if "kill" in row.text.lower()), ""),
        "the cause below the service",
    )
    assert "The container was killed from outside" in failure
    desk.picture("docker-killed")
    window.side.press_inline("Services", "diabetes", "Start")
    window.side.wait_row("Services", "diabetes", "Healthy", timeout=60)


@pytest.mark.long("test_service_verbs.py packages at the gate; images of packages are tested in tests/packages")
def test_package_as_a_folder_and_as_an_image(desk: Desk) -> None:
    """The project's own wheel lies on this machine only: it comes along in both."""
    window = desk.window
    window.side.show("Scoredock")
    window.side.wait_row("Services", "diabetes", "Healthy")
    target = desk.folder.parent / "packaged"
    target.mkdir()
    window.side.choose("Services", "diabetes", "Package…")
    window.quick.wait("Package as")
    window.quick.pick("Folder")
    answer_names(window)
    window.quick.choose_path(str(target))
    window.notices.wait(f"Wrote the build context of {IMAGE}:1", timeout=120)
    assert [each.suffix for each in target.glob("*/pip-packages/*")] == [".whl"]
    window.notices.clear()

    window.side.choose("Services", "diabetes", "Package…")
    window.quick.wait("Package as")
    window.quick.pick("Ready Image")
    answer_names(window)
    window.notices.wait(f"Created the image {IMAGE}:1", timeout=120)
    # It is among the images of the workspace, with its state.
    window.side.expand("Environments", "Images")
    row = until(
        lambda: next((row for row in window.side.rows("Environments") if row.label.startswith(IMAGE)), None),
        "the image in the workspace",
    )
    assert row is not None
    desk.picture("docker-package")


@pytest.mark.long("test_debugging.py debugs at the gate; a debugged container is tested in tests/deploy")
def test_a_breakpoint_stops_the_container_in_the_editor(desk: Desk, tmp_path: Path) -> None:
    desk.server.install(debugger_vsix(tmp_path / "debugger.vsix", debugger_python(desk.home)))
    window = desk.open_window()
    line = line_of(desk.folder / "score.py", "predict(")
    window.editor.open("score.py")
    window.editor.reveal(line)
    window.press("F9")
    until(lambda: window.page.locator(".codicon-debug-breakpoint").count() > 0, "a breakpoint in the margin")
    window.side.show("Scoredock")
    window.side.wait_row("Services", "diabetes", "Healthy", timeout=60)
    before = desk.scoredock("service", "show", "diabetes")["revision"]
    window.side.choose("Services", "diabetes", "Debug")
    window.page.locator(".debug-toolbar").wait_for(timeout=120_000 * STRETCH)
    until(
        lambda: desk.scoredock("service", "show", "diabetes")["revision"] == before + 1,
        "the debugged revision to serve",
        timeout=120,
    )
    answers: list[Any] = []
    words = ("service", "call", "diabetes", "-d", json.dumps(ROWS))
    asking = threading.Thread(target=lambda: answers.append(desk.scoredock(*words)))
    asking.start()
    stands = window.page.locator(".debug-top-stack-frame-line").first
    stands.wait_for(timeout=30_000 * STRETCH)
    window.status.wait(f"Ln {line}")
    assert answers == []
    desk.picture("docker-debug")
    window.press("F5")
    asking.join(240)
    assert [answer["status"] for answer in answers] == [200]
    debugged = set(running(desk))  # with the one whose network it shares
    window.press("Shift+F5")
    window.page.locator(".debug-toolbar").wait_for(state="hidden", timeout=60_000 * STRETCH)

    def without_it() -> bool:
        # It is another container, of the image without debugpy.
        now = set(running(desk))
        return bool(now - debugged) and desk.scoredock("service", "show", "diabetes")["state"] == "Healthy"

    until(without_it, "the service without the debugger", timeout=60)
    assert desk.scoredock(*words)["status"] == 200


def answer_names(window: Window) -> None:
    window.quick.wait("Name of the image")
    window.quick.answer(IMAGE)
    window.quick.wait("Label of the image")
    window.quick.answer("1")
