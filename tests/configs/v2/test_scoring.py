"""A script knows its environment by the v2 deployment that runs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from scoredock.analysis.facts import EnvironmentFacts
from scoredock.checks.configs.v2.scoring import ListedPackages, Scoring, scorings_of
from scoredock.scripts.environment import OverlayReader, surroundings

_DEPLOYMENT = (
    "name: blue\nendpoint_name: e\ncode_configuration:\n  code: ../src\n  scoring_script:"
    " nested/score.py\nenvironment:\n  image: x\n  conda_file: ../env/packages.yml\n"
)


def test_paths_are_relative_to_the_deployment() -> None:
    found = list(scorings_of(_DEPLOYMENT, "/project/cli/blue.yml"))
    packages = ListedPackages("/project/env/packages.yml")
    assert found == [Scoring("/project/src/nested/score.py", packages, code="/project/src")]
    assert not list(scorings_of(_DEPLOYMENT.replace("../src", "azureml:code:1"), "/project/cli/blue.yml"))
    assert not list(scorings_of(_DEPLOYMENT.replace("../src", "{{CODE}}"), "/project/cli/blue.yml"))
    registered = "code_configuration: {code: src, scoring_script: score.py}\nenvironment: azureml:e:1\n"
    named = Scoring("/project/src/score.py", ListedPackages(environment="e"), code="/project/src")
    assert list(scorings_of(registered, "/project/blue.yml")) == [named]
    for text in ("", "[", "a: b", "code_configuration: 5", "code_configuration:\n  code: 5\n", "\x00"):
        assert not list(scorings_of(text, "/project/blue.yml"))


def test_the_environment_of_a_script(tmp_path: Path) -> None:
    script = _script(tmp_path)
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "packages.yml").write_text("dependencies:\n  - python=3.11\n  - pip:\n      - numpy==2.0.0\n")
    deployment = tmp_path / "blue.yml"
    deployment.write_text(_DEPLOYMENT.replace("../", ""))
    found = _environment(script)
    assert found is not None
    assert found.packages == {"numpy": "==2.0.0"}
    assert found.assumed
    (tmp_path / "green.yml").write_text(_DEPLOYMENT.replace("../", "").replace("packages", "other"))
    assert _environment(script) is None


_PACKAGES = "dependencies:\n  - python=3.8\n  - pip:\n      - azureml-defaults\n      - scikit-learn==0.19.1\n"
_INDENTED = "".join(f"    {line}\n" for line in _PACKAGES.splitlines())
_NAMED = "code_configuration:\n  code: ../src\n  scoring_script: nested/score.py\nenvironment: azureml:e@latest\n"
_PREVIEW = (
    "code_configuration:\n  code:\n    local_path: {up}src/\n  scoring_script: nested/score.py\n"
    "environment:\n  name: e\n  version: 1\n  path: .\n  conda_file: file:{up}packages/conda.yml\n"
)
_ENDPOINT = "name: e\ntype: online\ndeployments:\n"


@pytest.mark.parametrize(
    "files",
    [
        {"deploy/blue.yml": _DEPLOYMENT.replace("../env/packages.yml", f"\n{_INDENTED}")},
        {"deploy/blue.yml": _DEPLOYMENT.replace("../env/packages.yml", f"|\n{_INDENTED}")},
        {"deploy/blue.yml": _NAMED, "deploy/e.yml": f"name: e\nimage: i\nconda_file: |\n{_INDENTED}"},
        {"deploy/blue.yml": _NAMED, "deploy/e.yml": f"name: e\nimage: i\nconda_file:\n{_INDENTED}"},
        {
            "deploy/blue.yml": _NAMED,
            "deploy/e.yml": "name: e\nimage: i\nconda_file: ../conda/one.yml\n",
            "conda/one.yml": _PACKAGES,
        },
        {
            "deploy/blue.yml": _NAMED.replace("azureml:e@latest", "file:env/e.yml"),
            "deploy/env/e.yml": "image: i\nconda_file: ../../conda/one.yml\n",
            "conda/one.yml": _PACKAGES,
        },
        {"src/nested/environment.yml": f"name: e\nimage: i\nconda_file: |\n{_INDENTED}"},
        {"deploy/blue.yml": _PREVIEW.format(up="../"), "packages/conda.yml": _PACKAGES},
        {"managed/simple/blue.yml": _PREVIEW.format(up="../../"), "packages/conda.yml": _PACKAGES},
        {
            "managed/blue.yml": _ENDPOINT
            + "".join(
                f"  {'- ' if i == 0 else '  '}{line}\n" for i, line in enumerate(_PREVIEW.format(up="../").splitlines())
            ),
            "packages/conda.yml": _PACKAGES,
        },
        {
            "managed/blue.yml": _ENDPOINT
            + "  blue:\n"
            + "".join(f"    {line}\n" for line in _PREVIEW.format(up="../").splitlines()),
            "packages/conda.yml": _PACKAGES,
        },
    ],
)
def test_packages_that_stand_elsewhere(tmp_path: Path, files: dict[str, str]) -> None:
    script = _script(tmp_path)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = _environment(script)
    assert found is not None
    assert (found.python, found.packages["scikit-learn"], found.assumed) == ("3.8", "==0.19.1", True)


def _script(project: Path) -> Path:
    script = project / "src" / "nested" / "score.py"
    script.parent.mkdir(parents=True)
    script.write_text("def init(): ...\n")
    return script


def _environment(script: Path) -> EnvironmentFacts | None:
    return surroundings(script, OverlayReader(None, {}), None, (), lambda: ("", "")).environment
