"""The core works without any of its contributions: each is taken away, and command line and language server go on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scoredock.checks.contributions import checks_by_contribution
from scoredock.cli.commands import PLACES as COMMANDS
from scoredock.contrib.table import NAMES, is_there, module_of, with_part
from scoredock.features.contribution import contributions
from scoredock.features.table import PLACES
from scoredock.features.verbs import verbs

from lsp.client import Client

CONTRIBUTIONS = dict(zip(NAMES, contributions(), strict=True))
HELP = {name: each.noun if each.help else "" for name, each in CONTRIBUTIONS.items()}
"""The noun of each that has one of its own in the terminal."""
_METHOD_NOT_FOUND = -32601


def server_without(root: Path, to: Path, name: str) -> Path:
    """A folder for PYTHONPATH with all of the server but one contribution."""
    server = root / "pyserver" / "scoredock"
    (to / "scoredock" / "contrib").mkdir(parents=True)
    for folder in (server, server / "contrib"):
        for each in folder.iterdir():
            if each.name not in ("contrib", "__pycache__") and each != server / "contrib" / name:
                (to / "scoredock" / each.relative_to(server)).symlink_to(each)
    return to


@pytest.fixture
def run(root: Path, tmp_path: Path, project: Path, environment: dict[str, str]) -> Callable[..., Any]:
    """Runs `scoredock …` of that server; gives the JSON of what must work, and else what went wrong."""

    def command(*words: str, code: int = 0) -> Any:
        done = subprocess.run(
            [sys.executable, "-m", "scoredock.cli", *words],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            timeout=100,
        )
        assert done.returncode == code, (words, done.stdout, done.stderr)
        return json.loads(done.stdout) if "--json" in words and not code else done.stdout + done.stderr

    return command


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "model.bin").write_bytes(b"12345")
    (folder / "score.py").write_text("def init():\n    pass\n\n\ndef run(data):\n    return data\n")
    return folder


@pytest.fixture
def environment(root: Path, tmp_path: Path, name: str) -> dict[str, str]:
    path = str(server_without(root, tmp_path / "copy", name))
    return {**os.environ, "PYTHONPATH": path, "SCOREDOCK_HOME": str(tmp_path / "home"), "LC_ALL": "C.UTF-8"}


@pytest.mark.parametrize("name", NAMES)
def test_the_command_line_goes_on_without(name: str, run: Callable[..., Any]) -> None:
    noun = HELP[name]
    if noun:
        assert f"\n    {noun} " not in run("--help")
        assert noun not in run("__complete", "bash", "").split()
    own = [
        each.declaration.name.split() for each in COMMANDS if (each.verb or each.module).startswith(module_of(name, ""))
    ]
    assert own
    for words in own:
        assert "is not a command of scoredock" in run(*words, code=2)
    for line in CONTRIBUTIONS[name].az_lines:
        assert f"no part “{line}”" in run("az", "ml", *line.split(), code=1)
    run("check", "score.py")
    run("model", "register", "model.bin", "--name", "m", "--json")
    assert [each["name"] for each in run("model", "list", "--json")["models"]] == ["m"]
    assert run("workspace", "verify", "--json")["problems"] == []
    assert run("workspace", "run", "--json")["problems"] == []
    run("workspace", "backup", "w.tar", "--json")
    run("workspace", "restore", "w.tar", "--name", "again", "--json")
    run("service", "list", "--json")


@pytest.mark.parametrize("name", with_part("checks"))
def test_the_checks_go_on_without(
    name: str, project: Path, environment: dict[str, str], run: Callable[..., Any]
) -> None:
    """The examples of its rules are found with it; without it other rules speak, and nobody knows these."""
    rules = checks_by_contribution()[name].all_rules()
    for rule in rules:
        path = project / rule.code / rule.world.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(rule.page.bad, "utf-8")
    (project / "score.py").write_text("def init():\n    pass\n")
    codes = {rule.code for rule in rules}
    selected = ["SD1", *sorted(codes)]
    (project / "pyproject.toml").write_text(f"[tool.scoredock]\nselect = {json.dumps(selected)}\n")

    def codes_of_check() -> set[str]:
        findings = run("check", ".", "--min-severity", "hint", "--json", "--exit-zero")["findings"]
        return {each["code"] for each in findings}

    without = codes_of_check()
    assert "SD104" in without
    assert without.isdisjoint(codes)
    assert f"There is no rule {rules[0].code}" in run("explain", rules[0].code, code=1)
    del environment["PYTHONPATH"]
    assert len(codes_of_check() & codes) > len(codes) / 2


@pytest.mark.parametrize("name", NAMES)
def test_the_language_server_goes_on_without(
    name: str, project: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    command = [sys.executable, "-m", "scoredock.server", "--stdio"]
    with Client(tmp_path / "home", command=command, env=environment) as client:
        client.initialize(project)
        client.ask("scoredock/model/register", {"paths": [str(project / "model.bin")], "name": "m"})
        client.ask("scoredock/state/list", {"folders": [str(project)]})
        assert [each["id"] for each in client.ask("scoredock/model/list", {})["models"]] == ["m:1"]
        own = [each.method for each in verbs() if each.place.startswith(module_of(name, ""))]
        assert {client.error(method, {})["code"] for method in own} == {_METHOD_NOT_FOUND}


def test_a_rule_that_asks_what_is_not_there_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, project: Path
) -> None:
    from scoredock.errors import ScoredockError
    from scoredock.features import contribution

    monkeypatch.setattr(contribution, "contributions", lambda: ())
    with pytest.raises(ScoredockError) as caught:
        contribution.condition_of("drift")
    assert caught.value.code == "contribution-absent"


def test_each_place_of_a_contribution_is_of_one_in_the_table() -> None:
    assert all(map(is_there, PLACES.values()))
    assert {each.split(".")[2] for each in PLACES.values() if each.startswith("scoredock.contrib.")} <= set(NAMES)


def test_an_editor_hears_of_what_contributions_keep_and_a_shell_of_their_values(tmp_path: Path, project: Path) -> None:
    """The command line subscribes; the editor is told, and completion offers which events there are."""
    home = tmp_path / "home"

    def command(*words: str) -> str:
        environment = {**os.environ, "SCOREDOCK_HOME": str(home), "LC_ALL": "C.UTF-8"}
        line = [sys.executable, "-m", "scoredock.cli", *words]
        done = subprocess.run(line, cwd=project, env=environment, capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, done.stderr
        return done.stdout

    with Client(home) as client:
        client.initialize(project)
        client.ask("scoredock/state/list", {"folders": [str(project)]})
        command("event", "subscribe", "here", "--command", "true")
        push = client.notified("scoredock/registry/changed", lambda params: params["events"])
        assert not push["rules"]
        assert client.ask("scoredock/event/list", {})["subscriptions"][0]["name"] == "here"
    assert "model.registered" in command("__complete", "fish", "event", "subscribe", "--type", "").split()


def test_a_part_of_another_is_named_where_it_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    from scoredock.errors import ScoredockError
    from scoredock.features import contribution

    monkeypatch.setattr(contribution, "present", lambda: ("rules",))
    contribution.require_contribution("rules")
    with pytest.raises(ScoredockError, match="has no part “profiling”"):
        contribution.require_contribution("profiling")


@pytest.mark.parametrize("name", ["batch"])
def test_what_runs_a_script_with_inputs_is_named_where_it_is_absent(name: str, run: Callable[..., Any]) -> None:
    assert f"has no part “{name}”" in run("try", "score.py", "--input", "model.bin", code=1)


@pytest.mark.parametrize("name", ["exports"])
def test_what_makes_an_app_of_a_package_is_named_where_it_is_absent(
    name: str, project: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    """A package as a folder is the core's."""
    command = [sys.executable, "-m", "scoredock.server", "--stdio"]
    with Client(tmp_path / "home", command=command, env=environment) as client:
        client.initialize(project)
        params = {"service": "s", "outputPath": str(tmp_path / "app")}
        absent = client.error("scoredock/package/create", {**params, "form": "functions"})
        assert absent["data"]["code"] == "contribution-absent"
        assert client.error("scoredock/package/create", {**params, "form": "folder"})["data"]["code"] == (
            "service-not-found"
        )


@pytest.mark.parametrize("name", ["az"])
def test_lines_of_az_are_left_alone_where_nobody_knows_what_becomes_of_them(
    name: str, project: Path, run: Callable[..., Any]
) -> None:
    """A finding where the part is there; completion and links are the core's."""
    (project / "deploy.sh").write_text("az ml model deplooy -n s\n")
    whole = subprocess.run(
        [sys.executable, "-m", "scoredock.cli", "check", "deploy.sh"], cwd=project, capture_output=True, text=True
    )
    assert "SD850" in whole.stdout
    assert "SD850" not in run("check", "deploy.sh")


@pytest.mark.parametrize("name", ["model_images"])
def test_what_registers_an_image_is_named_where_it_is_absent(name: str, run: Callable[..., Any]) -> None:
    assert "no part “model register --from oci:folder”" in run("model", "register", "m", "--from", "oci:folder", code=1)


@pytest.mark.parametrize("name", ["request_tests"])
def test_tests_are_offered_nowhere_where_nobody_runs_them(
    name: str, project: Path, tmp_path: Path, environment: dict[str, str], run: Callable[..., Any]
) -> None:
    """By a task, by a pipeline and as the condition of a rule; the requests are still sent and recorded."""
    (project / "tests.http").write_text("# @expect status 200\nPOST {{service}}/score\n\n1\n")
    command = [sys.executable, "-m", "scoredock.server", "--stdio"]
    with Client(tmp_path / "home", command=command, env=environment) as client:
        client.initialize(project)
        tasks = client.ask("scoredock/task/list", {"folders": [str(project)]})["tasks"]
        assert [each["definition"]["task"] for each in tasks if each["definition"]["task"] != "deploy"] == ["check"]
        file = client.ask("scoredock/request/list", {"path": str(project / "tests.http")})
        assert [each["isTest"] for each in file["requests"]] == [True]
    pipeline = run("pipeline", "create", "github", "--dry-run", "--json")
    assert any(f"no part “{name}”" in each for each in pipeline["notes"])
    assert "scoredock test" not in pipeline["text"]
    words = ("rule", "create", "r", "--model", "m", "--service", "serving", "--tests", "tests.http")
    assert f"no part “{name}”" in run(*words, code=1)


def test_what_each_keeps_in_a_backup_lies_below_its_name() -> None:
    """By that a backup of another installation is understood."""
    for name, each in CONTRIBUTIONS.items():
        assert [part.files for part in each.backup() if not part.files.startswith(f"{name}/")] == []


@pytest.mark.parametrize("name", ["events"])
def test_a_backup_with_files_of_an_absent_part_gives_the_rest(
    name: str, run: Callable[..., Any], environment: dict[str, str]
) -> None:
    """And what was left out is said, at a restore and at a backup."""
    without = environment.pop("PYTHONPATH")
    run("model", "register", "model.bin", "--name", "m")
    run("event", "subscribe", "here", "--command", "true")
    run("workspace", "backup", "whole.tar")
    environment["PYTHONPATH"] = without
    restored = run("workspace", "restore", "whole.tar", "--name", "rest", "--json")
    [note] = restored["notes"]
    assert f"“{name}”" in note
    assert "restore the backup under another name" in note
    assert [each["id"] for each in run("model", "list", "-w", "rest", "--json")["models"]] == ["m:1"]
    assert f"no part “{name}”" in run("workspace", "backup", "rest.tar", code=1)
    del environment["PYTHONPATH"]
    assert run("event", "list", "-w", "rest", "--json")["subscriptions"] == []
    run("workspace", "restore", "whole.tar", "--name", "all")
    assert [each["name"] for each in run("event", "list", "-w", "all", "--json")["subscriptions"]] == ["here"]


@pytest.mark.parametrize("name", ["sdk"])
def test_a_project_migrates_without_its_scripts_where_nobody_reads_them(
    name: str, project: Path, run: Callable[..., Any]
) -> None:
    (project / "conda.yml").write_text("name: scoring\ndependencies:\n- python=3.8\n- pip:\n  - azureml-defaults\n")
    (project / "inference.json").write_text(
        '{"entryScript": "score.py", "runtime": "python", "condaFile": "conda.yml"}'
    )
    (project / "deploy.sh").write_text("az ml model deploy -n prices --ic inference.json -m m:1\n")
    source = "from azureml.core import Workspace\nws = Workspace.from_config()\nprint(ws.webservices)\n"
    (project / "client.py").write_text(source)
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": source}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (project / "look.ipynb").write_text(json.dumps(notebook))
    run("model", "register", "model.bin", "--name", "m")
    migration = run("migrate", ".", "--output-path", "v2", "--json")
    assert any(each["path"].endswith("deployment.yml") for each in migration["files"])
    unread = {Path(each["subject"]).name: each for each in migration["notes"] if f"no part “{name}”" in each["message"]}
    assert set(unread) == {"client.py", "look.ipynb"}
    assert {each["kind"] for each in unread.values()} == {"broken"}
    assert all("Install Scoredock again" in each["nextStep"] for each in unread.values())
    assert f"no part “{name}”" in run("migrate", "client.py", "--dry-run", code=1)
