"""A script knows its environment by the v2 deployment that runs it."""

from __future__ import annotations

from pathlib import Path

from scoredock.checks.configs.v2.code import Scoring, scoring_of
from scoredock.features.scripts.environment import OverlayReader, surroundings

_DEPLOYMENT = (
    "name: blue\nendpoint_name: e\ncode_configuration:\n  code: ../src\n  scoring_script:"
    " nested/score.py\nenvironment:\n  image: x\n  conda_file: ../env/packages.yml\n"
)


def test_paths_are_relative_to_the_deployment() -> None:
    found = scoring_of(_DEPLOYMENT, "/project/cli/blue.yml")
    assert found == Scoring("/project/src/nested/score.py", "/project/env/packages.yml")
    assert scoring_of(_DEPLOYMENT.replace("../src", "azureml:code:1"), "/project/cli/blue.yml") is None
    assert scoring_of(_DEPLOYMENT.replace("../src", "{{CODE}}"), "/project/cli/blue.yml") is None
    registered = "code_configuration: {code: src, scoring_script: score.py}\nenvironment: azureml:e:1\n"
    assert scoring_of(registered, "/project/blue.yml") == Scoring("/project/src/score.py")
    for text in ("", "[", "a: b", "code_configuration: 5", "code_configuration:\n  code: 5\n", "\x00"):
        assert scoring_of(text, "/project/blue.yml") is None


def test_the_environment_of_a_script(tmp_path: Path) -> None:
    script = tmp_path / "src" / "nested" / "score.py"
    script.parent.mkdir(parents=True)
    script.write_text("def init(): ...\n")
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "packages.yml").write_text("dependencies:\n  - python=3.11\n  - pip:\n      - numpy==2.0.0\n")
    deployment = tmp_path / "blue.yml"
    deployment.write_text(_DEPLOYMENT.replace("../", ""))
    found = surroundings(script, OverlayReader(None, {}), None, (), lambda: ("", "")).environment
    assert found is not None
    assert found.packages == {"numpy": "==2.0.0"}
    assert found.assumed
    (tmp_path / "green.yml").write_text(_DEPLOYMENT.replace("../", "").replace("packages", "other"))
    assert surroundings(script, OverlayReader(None, {}), None, (), lambda: ("", "")).environment is None
