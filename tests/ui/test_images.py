"""The older image way and registries by mouse and keyboard: create, deploy, update, delete; sign in, push, pull, sign
out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

import docker_daemon
from private_registry import PrivateRegistry, private_registry
from test_docker import clear_docker
from workbench import Window, until, until_contains

if TYPE_CHECKING:
    from desks import Desk

SCRIPT = """\
import json


def init():
    print("up")


def run(data):
    return sum(json.loads(data)["data"])
"""
pytestmark = pytest.mark.long(
    "images that are created, pushed, pulled and deleted are tested in tests/images; test_holdings.py has their rows at"
    " the gate"
)

VIEW = "Environments"
BODY = json.dumps({"data": [40, 2]})


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateRegistry]:
    with private_registry(tmp_path_factory.mktemp("registry")) as made:
        yield made


@pytest.fixture(scope="module")
def shared(
    tmp_path_factory: pytest.TempPathFactory, registry: PrivateRegistry, open_shared_desk: Callable[..., Desk]
) -> Iterator[Desk]:
    """A window on a script without packages, whose images belong into a registry that asks for a password."""
    folder = tmp_path_factory.mktemp("person") / "adder"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    (folder / "weights.bin").write_bytes(b"1234")
    (folder / ".vscode").mkdir()
    settings = {"scoredock.docker.registry": f"{registry.address}/team"}
    (folder / ".vscode" / "settings.json").write_text(json.dumps(settings))
    host = docker_daemon.docker_host()
    named = {} if host == "unix:///var/run/docker.sock" else {"DOCKER_HOST": host}
    desk = open_shared_desk(folder, env={"SCOREDOCK_BASE_IMAGE": docker_daemon.base_image(), **named})
    desk.scoredock("model", "register", str(folder / "weights.bin"), "--name", "weights")
    yield desk
    clear_docker(desk)


@pytest.fixture
def desk(shared: Desk, tidy: Callable[[Desk], Desk]) -> Desk:
    desk = tidy(shared)
    desk.window.side.show("Scoredock")
    return desk


def create(window: Window, name: str) -> None:
    """Answers what *Create Image…* asks: name, models, packages, files; the rest stays as proposed."""
    window.quick.wait("Name of the image", timeout=60)
    window.quick.answer(name)
    window.quick.wait("Models in the image")
    window.quick.choose("weights:1")
    window.quick.press_ok()
    window.quick.wait("Packages")
    window.quick.pick("What the models need")
    window.quick.wait("Files that score.py needs")
    window.quick.pick("No others")
    window.quick.wait("Description")
    window.quick.press_button("Create with These Values")


def call(desk: Desk) -> object:
    return desk.scoredock("service", "call", "adder", "-d", BODY)["body"]


def test_an_image_is_created_deployed_and_replaced(desk: Desk) -> None:
    window = desk.window
    window.editor.open("score.py")
    window.quick.do("Environment", "", "Create Image…")
    create(window, "adder")
    window.notices.press("Created the image adder:1", "Deploy")
    window.quick.wait("Name of the service")
    window.quick.answer("adder")
    window.wait_deployed("adder", timeout=120)
    assert call(desk) == "42"
    window.notices.clear()

    window.editor.open("score.py")
    window.editor.replace_word("sum", "max")
    window.side.expand(VIEW, "Images")
    # What is typed is saved for the image. Services never follow by themselves: neither the saved script nor the next
    # version of the image.
    window.side.choose(VIEW, "Images", "Create Image…")
    create(window, "adder")
    window.notices.wait("Created the image adder:2", timeout=120)
    window.notices.clear()
    assert call(desk) == "42"
    desk.picture("images")
    window.side.choose("Services", "adder", "Update Models…")
    window.quick.wait("Image of adder")
    window.quick.choose("adder:2")
    until(lambda: call(desk) == "40", "the answer of the other image", timeout=60)


def test_one_signs_in_once_pushes_pulls_and_signs_out(desk: Desk, registry: PrivateRegistry) -> None:
    window = desk.window
    window.side.choose("Services", "adder", "Package…")
    window.quick.wait("Package as")
    window.quick.pick("Ready Image")
    window.quick.wait("Name of the image")
    window.quick.answer("packed")
    window.quick.wait("Label of the image")
    window.quick.answer("1")
    name = f"{registry.address}/team/packed:1"
    window.notices.press(f"Created the image {name}", "Push")
    window.notices.press(registry.address, "Sign In and Try Again")

    sign_in(window, registry, "wrong-canary-99")
    refusal = window.notices.wait("does not let ada in")
    assert "canary" not in refusal
    window.notices.clear()
    window.quick.do("Environment", "", "Sign In to Container Registry…")
    sign_in(window, registry, registry.password)
    window.notices.wait(f"Signed in to {registry.address} as {registry.user}")
    window.notices.clear()

    for verb, said in (("Push", "Pushed"), ("Pull", "Pulled")):
        window.quick.do("Environment", "", "Save, Push or Export Image…")
        window.quick.wait("Packaged Image")
        window.quick.answer(name)
        window.quick.pick(verb)
        window.notices.wait(f"{said} {registry.address}/team/packed", timeout=60)
    window.quick.do("Environment", "", "Sign Out of Container Registry…")
    window.quick.wait("Sign Out of Container Registry")
    until_contains(window.quick.texts, registry.address)
    window.quick.accept()
    window.notices.wait(f"Signed out of {registry.address}")
    kept = [path for path in (*desk.home.rglob("*"), *desk.server.log_files()) if path.is_file()]
    assert [path for path in kept if registry.password.encode() in path.read_bytes()] == []


def test_an_image_goes_when_nothing_uses_it(desk: Desk) -> None:
    window = desk.window
    window.side.expand(VIEW, "adder")
    for version in ("1", "2"):
        # The service can be taken back to its earlier revision, so that one's image stays as well.
        window.side.choose(VIEW, f"v{version}", "Delete")
        window.notices.wait(f"The image adder:{version} is used by the service adder.")
        window.notices.clear()
    window.side.choose("Services", "adder", "Delete Service")
    window.notices.dialog("Delete")
    window.side.wait_gone("Services", "adder")
    window.side.choose(VIEW, "v1", "Delete")
    window.side.wait_gone(VIEW, "v1")
    assert "adder:1" not in [image["asset"]["id"] for image in desk.scoredock("image", "list")["images"]]


def sign_in(window: Window, registry: PrivateRegistry, password: str) -> None:
    window.quick.wait("Server of the registry")
    window.quick.answer(registry.address)
    window.quick.wait("User name at")
    window.quick.answer(registry.user)
    window.quick.wait("Password or access token")
    window.quick.answer(password)
