"""Files for who works on Scoredock: each fact in them agrees with the one place that says it, and what they name
exists."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner

ROOT = Path(__file__).resolve().parents[2]
FORMS = sorted(path for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")


def read(name: str, root: Path = ROOT) -> Any:
    """JSON with lines that are comments, as VS Code has it."""
    text = (root / name).read_text(encoding="utf-8")
    return json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))


def scripts() -> dict[str, str]:
    found = read("package.json")["scripts"]
    assert isinstance(found, dict)
    return found


def validate(schema: str, *files: Path) -> tuple[int, str]:
    done = CliRunner().invoke(check_jsonschema, ["--builtin-schema", f"vendor.{schema}", *map(str, files)])
    return done.exit_code, done.output


# ------------------------------------------------------------------------------------------------ one Node


def nodes(texts: dict[str, str]) -> Iterator[tuple[str, str]]:
    """(where, major version) of every place that says which Node it means."""
    yield ".nvmrc", texts[".nvmrc"].strip()
    yield "package.json", json.loads(texts["package.json"])["engines"]["node"].removeprefix(">=")
    features = json.loads(re.sub(r"^\s*//.*$", "", texts[".devcontainer/devcontainer.json"], flags=re.MULTILINE))
    yield ".devcontainer", features["features"]["ghcr.io/devcontainers/features/node:1"]["version"]
    for name, text in texts.items():
        if name.startswith(".github/workflows/"):
            for image in re.findall(r"image: node:(\w+)-", text):
                yield name, image
            for version in re.findall(r"node-version: *[\"']?([\w.]+)", text):
                yield name, f"{version}, not that of .nvmrc"


def node_texts() -> dict[str, str]:
    named = [".nvmrc", "package.json", ".devcontainer/devcontainer.json"]
    named += [f".github/workflows/{path.name}" for path in (ROOT / ".github" / "workflows").glob("*.yml")]
    return {name: (ROOT / name).read_text(encoding="utf-8") for name in named}


def test_all_mean_the_same_node() -> None:
    found = list(nodes(node_texts()))
    assert len(found) >= 5
    assert {version for _, version in found} == {"20"}, found
    texts = node_texts().values()
    assert sum(text.count("actions/setup-node@") for text in texts) == sum(
        text.count("node-version-file: .nvmrc") for text in texts
    )


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        (".nvmrc", "20", "22"),
        ("package.json", ">=20", ">=22"),
        (".devcontainer/devcontainer.json", '"version": "20"', '"version": "lts"'),
        (".github/workflows/gate.yml", "node:20-bookworm", "node:24-bookworm"),
        (".github/workflows/release.yml", "node-version-file: .nvmrc", 'node-version: "22"'),
    ],
)
def test_another_node_is_noticed(name: str, right: str, wrong: str) -> None:
    texts = node_texts()
    assert right in texts[name]
    planted = {**texts, name: texts[name].replace(right, wrong, 1)}
    assert len({version for _, version in nodes(planted)}) == 2


# ------------------------------------------------------------------------------------------------ the editor


def launch_faults(launch: Any, tasks: Any, launch_code: str) -> Iterator[str]:
    labels = {task["label"] for task in tasks["tasks"]}
    configurations = {each["name"]: each for each in launch["configurations"]}
    for name, each in configurations.items():
        if each.get("preLaunchTask", "bundle: watch") not in labels:
            yield f"{name}: no task {each['preLaunchTask']}"
        for variables in (each.get("env", {}), each.get("windows", {}).get("env", {})):
            for variable in variables:
                if variable.startswith("SCOREDOCK_") and f'"{variable}"' not in launch_code:
                    yield f"{name}: the extension does not read {variable}"
    for compound in launch["compounds"]:
        if missing := set(compound["configurations"]) - set(configurations):
            yield f"{compound['name']}: no configuration {missing}"
        parts = [configurations[each] for each in compound["configurations"] if each in configurations]
        ports = {str(part["listen"]["port"]) for part in parts if "listen" in part}
        ports |= {part["env"]["SCOREDOCK_SERVER_DEBUGGER"] for part in parts if "env" in part}
        if len(ports) != 1:
            yield f"{compound['name']}: the server would connect to another port than the one waited on: {ports}"
    for task in tasks["tasks"]:
        if task["script"] not in scripts():
            yield f"{task['label']}: no script {task['script']}"


def launch_code() -> str:
    return "".join((ROOT / "extension" / "session" / name).read_text() for name in ("launch.ts", "serverArguments.ts"))


def test_f5_names_what_exists() -> None:
    launch, tasks = read(".vscode/launch.json"), read(".vscode/tasks.json")
    assert launch["configurations"]
    assert launch["compounds"][0]["name"] == "Extension and server"
    assert list(launch_faults(launch, tasks, launch_code())) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('"port": 5679', '"port": 5681'),
        ('"preLaunchTask": "bundle: watch"', '"preLaunchTask": "watch"'),
        ('"Server: wait for it",\n      "type"', '"Server",\n      "type"'),
        ("SCOREDOCK_SERVER_PYTHON", "SCOREDOCK_SERVER_INTERPRETER"),
    ],
)
def test_a_fault_of_launch_json_is_noticed(right: str, wrong: str, tmp_path: Path) -> None:
    text = (ROOT / ".vscode" / "launch.json").read_text(encoding="utf-8")
    assert right in text
    (tmp_path / "launch.json").write_text(text.replace(right, wrong))
    assert list(launch_faults(read("launch.json", tmp_path), read(".vscode/tasks.json"), launch_code()))


def test_the_watching_task_waits_for_words_that_the_bundler_says() -> None:
    (watch,) = [task for task in read(".vscode/tasks.json")["tasks"] if task.get("isBackground")]
    background = watch["problemMatcher"]["background"]
    bundler = (ROOT / "esbuild.mjs").read_text(encoding="utf-8")
    for pattern in (background["beginsPattern"], background["endsPattern"]):
        assert f'console.log("{pattern.removeprefix("^").removesuffix("$")}")' in bundler


def test_the_container_for_development_has_what_the_gate_of_other_systems_has() -> None:
    container = read(".devcontainer/devcontainer.json")
    assert container["postCreateCommand"].removeprefix("npm run ") in scripts()
    assert all(re.fullmatch(r"ghcr\.io/devcontainers/features/[\w-]+:\d+", each) for each in container["features"])
    gate = (ROOT / ".github" / "workflows" / "gate.yml").read_text(encoding="utf-8")
    python = container["features"]["ghcr.io/devcontainers/features/python:1"]["version"]
    assert re.findall(r'python-version: "([\d.]+)"', gate) == [python]
    recommended = read(".vscode/extensions.json")["recommendations"]
    assert container["customizations"]["vscode"]["extensions"] == recommended


# ------------------------------------------------------------------------------------------------ git and GitHub


def test_hooks_are_parts_of_the_check() -> None:
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert repository["repo"] == "local"
    checks = (ROOT / "scripts" / "check.mjs").read_text(encoding="utf-8")
    entries = [hook["entry"] for hook in repository["hooks"]]
    assert len(entries) == 5
    for hook in repository["hooks"]:
        name = re.fullmatch(r'npm run --silent check -- "?([\w ]+?)"?', hook["entry"])
        assert name, hook["entry"]
        assert f'"{name[1]}"' in checks
        assert not hook["pass_filenames"]
        assert hook["language"] == "system"
        re.compile(hook["files"])


def test_forms_have_the_form_that_github_asks_for() -> None:
    assert len(FORMS) == 3
    code, said = validate("github-issue-forms", *FORMS)
    assert code == 0, said
    code, said = validate("github-issue-config", ROOT / ".github" / "ISSUE_TEMPLATE" / "config.yml")
    assert code == 0, said


@pytest.mark.parametrize(
    ("schema", "name", "right", "wrong"),
    [
        ("github-issue-forms", "bug.yml", "type: textarea", "type: text"),
        ("github-issue-forms", "finding.yml", "description: A check", "about: A check"),
        ("github-issue-config", "config.yml", "false", "sometimes"),
    ],
)
def test_a_wrong_form_is_noticed(schema: str, name: str, right: str, wrong: str, tmp_path: Path) -> None:
    text = (ROOT / ".github" / "ISSUE_TEMPLATE" / name).read_text(encoding="utf-8")
    assert right in text
    (tmp_path / name).write_text(text.replace(right, wrong), encoding="utf-8")
    assert validate(schema, tmp_path / name)[0] == 1


def test_what_is_no_text_is_declared_as_binary() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    listed = subprocess.run(["git", "ls-files", "--eol"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    found = [line.split(maxsplit=3) for line in listed.splitlines()]
    assert any(index == "i/-text" for index, *_ in found)
    wrong = [line for line in found if line[0] == "i/crlf" or (line[0] == "i/-text" and line[2] != "attr/-text")]
    assert wrong == []


def test_none_of_it_is_listed_for_the_vsix() -> None:
    listed = [entry.rstrip("/") for entry in read("package.json")["files"]]
    assert not [entry for entry in listed if entry.startswith(".") or entry in ("SECURITY.md", "tests", "pyserver")]
