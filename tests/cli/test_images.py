"""The older image way in the terminal: create, look at, deploy several services from, update to another, delete."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

import docker_daemon
from cli.conftest import Terminal

SCRIPT = """\
import json
import os

from parts import words


def init():
    global offset
    with open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.bin")) as stream:
        offset = len(stream.read())


def run(data):
    return words.OFFSET + offset + sum(json.loads(data)["data"])
"""


WITH_PASSWORD = """\
dependencies:
  - python=3.11
  - pip:
      - --extra-index-url https://me:canary-hunter22@packages.example.com/simple
"""


@pytest.fixture
def project(terminal: Terminal) -> Iterator[Terminal]:
    terminal.env["SCOREDOCK_BASE_IMAGE"] = docker_daemon.base_image()
    (terminal.folder / "score.py").write_text(SCRIPT)
    (terminal.folder / "parts").mkdir()
    (terminal.folder / "parts" / "words.py").write_text("OFFSET = 100\n")
    (terminal.folder / "unrelated.py").write_text("1 / 0\n")
    terminal.ok("model", "register", "model.bin", "--name", "numbers")
    yield terminal
    for service in terminal.json("service", "list")["services"]:
        terminal.run("service", "delete", service["name"])
    for image in terminal.json("image", "list")["images"]:
        terminal.run("image", "delete", image["asset"]["id"])


def create(terminal: Terminal) -> dict[str, object]:
    made: dict[str, object] = terminal.json(
        "image",
        "create",
        "--name",
        "adder",
        "--execution-script",
        "score.py",
        "-d",
        "parts",
        "-m",
        "numbers:1",
        "--tag",
        "a=b",
        "--property",
        "c=d",
    )
    return made


def ask(terminal: Terminal, service: str) -> object:
    uri = terminal.json("service", "show", service)["scoringUri"]
    request = urllib.request.Request(uri, b'{"data": [1, 2]}', {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read())


@pytest.mark.long("tests/images has it by messages")
@pytest.mark.timeout(300)
def test_one_image_serves_many_services_and_follows_only_when_told(project: Terminal) -> None:
    made = create(project)
    assert (made["state"], made["models"]) == ("Succeeded", ["numbers:1"])
    assert "Adding the code" in project.ok("image", "logs", "adder")
    configuration = project.json("image", "configuration", "adder:1")
    assert configuration["configuration"] == {
        "execution_script": "score.py",
        "runtime": "python",
        "dependencies": "parts",
    }
    assert (configuration["properties"], configuration["image"]["asset"]["tags"]) == ({"c": "d"}, {"a": "b"})
    assert configuration["files"] == ["app/parts/words.py", "app/score.py", "inferenceconfig.json"]

    for name in ("first", "second"):
        assert project.json("service", "deploy", name, "--image", "adder")["engine"] == "docker"
        assert ask(project, name) == 108
    (project.folder / "parts" / "words.py").write_text("OFFSET = 200\n")
    assert ask(project, "first") == 108, "an image never changes"
    assert create(project)["asset"]["id"] == "adder:2"  # type: ignore[index]
    assert ask(project, "first") == 108
    project.ok("service", "update", "first", "--image", "adder:2")
    assert (ask(project, "first"), ask(project, "second")) == (208, 108)
    used = {each["asset"]["id"]: each["services"] for each in project.json("image", "list")["images"]}
    assert used["adder:2"] == ["first"]

    refused = project.refused("service", "update", "second", "--model", "numbers:1")
    assert refused["code"] == "deploy-input-invalid"
    assert project.refused("image", "delete", "adder:2")["code"] == "asset-in-use"
    project.ok("service", "delete", "first")
    project.ok("service", "delete", "second")
    project.ok("image", "delete", "adder:2")
    assert [each["asset"]["id"] for each in project.json("image", "list")["images"]] == ["adder:1"]


def test_a_creation_that_fails_stays_with_its_reason(terminal: Terminal) -> None:
    (terminal.folder / "score.py").write_text("def run(data):\n    return data\n")
    error = terminal.refused("image", "create", "-n", "broken", "--execution-script", "score.py")
    assert error["code"] == "check-failed"
    (failed,) = terminal.json("image", "list")["images"]
    assert (failed["state"], failed["message"]) == ("Failed", error["message"])
    assert terminal.refused("service", "deploy", "one", "--image", "broken")["code"] == "image-not-ready"
    logs = terminal.run("image", "logs", "broken")
    assert logs.returncode == 1
    for words in (logs.stdout, terminal.ok("image", "list"), terminal.ok("image", "show", "broken")):
        assert error["message"] in " ".join(words.split())
    assert "reason" not in terminal.ok("image", "show", registered(terminal)), "nothing was to be made"


def registered(terminal: Terminal) -> str:
    """An image that was made elsewhere."""
    terminal.ok("image", "register", "there", "127.0.0.1:5000/there:1")
    return "there:1"


@pytest.mark.long("tests/packages looks for secrets in every layer")
def test_links_and_passwords_stay_out_of_the_record_and_are_named(project: Terminal, tmp_path: Path) -> None:
    (tmp_path / "salary.txt").write_text("canary-5000")
    parts = project.folder / "parts"
    (parts / "salary.txt").symlink_to(tmp_path / "salary.txt")
    (parts / "near.txt").symlink_to("words.py")
    (parts / "conda.yml").write_text(WITH_PASSWORD)
    (project.folder / "pip.conf").write_text("[global]\nindex-url = https://me:canary-hunter22@host/simple\n")
    words = ("-n", "adder", "--execution-script", "score.py", "-m", "numbers:1")
    project.ok("image", "create", *words, "-d", "parts", "-d", "pip.conf")
    files = project.json("image", "configuration", "adder:1")["files"]
    assert files == ["app/parts/near.txt", "app/parts/words.py", "app/score.py", "inferenceconfig.json"]
    log = project.ok("image", "logs", "adder")
    for told in (
        f"the link parts/salary.txt to {tmp_path / 'salary.txt'}, because it leads out of parts",
        "parts/conda.yml, because it holds a secret (a password in an address, line 4)",
        "pip.conf, because it holds a secret (a password in an address, line 2)",
    ):
        assert f"Left out of the image: {told}" in log
    kept = [path for path in project.home.rglob("*") if path.is_file()]
    assert not [path for path in kept if b"canary-" in path.read_bytes()]

    (project.folder / "conda.yml").write_text(WITH_PASSWORD)
    refused = project.refused("image", "create", *words, "--conda-file", "conda.yml")
    assert (refused["code"], "${PIP_PASSWORD}" in refused["fix"]) == ("image-configuration-invalid", True)
    assert "canary-" not in json.dumps(refused)
    assert [each["asset"]["id"] for each in project.json("image", "list")["images"]] == ["adder:1"]


def test_what_an_image_cannot_be_made_of(project: Terminal) -> None:
    words = ("image", "create", "-n", "adder", "--execution-script")
    assert project.refused(*words, "gone.py")["code"] == "file-not-found"
    assert project.refused(*words, "score.py", "-m", "nothing:1")["code"] == "model-not-found"
    assert project.refused(*words, "score.py", "-d", "gone")["code"] == "file-not-found"
    assert project.refused(*words, "score.py", "--schema-file", "x.json")["code"] == "image-configuration-invalid"
    (project.folder / "other").mkdir()
    (project.folder / "other" / "score.py").write_text("")
    assert project.json("image", "list")["images"] == [], "what is refused at once leaves nothing"
    project.ok("image", "register", "recorded", "registry.example.com/team/recorded:1")
    assert project.refused("service", "deploy", "one", "--image", "recorded")["code"] == "image-not-deployable"
