"""What the checks are told of a workspace: registered models, and those that a script was deployed with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scoredock.checks.check import check
from scoredock.context import Context
from scoredock.registry import Registry
from scoredock.scripts.facts import FactSource
from scoredock.settings import Values


@pytest.fixture
def context(tmp_path: Path) -> Context:
    (tmp_path / "model.pkl").write_bytes(b"1")
    made = Context(Values({}, {}), home=tmp_path / "home")
    for _ in range(2):
        made.registry("").register([tmp_path / "model.pkl"], "ridge")
    return made


def _deployed(registry: Registry, script: Path, *models: str) -> None:
    """A deployment of a script, as the ledger remembers it."""
    with registry.store.write() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO last_deployments(folder, entry_script, request, updated) VALUES('', ?, ?, 0)",
            (str(script), json.dumps({"models": models})),
        )


@pytest.mark.parametrize(
    ("asked", "meant"), [("ridge", 2), ("ridge:1", 1), ("ridge@champion", 1), ("ridge@nobody", None), ("gone", None)]
)
def test_the_models_of_a_script_are_those_it_was_deployed_with(
    context: Context, tmp_path: Path, asked: str, meant: int | None
) -> None:
    registry, script = context.registry(""), tmp_path / "score.py"
    registry.changes.alias("ridge:1", "champion")
    _deployed(registry, script, asked)
    found = FactSource(context).facts(script).deployed_models
    assert (found and [model.version for model in found]) == (None if meant is None else [meant])


def test_an_alias_that_moves_is_followed(context: Context, tmp_path: Path) -> None:
    registry, script, source = (context.registry(""), tmp_path / "score.py", FactSource(context))
    _deployed(registry, script, "ridge@champion")
    for version in (1, 2):
        registry.changes.alias(f"ridge:{version}", "champion")
        assert [model.version for model in source.facts(script).deployed_models or ()] == [version]


def test_models_are_read_again_only_when_models_changed(context: Context, tmp_path: Path) -> None:
    registry, script, source = (context.registry(""), tmp_path / "score.py", FactSource(context))
    before = source.facts(script).models
    _deployed(registry, script, "ridge")
    assert source.facts(script).models is before, "services write all the time"
    assert source.facts(script).deployed_models is not None
    registry.delete("ridge:2")
    after = source.facts(script).models or {}
    assert [model.version for model in after["ridge"]] == [1]


CONDA = (
    "name: mine\ndependencies:\n  - python=3.11\n  - pytorch=2.1\n  - mkl\n  - pip:\n      - azureml-defaults\n      -"
    " pandas>=2\n"
)


def _project(folder: Path, config: dict[str, object], name: str = "inferenceconfig.json") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(config))
    (folder / "conda.yml").write_text(CONDA)
    (folder / "score.py").write_text("def init():\n    pass\n\n\ndef run(data):\n    return data\n")
    return folder / "score.py"


def test_the_environment_is_that_of_the_configuration(context: Context, tmp_path: Path) -> None:
    script = _project(tmp_path / "p", {"entryScript": "score.py", "condaFile": "conda.yml"})
    facts = FactSource(context).facts(script)
    assert facts.environment is not None
    assert dict(facts.environment.packages) == {"azureml-defaults": "", "torch": "==2.1.*", "pandas": ">=2"}
    assert (facts.environment.python, facts.environment.complete) == ("3.11", True)
    assert facts.environment.path == str(tmp_path / "p" / "conda.yml")
    assert facts.environment.text == CONDA
    assert (facts.configuration, facts.script_only) == (str(tmp_path / "p" / "inferenceconfig.json"), True)


def test_a_source_directory_and_a_configuration_above(context: Context, tmp_path: Path) -> None:
    config = {"entryScript": "score.py", "sourceDirectory": "src", "condaFile": "conda.yml"}
    script = _project(tmp_path / "p" / "src", {})
    (tmp_path / "p" / "src" / "inferenceconfig.json").unlink()
    _project(tmp_path / "p", config)
    facts = FactSource(context).facts(script)
    assert (facts.source_directory, facts.script_only) == (str(tmp_path / "p" / "src"), False)
    assert facts.environment is not None
    assert facts.environment.path == str(tmp_path / "p" / "src" / "conda.yml")


def test_two_configurations_say_nothing_until_one_was_deployed(context: Context, tmp_path: Path) -> None:
    config = {"entryScript": "score.py", "condaFile": "conda.yml"}
    _project(tmp_path / "p", config, "inference-config-dev.json")
    script = _project(tmp_path / "p", config, "inference-config-prod.json")
    source = FactSource(context)
    assert source.facts(script).environment is None
    with context.registry("").store.write() as connection:
        request = json.dumps({"models": [], "inference_config": str(tmp_path / "p" / "inference-config-dev.json")})
        connection.execute("INSERT INTO last_deployments VALUES('', ?, ?, 0)", (str(script), request))
    assert source.facts(script).configuration == str(tmp_path / "p" / "inference-config-dev.json")


def test_the_environment_of_the_last_deployment(context: Context, tmp_path: Path) -> None:
    script = _project(tmp_path / "p", {})
    (tmp_path / "p" / "inferenceconfig.json").unlink()
    source = FactSource(context)
    with context.registry("").store.write() as connection:
        request = json.dumps({"models": ["ridge"], "environment_file": str(tmp_path / "p" / "conda.yml")})
        connection.execute("INSERT INTO last_deployments VALUES('', ?, ?, 0)", (str(script), request))
    facts = source.facts(script)
    assert facts.environment is not None
    assert facts.environment.packages["torch"] == "==2.1.*"
    assert facts.script_only


def test_a_configuration_in_another_folder_is_known_by_the_last_deployment(context: Context, tmp_path: Path) -> None:
    script = _project(tmp_path / "p" / "src", {})
    (tmp_path / "p" / "src" / "inferenceconfig.json").unlink()
    (tmp_path / "p" / "config").mkdir()
    configuration = tmp_path / "p" / "config" / "inferenceconfig.json"
    configuration.write_text(json.dumps({"entryScript": "src/score.py", "condaFile": "src/conda.yml"}))
    with context.registry("").store.write() as connection:
        request = json.dumps({"models": [], "inference_config": str(configuration)})
        connection.execute("INSERT INTO last_deployments VALUES('', ?, ?, 0)", (str(script), request))
    facts = FactSource(context).facts(script)
    assert facts.configuration == str(configuration)
    assert facts.environment is not None
    assert facts.environment.packages["torch"] == "==2.1.*"


def test_the_file_beside_the_script_is_assumed(context: Context, tmp_path: Path) -> None:
    script = _project(tmp_path / "p", {})
    (tmp_path / "p" / "inferenceconfig.json").unlink()
    source = FactSource(context)
    found = source.facts(script).environment
    assert found is not None
    assert found.assumed
    (tmp_path / "p" / "requirements.txt").write_text("azureml-defaults\n")
    source.invalidate()
    assert source.facts(script).environment is None, "two files say nothing"


def test_what_a_model_is(context: Context, tmp_path: Path) -> None:
    registry = context.registry("")
    registry.register([tmp_path / "model.pkl"], "net", framework="PyTorch", framework_version="2.1", tags={"a": "b"})
    (found,) = (FactSource(context).facts(tmp_path / "score.py").models or {})["net"]
    assert (found.framework, found.framework_version, found.tags) == ("PyTorch", "2.1", (("a", "b"),))


@pytest.mark.parametrize(("configured", "kind"), [(True, "entry-script"), (False, None)])
def test_a_script_that_a_configuration_names_is_one_whatever_its_functions_are_called(
    configured: bool, kind: str | None, context: Context, tmp_path: Path
) -> None:
    path = tmp_path / "p" / "answers.py"
    path.parent.mkdir(exist_ok=True)
    text = (
        "def initialize():\n    pass\n\n\ndef run(data):\n    return 1\n\n\nif __name__ == '__main__':\n    run([])\n"
    )
    path.write_text(text)
    if configured:
        (path.parent / "inferenceconfig.json").write_text('{"entryScript": "answers.py"}')
    source = FactSource(context)
    assert source.kind(path, text) == kind
    if kind is not None:
        assert [each.code for each in check(text, source.facts(path), "entry-script")] == ["SD103"]


@pytest.mark.parametrize(("models", "known"), [([], True), (["ridge"], True), (None, False)])
def test_without_models_the_environment_is_the_default(
    models: list[str] | None, known: bool, context: Context, tmp_path: Path
) -> None:
    script = _project(tmp_path / "p", {"entryScript": "score.py", "condaFile": None})
    if models is not None:
        _deployed(context.registry(""), script, *models)
    found = FactSource(context).facts(script).environment
    assert (found is not None) == known
    assert found is None or "torch" not in found.packages
