"""Before a deployment a script is checked against the environment it will get, and the editor says the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scoredock.checks.check import check
from scoredock.context import Context
from scoredock.errors import ScoredockError
from scoredock.scripts.facts import FactSource
from scoredock.services.planning.plan_request import plan_request
from scoredock.services.request import DeployRequest
from scoredock.settings import Values

SCRIPT = (
    "import json\n\nimport pandas as pd\nfrom helper import clean\n\n\ndef init():\n    pass\n\n\ndef run(data):\n   "
    " return pd.DataFrame(clean(json.loads(data))).to_dict()\n"
)
CONDA = "name: e\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n      - numpy\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    (folder / "helper.py").write_text("def clean(rows):\n    return rows\n")
    (folder / "conda.yml").write_text(CONDA)
    (folder / "inferenceconfig.json").write_text(json.dumps({"entryScript": "score.py", "condaFile": "conda.yml"}))
    return folder


def _told(error: ScoredockError) -> list[str]:
    return [str(each) for each in error.details["findings"]]


def test_the_gate_and_the_editor_say_the_same(tmp_path: Path, project: Path) -> None:
    context = Context(Values({}, {}), home=tmp_path / "home")
    script, configuration = project / "score.py", str(project / "inferenceconfig.json")
    in_editor = [f for f in check(SCRIPT, FactSource(context).facts(script), "entry-script") if f.severity == "error"]
    with pytest.raises(ScoredockError) as refused:
        plan_request(DeployRequest("abc", inference_config=configuration), context.registry(""))
    assert refused.value.code == "check-failed"
    expected = [
        f"{script}:{f.range.start.line + 1}:{f.range.start.character + 1}: {f.code} {f.message}" for f in in_editor
    ]
    assert _told(refused.value) == expected
    assert [f.code for f in in_editor] == ["SD150", "SD160"]


def test_an_environment_that_is_named_for_the_deployment_decides(tmp_path: Path, project: Path) -> None:
    context = Context(Values({}, {}), home=tmp_path / "home")
    (project / "requirements.txt").write_text("pandas\n")
    request = DeployRequest(
        "abc",
        entry_script=str(project / "score.py"),
        source_directory=str(project),
        environment_file=str(project / "requirements.txt"),
    )
    assert plan_request(request, context.registry("")).spec.environment.requirements == ("pandas",)


def test_a_script_alone_gets_the_runtime_only(tmp_path: Path, project: Path) -> None:
    context = Context(Values({}, {}), home=tmp_path / "home")
    with pytest.raises(ScoredockError) as refused:
        plan_request(DeployRequest("abc", entry_script=str(project / "score.py")), context.registry(""))
    assert "SD150" in _told(refused.value)[0]
    assert "SD160" in _told(refused.value)[1]


def test_a_broken_conda_file_is_told_beside_the_findings_of_the_script(tmp_path: Path, project: Path) -> None:
    context = Context(Values({}, {}), home=tmp_path / "home")
    (project / "conda.yml").write_text(CONDA + "      - numpy=2\n")
    with pytest.raises(ScoredockError) as refused:
        plan_request(DeployRequest("abc", inference_config=str(project / "inferenceconfig.json")), context.registry(""))
    assert refused.value.code == "check-failed"
    assert any("conda.yml" in told for told in _told(refused.value))


def test_a_pickle_without_its_package_does_not_start(tmp_path: Path) -> None:
    context = Context(Values({}, {}), home=tmp_path / "home")
    (tmp_path / "model.pkl").write_bytes(b"1")
    registry = context.registry("")
    registry.register([tmp_path / "model.pkl"], "ridge", framework="ScikitLearn", framework_version="1.5.2")
    (tmp_path / "requirements.txt").write_text("joblib\n")
    (tmp_path / "score.py").write_text(
        "import os\n\nimport joblib\n\n\ndef init():\n    global model\n"
        '    model = joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"))\n\n\n'
        "def run(data):\n    return model.predict([[1.0]]).tolist()\n"
    )
    request = DeployRequest(
        "abc",
        models=("ridge:1",),
        entry_script=str(tmp_path / "score.py"),
        environment_file=str(tmp_path / "requirements.txt"),
    )
    with pytest.raises(ScoredockError) as refused:
        plan_request(request, registry)
    assert [told.split()[1] for told in _told(refused.value)] == ["SD164"]
