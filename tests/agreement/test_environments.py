"""Each environment of a rule that is an error: the deployment refuses the wrong one, and what installs packages fails
on it; the right one can be read and all its packages can be found.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from scoredock.analysis.rule import Rule
from scoredock.cli.command import FAILED
from scoredock.cli.main import main
from uv import find_uv_bin

from agreement.judges import ENVIRONMENTS, INSTALLED, READ
from agreement.worlds import SCRIPT, write

DEPLOYED = [rule for rule in ENVIRONMENTS if rule.world.path != ".azureml/config.json"]
REQUIREMENTS = {"requirements-base.txt": "joblib\n"}


@pytest.mark.parametrize("rule", DEPLOYED, ids=lambda rule: rule.code)
def test_a_deployment_refuses_the_wrong_one(rule: Rule, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(rule, "bad", tmp_path / "project")
    script = path.parent / "score.py"
    script.write_text(SCRIPT, encoding="utf-8")
    words = ["service", "deploy", "-n", "judged", "--entry-script", str(script), "--environment-file", str(path)]
    code = main([*words, "--json", "--skip-checks", "--home", str(tmp_path / "home")])
    told = capsys.readouterr()
    assert code == FAILED, told.out
    error = json.loads(told.err)["error"]
    assert error["code"] == "check-failed", error
    assert rule.code in json.dumps(error), error


def _installed(rule: Rule, kind: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What the installer says of the pip packages: it finds versions that go together, or it does not."""
    path = write(rule, kind, folder)
    for name, text in REQUIREMENTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    if path.suffix == ".txt":
        source, python = path, "3.11"
    else:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))["dependencies"]
        python = next(each for each in read if isinstance(each, str)).partition("=")[2]
        lines = next(each["pip"] for each in read if isinstance(each, dict))
        source = folder / "packages.txt"
        source.write_text("\n".join(each for each in lines if each not in LEFT_OUT), encoding="utf-8")
    command = [find_uv_bin(), "pip", "compile", "--no-config", "--no-header", "--python-version", python, str(source)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=110, check=False)


LEFT_OUT = ("azureml-defaults", "model-tools==1.0")
"""The first is large and brought by Scoredock in small, the second is an example of a package of one's own."""


GATE = ("SD408", "SD432")
"""One that the index has not, and one that is not a line of pip."""
AGAIN = pytest.mark.long("the same question to the installer about another package, which asks the index for minutes")


@pytest.mark.slow
@pytest.mark.parametrize("code", [pytest.param(code, marks=() if code in GATE else AGAIN) for code in INSTALLED])
def test_the_installer_agrees(code: str, tmp_path: Path) -> None:
    rule = next(rule for rule in ENVIRONMENTS if rule.code == code)
    bad = _installed(rule, "bad", tmp_path / "bad")
    assert bad.returncode != 0, bad.stdout
    assert re.search(INSTALLED[code], bad.stderr, re.DOTALL), bad.stderr
    good = _installed(rule, "good", tmp_path / "good")
    assert good.returncode == 0, good.stderr


@pytest.mark.parametrize("code", READ)
def test_the_reader_agrees(code: str) -> None:
    rule = next(rule for rule in ENVIRONMENTS if rule.code == code)
    read: Callable[[str], object] = json.loads if rule.world.path.endswith(".json") else yaml.safe_load
    assert READ[code](read, rule.page.bad)
    assert not READ[code](read, rule.page.good)
