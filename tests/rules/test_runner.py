"""What `npm test` does with a test that fails: a second run for the unlucky, none for what may go wrong by chance."""

from __future__ import annotations

import json
import os
import subprocess
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

PROGRAM = """
import { pathToFileURL } from "node:url";
const [scripts, root] = process.argv.slice(1);
const load = (name) => import(pathToFileURL(`${scripts}/${name}.mjs`));
const { runPytest } = await load("pytest");
const { runAgainWithPytest, verdict, writeSecondRuns } = await load("secondRuns");
const options = { reports: `${root}/reports`, root };
const first = await runPytest("layer", ["layer"], options);
const outcome = await runAgainWithPytest(first.failures, options);
writeSecondRuns(options.reports, outcome);
console.log(`\\n@@@${JSON.stringify({ counts: first.counts, outcome, verdict: verdict(outcome) })}`);
"""

BEGINNING = """
import os, pytest
from pathlib import Path

def first_time(name):
    mark = Path(__file__).with_name(name)
    known = mark.exists()
    mark.touch()
    return not known
"""


@dataclass(frozen=True)
class Outcome:
    counts: dict[str, int]
    unsteady: list[str]
    failed: list[str]
    green: bool
    lines: list[str]
    second_runs: str


def node(program: str, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = ["node", "--input-type=module", "-e", program, *words]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, env={**os.environ, **env})


class Runner:
    """Runs the scripts of the project on a folder of tests that is made for one test."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._scripts = root / "scripts"
        self._folder = folder

    def __call__(self, tests: str) -> Outcome:
        (self._folder / "reports").mkdir()
        (self._folder / "layer").mkdir()
        (self._folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    chance: by chance\n")
        (self._folder / "layer" / "test_it.py").write_text(BEGINNING + textwrap.dedent(tests))
        # Without the plug-ins of the project's own tests, which take most of a start.
        plain = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "-p pytest_reportlog.plugin"}
        done = node(PROGRAM, str(self._scripts), str(self._folder), **plain)
        told = json.loads(done.stdout.rpartition("@@@")[2])
        page = self._folder / "reports" / "second-runs.md"
        return Outcome(
            counts=told["counts"],
            unsteady=[each["id"].rpartition("::")[2] for each in told["outcome"]["unsteady"]],
            failed=[each["id"].rpartition("::")[2] for each in told["outcome"]["failed"]],
            green=told["verdict"]["green"],
            lines=told["verdict"]["lines"],
            second_runs=page.read_text() if page.exists() else "",
        )


@pytest.fixture
def runner(root: Path, tmp_path: Path) -> Runner:
    return Runner(root, tmp_path)


def test_an_unlucky_test_is_named_and_costs_nothing(runner: Runner) -> None:
    done = runner("""
        def test_fine(): pass
        def test_unlucky(): assert not first_time("mark"), "the first time"
    """)
    assert done.counts == {"collected": 2, "passed": 1, "failed": 1, "skipped": 0}
    assert (done.unsteady, done.failed, done.green) == (["test_unlucky"], [], True)
    assert "passed only in its second run" in done.lines[0]
    assert "the first time" in done.second_runs


def test_a_test_that_fails_twice_is_red_and_both_outputs_are_kept(runner: Runner) -> None:
    done = runner("""
        def test_broken(): assert False, "first" if first_time("mark") else "second"
    """)
    assert (done.unsteady, done.failed, done.green) == ([], ["test_broken"], False)
    assert "AssertionError: first" in done.second_runs
    assert "AssertionError: second" in done.second_runs


def test_what_fails_by_chance_gets_no_second_run(runner: Runner) -> None:
    done = runner("""
        @pytest.mark.chance
        def test_race(): assert not first_time("mark")
    """)
    assert (done.unsteady, done.failed, done.green) == ([], ["test_race"], False)


def test_a_file_of_chance_gets_no_second_run_either(runner: Runner) -> None:
    done = runner("""
        pytestmark = [pytest.mark.chance, pytest.mark.filterwarnings("error")]
        @pytest.mark.parametrize("kill", [1, 2])
        def test_kill(kill): assert kill == 2 or not first_time("mark")
    """)
    assert (done.unsteady, done.failed, done.green) == ([], ["test_kill[1]"], False)


@pytest.mark.parametrize(("unsteady", "failed", "green"), [(3, 0, True), (4, 0, False), (0, 1, False)])
def test_three_may_be_unlucky_and_no_more(root: Path, unsteady: int, failed: int, green: bool) -> None:
    program = """
    import { pathToFileURL } from "node:url";
    const [file, unsteady, failed] = process.argv.slice(1);
    const { verdict } = await import(pathToFileURL(file));
    const tests = (count) => Array.from({ length: Number(count) }, (_, n) => ({ id: `test_${n}` }));
    console.log(JSON.stringify(verdict({ unsteady: tests(unsteady), failed: tests(failed) })));
    """
    told = json.loads(node(program, str(root / "scripts" / "secondRuns.mjs"), str(unsteady), str(failed)).stdout)
    assert told["green"] is green
    assert sum("passed only in its second run, alone: test_" in line for line in told["lines"]) == unsteady


def test_what_is_missing_is_skipped_and_passes(runner: Runner) -> None:
    done = runner("""
        def test_skipped(): pytest.skip("missing")
    """)
    assert done.counts == {"collected": 1, "passed": 0, "failed": 0, "skipped": 1}
    assert done.green


@pytest.mark.parametrize(
    "tests",
    [
        pytest.param("def test_fine(): pass\ndef test_killed(): os.kill(os.getpid(), 9)\n", id="killed"),
        pytest.param("import missing_module\n", id="not-importable"),
        pytest.param("def broken(:\n", id="not-parsable"),
        pytest.param(
            "@pytest.fixture(scope='session', autouse=True)\ndef _late():\n    yield\n    assert not"
            " first_time('mark')\ndef test_fine(): pass\n",
            id="end-of-the-session",
        ),
    ],
)
def test_a_layer_that_breaks_is_red(runner: Runner, tests: str) -> None:
    done = runner(tests)
    assert done.counts["failed"] >= 1
    assert not done.green or done.unsteady


RESUMED = """
import { pathToFileURL } from "node:url";
import fs from "node:fs";
const [scripts, root, tests] = process.argv.slice(1);
const load = (name) => import(pathToFileURL(`${scripts}/${name}.mjs`));
const { runPytest } = await load("pytest");
const { leftOf, leftRun, noteRun, withPassed } = await load("resume");
const reports = `${root}/reports`;
const options = { reports, root, env: { PYTHONPATH: tests } };
const sittings = [];
noteRun(reports, { seed: 7, minutes: 60 });
for (let sitting = 0; sitting < 3; sitting += 1) {
  const left = leftOf("layer", reports);
  const words = ["-p", "conftest", ...left.words];
  const read = left.result ?? withPassed(await runPytest("layer", ["layer"], { ...options, words }), left.passed ?? 0);
  sittings.push({ counts: read.counts, failed: read.failures.map(({ id }) => id), whole: Boolean(left.result) });
}
console.log(`\\n@@@${JSON.stringify({ sittings, run: leftRun(reports) })}`);
"""


def test_an_ended_run_is_gone_on_with(root: Path, tmp_path: Path) -> None:
    for folder in ("reports", "layer"):
        (tmp_path / folder).mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    long: long\n    timed: timed\n")
    (tmp_path / "layer" / "test_it.py").write_text(
        BEGINNING
        + textwrap.dedent("""
        @pytest.mark.parametrize("name", ["one [of two]", "a::b"])
        def test_fine(name): assert first_time(name.replace("::", " ")), "asked again"

        def test_red(): assert False

        def test_ended_from_outside():
            if first_time("ended"): os._exit(137)

        def test_last(): pass
        """)
    )
    plain = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "-p pytest_reportlog.plugin"}
    done = node(RESUMED, str(root / "scripts"), str(tmp_path), str(root / "tests"), **plain)
    told = json.loads(done.stdout.rpartition("@@@")[2])
    ended, resumed, looked_up = told["sittings"]
    assert ended["counts"]["passed"] == 3, "the one under way counts until more is known"
    assert "layer" in ended["failed"]
    assert resumed["counts"] == {"collected": 5, "passed": 4, "failed": 1, "skipped": 0}
    assert resumed["failed"] == ["layer/test_it.py::test_red"]
    assert looked_up == {**resumed, "whole": True}
    assert told["run"]["seed"] == 7
    assert 60 <= told["run"]["minutes"] < 62
