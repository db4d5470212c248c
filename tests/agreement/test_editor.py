"""What stops a deployment stands in the editor before anybody deploys: the same code, in the same file, at the same
line.

For the wrong example of every rule that is an error: its files are opened as a person has them, then the wizard's
request is sent. The wizard gives an inference configuration, or the script, its environment and the models. A source
directory is not a question of the wizard: a configuration names it, the last deployment of the script had it, or the
server proposes it.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from scoredock.analysis.rule import Rule

from agreement.judges import CONFIGURATIONS, ENVIRONMENTS, SCRIPTS
from agreement.worlds import SCRIPT, conda, models_of, pickle_of, write
from certificates import pair
from lsp.client import Client

_PLACE = re.compile(r"(?P<path>.+?):(?P<line>\d+):\d+: (?P<code>SD\d+) ")
_LANGUAGES = {".py": "python", ".json": "json", ".yml": "yaml", ".yaml": "yaml", ".txt": "plaintext"}
_NOT_FOR_A_WIZARD = {"SD114": "the wizard proposes no file of that name"}
_WITH_ITS_FOLDER = {"SD160": "the wizard proposes the folder of the script, where the module lies"}
"""What works when the wizard has only the script."""
_BY_THE_FOLDER = ("SD160", "SD508", "SD162")
"""Rules about the source directory: asked with that of the last deployment as well."""


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with Client(tmp_path_factory.mktemp("home")) as client:
        client.initialize(tmp_path_factory.mktemp("empty"))
        yield client


def workspace_for(rule: Rule, project: Path, editor: Client) -> str:
    """A workspace for the project with the models of the rule's world."""
    made = editor.ask("scoredock/workspace/create", {"name": uuid.uuid4().hex, "folder": str(project)})
    for model in models_of(rule):
        place = project.parent / "sources" / model.name
        for name in model.files:
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(pickle_of(rule, model.name, name) or b"1")
        tops = sorted({name.split("/")[0] for name in model.files})
        params = {
            "paths": [str(place / top) for top in tops],
            "name": model.name,
            "workspaceId": made["id"],
            "framework": model.framework,
            "frameworkVersion": model.framework_version,
        }
        editor.ask("scoredock/model/register", params)
    return str(made["id"])


def shown(project: Path, editor: Client) -> set[tuple[str, int, str]]:
    """Path, line from one and code of all that the editor shows of the files of a project."""
    found: set[tuple[str, int, str]] = set()
    for path in sorted(project.rglob("*")):
        if path.suffix in _LANGUAGES and path.is_file():
            uri = editor.open(path, path.read_text(encoding="utf-8"), _LANGUAGES[path.suffix])
            told = editor.diagnostics(uri, 1)
            found |= {(str(path), each["range"]["start"]["line"] + 1, each["code"]) for each in told}
            editor.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    return found


def proposed_folder(script: Path, workspace: str, editor: Client) -> str:
    """The source directory that the wizard takes when it knows the script and no configuration."""
    proposal = editor.ask("scoredock/service/propose", {"path": str(script), "workspaceId": workspace})
    return str(proposal["sourceDirectory"])


def refused(params: dict[str, object], editor: Client) -> set[tuple[str, int, str]]:
    """The same of what stopped the deployment."""
    error = editor.error("scoredock/service/deploy", params)
    details = error["data"]["details"] if error["data"]["code"] == "check-failed" else {}
    places = [_PLACE.match(line) for line in details.get("findings", [])]
    assert places, error
    return {(each["path"], int(each["line"]), each["code"]) for each in places if each is not None}


@pytest.mark.parametrize(
    ("way", "rule"),
    [
        pytest.param(way, rule, id=f"{way}-{rule.code}")
        for way, exceptions in (("configuration", {}), ("script", _WITH_ITS_FOLDER))
        for rule in SCRIPTS
        if rule.code not in {**_NOT_FOR_A_WIZARD, **exceptions}
    ],
)
def test_what_is_wrong_with_a_script(way: str, rule: Rule, tmp_path: Path, editor: Client) -> None:
    project = tmp_path / "project"
    script = write(rule, "bad", project)
    (project / "conda.yml").write_text(conda(rule), encoding="utf-8")
    source = rule.world.source_directory or ("." if rule.world.texts else "")
    params: dict[str, object] = {"name": "judged", "workspaceId": workspace_for(rule, project, editor)}
    params["models"] = [f"{model.name}:{model.version}" for model in models_of(rule)]
    if way == "configuration":
        base = project / source if source else project
        inner = {"sourceDirectory": source} if source else {}
        configuration = project / "inferenceconfig.json"
        wish = {"entryScript": str(script.relative_to(base)), "condaFile": "conda.yml", **inner}
        if source not in ("", "."):
            (base / "conda.yml").write_text(conda(rule), encoding="utf-8")
        configuration.write_text(json.dumps(wish), encoding="utf-8")
        params["inferenceConfig"] = str(configuration)
    else:
        params |= {"entryScript": str(script), "environmentFile": str(project / "conda.yml")}
        params["sourceDirectory"] = proposed_folder(script, str(params["workspaceId"]), editor)
    before = shown(project, editor)
    assert refused(params, editor) <= before


@pytest.mark.parametrize(
    "rule", [pytest.param(rule, id=rule.code) for rule in SCRIPTS if rule.code in _WITH_ITS_FOLDER]
)
def test_what_works_when_the_wizard_has_only_the_script(rule: Rule, tmp_path: Path, editor: Client) -> None:
    script = write(rule, "bad", tmp_path / "project")
    workspace = workspace_for(rule, tmp_path / "project", editor)
    assert proposed_folder(script, workspace, editor) == str(script.parent)
    assert rule.code not in {code for _, _, code in shown(tmp_path / "project", editor)}


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.code) for rule in SCRIPTS if rule.code in _BY_THE_FOLDER])
def test_what_is_wrong_with_a_script_that_was_deployed_with_a_folder(
    rule: Rule, tmp_path: Path, editor: Client
) -> None:
    """The command line has no such proposal, and the wizard asks for nothing that it remembers."""
    project = tmp_path / "project"
    script = write(rule, "good", project)
    workspace, folder = workspace_for(rule, project, editor), str(project / rule.world.source_directory)
    params = {"name": "judged", "workspaceId": workspace, "entryScript": str(script)}
    editor.ask("scoredock/service/deploy", {**params, "sourceDirectory": folder})
    try:
        write(rule, "bad", project)
        params["sourceDirectory"] = proposed_folder(script, workspace, editor)
        assert params["sourceDirectory"] == folder
        before = shown(project, editor)
        assert rule.code in {code for _, _, code in before}
        assert refused({**params, "overwrite": True}, editor) <= before
    finally:
        editor.ask("scoredock/service/delete", {"name": "judged", "workspaceId": workspace})


OF_DEPLOYMENTS = [rule for rule in (*CONFIGURATIONS, *ENVIRONMENTS) if not rule.world.path.endswith("config.json")]
"""The configuration of a workspace is none of a deployment."""


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.code) for rule in OF_DEPLOYMENTS])
def test_what_is_wrong_with_a_configuration(rule: Rule, tmp_path: Path, editor: Client) -> None:
    project = tmp_path / "project"
    path = write(rule, "bad", project)
    if not (project / "score.py").exists():
        (project / "score.py").write_text(SCRIPT, encoding="utf-8")
    if (project / "cert.pem").exists():
        pair(project, "real")
        (project / "real.pem").replace(project / "cert.pem")
        (project / "real-key.pem").replace(project / "key.pem")
    params: dict[str, object] = {"name": "judged", "workspaceId": workspace_for(rule, project, editor)}
    if rule.code[2] == "2":
        params["inferenceConfig"] = str(path)
    else:
        key = "deploymentConfig" if rule.code[2] == "3" else "environmentFile"
        params |= {"entryScript": str(project / "score.py"), key: str(path)}
    before = shown(project, editor)
    assert refused(params, editor) <= before
