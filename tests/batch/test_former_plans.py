"""A second job of the same script is planned without checking it again, and with what the checks would say as soon as
anything has changed that they look at."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from batch.conftest import Terminal
from batch.test_bad_inputs import NAMES, files, words

SCRIPT = NAMES + '\n\ndef unused():\n    return open("/absent/x.txt").read()\n'
Change = Callable[[Terminal], object]


@pytest.fixture
def own(terminal: Terminal, environments: Path) -> Terminal:
    """With plans of its own."""
    shared = terminal.home / "workspaces" / "local" / "environments"
    shared.unlink()
    shutil.copytree(environments, shared, symlinks=True, ignore=shutil.ignore_patterns("plans"))
    files(terminal, 2, SCRIPT)
    return terminal


def plans(terminal: Terminal) -> list[Path]:
    return sorted((terminal.home / "workspaces" / "local" / "environments").glob("plans/*.json"))


def imported(terminal: Terminal, name: str, *more: str) -> str:
    """The modules that a whole command imports, as Python names them while it does."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "scoredock.cli", *words(name, *more, output=name)],
        cwd=terminal.folder,
        env=terminal.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr


def test_the_checks_are_not_loaded_for_what_has_not_changed(own: Terminal) -> None:
    own.write(batch_score__py=NAMES)
    assert "scoredock.checks" in imported(own, "first-job")
    assert len(plans(own)) == 1
    found = imported(own, "second-job")
    assert [each for each in ("scoredock.checks", "packaging", "yaml", "psutil") if each in found] == []
    assert "Provided by the scoring runtime: azureml-defaults." in found
    one, other = (own.folder / each / "parallel_run_step.txt" for each in ("first-job", "second-job"))
    assert one.read_bytes() == other.read_bytes() == b"f0.txt\nf1.txt\n"
    records = [json.loads((own.jobs / each / "job.json").read_text()) for each in ("first-job", "second-job")]
    for record in records:
        for name in ("name", "created", "output"):
            del record[name]
    assert records[0] == records[1]


def test_a_plan_that_is_a_month_old_goes_when_another_is_kept(own: Terminal) -> None:
    own.json(*words("first-job", output="one"))
    (old,) = plans(own)
    month_ago = old.stat().st_mtime - 31 * 86400
    os.utime(old, (month_ago, month_ago))
    left = old.with_suffix(".99999.tmp")
    left.touch()
    os.utime(left, (month_ago, month_ago))
    own.write(other__py=NAMES)
    own.json(*(each.replace("batch_score.py", "other.py") for each in words("second-job", output="two")))
    assert len(plans(own)) == 1
    assert not old.exists()
    assert not left.exists()


BROKEN: dict[str, Change] = {
    "the script": lambda own: own.write(batch_score__py=SCRIPT + "x = = 1\n"),
    "the packages": lambda own: own.write(plain__txt="azureml-defaults\nfive six\n"),
    "the settings of the project": lambda own: own.write(
        pyproject__toml='[tool.scoredock.severity]\nSD131 = "error"\n'
    ),
    "settings of a folder above": lambda own: (own.folder.parent / "pyproject.toml").write_text(
        '[tool.scoredock.severity]\nSD131 = "error"\n'
    ),
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN)
def test_a_change_is_checked(own: Terminal, change: Change) -> None:
    own.json(*words("first-job", output="one"))
    change(own)
    assert own.refused(*words("second-job", output="two"))["code"] == "check-failed"


def test_a_file_that_the_packages_include_may_change(own: Terminal) -> None:
    own.write(plain__txt="azureml-defaults\n-r more.txt\n", more__txt="# none\n")
    own.json(*words("first-job", output="one"))
    own.write(more__txt="five six\n")
    assert own.refused(*words("second-job", output="two"))["code"] == "check-failed"


def test_another_language_has_texts_of_its_own(own: Terminal) -> None:
    own.json(*words("first-job", output="one"))
    chinese = {**own.environment(), "LC_ALL": "zh_CN.UTF-8"}
    command = [sys.executable, "-m", "scoredock.cli", *words("second-job", output="two")]
    done = subprocess.run(command, cwd=own.folder, env=chinese, capture_output=True, text=True, check=True)
    assert "Provided by" not in done.stderr
    assert len(plans(own)) == 2


@pytest.mark.parametrize("text", ["", "{}", "[1, 2", '{"made by": "", "modules": [], "answers": []}'])
def test_a_damaged_plan_is_made_again(own: Terminal, text: str) -> None:
    own.json(*words("first-job", output="one"))
    (plan,) = plans(own)
    whole = plan.read_text()
    plan.write_text(text)
    own.json(*words("second-job", output="two"))
    assert json.loads(plan.read_text())["plan"] == json.loads(whole)["plan"]


def test_other_modules_make_it_again(own: Terminal, tmp_path: Path) -> None:
    own.json(*words("first-job", output="one"))
    (plan,) = plans(own)
    module = tmp_path / "module.py"
    module.write_text("")
    document = json.loads(plan.read_text())
    plan.write_text(json.dumps({**document, "modules": [*document["modules"], str(module)]}))
    os.utime(module, (1, 1))
    assert "scoredock.checks.entry_script" in imported(own, "second-job")


def test_what_a_registered_model_changes_is_not_kept(own: Terminal) -> None:
    asks = "from azureml.core import Model\n" + SCRIPT.replace("    pass", '    Model.get_model_path("churn")')
    own.write(batch_score__py=asks)
    own.run(*words("first-job", output="one"))
    assert plans(own) == []


def test_no_login_is_written_down(own: Terminal) -> None:
    own.write(plain__txt="azureml-defaults\n--extra-index-url https://somebody:hunter2@127.0.0.1:9/simple\n")
    own.run(*words("first-job", output="one"))
    assert plans(own) == []
