"""Each configuration of a rule that is an error is given to the command line: the wrong one is refused with the rule,
the right one is deployed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from scoredock.analysis.rule import Rule
from scoredock.cli.command import FAILED, OK
from scoredock.cli.main import main

from agreement.judges import CONFIGURATIONS
from agreement.worlds import CONDA, SCRIPT, write
from certificates import pair

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, environments: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """`scoredock …` with a data folder of its own that has the environments `diabetes-env:1` and `:2`."""
    home = tmp_path / "home"

    def run(*words: str) -> tuple[int, str, str]:
        code = main([*words, "--home", str(home)])
        told = capsys.readouterr()
        return code, told.out, told.err

    (tmp_path / "registered.yml").write_text(CONDA, encoding="utf-8")
    for more in ("", "variables:\n  LEVEL: high\n"):
        (tmp_path / "registered.yml").write_text(CONDA + more, encoding="utf-8")
        assert run("environment", "register", "-f", str(tmp_path / "registered.yml"), "-n", "diabetes-env")[0] == OK
    (workspace,) = (home / "workspaces").iterdir()
    (workspace / "environments").symlink_to(environments)
    yield run
    run("service", "stop-all", "--all")


def deploy(rule: Rule, kind: str, folder: Path, run: Run) -> tuple[int, str, str]:
    path = write(rule, kind, folder)
    if rule.code[2] == "2":
        return run("service", "deploy", "-n", "judged", "--ic", str(path), "--json")
    (folder / "score.py").write_text(SCRIPT, encoding="utf-8")
    if (folder / "cert.pem").exists():
        pair(folder, "real")  # what stands for a certificate in the example is none
        (folder / "real.pem").replace(folder / "cert.pem")
        (folder / "real-key.pem").replace(folder / "key.pem")
    script = str(folder / "score.py")
    return run("service", "deploy", "-n", "judged", "--entry-script", script, "--dc", str(path), "--json")


GATE = ("SD201", "SD207", "SD301", "SD310")
"""Of both files, one that cannot be read and one that asks for what is not there."""
AGAIN = pytest.mark.long(
    "the same refusal and the same deployment for another rule; tests/checks has the examples of all"
)


@pytest.mark.slow
@pytest.mark.parametrize(
    "rule",
    [pytest.param(rule, id=rule.code, marks=() if rule.code in GATE else AGAIN) for rule in CONFIGURATIONS],
)
def test_the_wrong_one_is_refused_and_the_right_one_deployed(rule: Rule, tmp_path: Path, run: Run) -> None:
    code, out, err = deploy(rule, "bad", tmp_path / "bad", run)
    assert code == FAILED, out
    assert out == ""
    error = json.loads(err)["error"]
    assert error["code"] == "check-failed", error
    assert rule.code in json.dumps(error), error
    code, out, err = deploy(rule, "good", tmp_path / "good", run)
    assert code == OK, err
    assert json.loads(out)["state"] == "Healthy"
