"""Searches for hyperparameters: runs of this machine, one after the other, and the best of them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from cli.conftest import Terminal

from .test_scripts import CONNECT, run

HEAD = CONNECT + (
    "import json\nfrom azureml.core import Experiment, ScriptRunConfig\nfrom azureml.train.estimator import Estimator\n"
    "from azureml.train.hyperdrive import *\nfrom azureml.train.hyperdrive.policy import BanditPolicy\n"
    "from azureml.train.hyperdrive.runconfig import HyperDriveConfig\nfrom azureml.widgets import RunDetails\n"
)
TRAIN = (
    "import argparse, os\nfrom azureml.core import Run\nparser = argparse.ArgumentParser()\n"
    "parser.add_argument('--a', type=float)\nparser.add_argument('--b', type=int)\nwords = parser.parse_args()\n"
    "if words.b == 13:\n    raise ValueError('unlucky')\nrun = Run.get_context()\n"
    "os.makedirs('outputs', exist_ok=True)\nopen('outputs/model.txt', 'w').write(str(words.a))\n"
    "run.log('loss', words.a * words.b)\n"
)
SEARCH = (
    "config = HyperDriveConfig(run_config={}, hyperparameter_sampling={}, primary_metric_name='loss',\n"
    "    primary_metric_goal=PrimaryMetricGoal.{}, max_total_runs={}, max_concurrent_runs=4, policy={})\n"
    "search = Experiment(ws, 'e').submit(config)\n"
)
SCRIPT = "ScriptRunConfig('.', 'train.py', ['--a', 9])"


def answer_of(terminal: Terminal, text: str) -> Any:
    (terminal.folder / "train.py").write_text(TRAIN)
    process = run(terminal, HEAD + text)
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout.splitlines()[-1]), process


def test_the_best_run_is_found_with_its_arguments_and_files(terminal: Terminal) -> None:
    grid = "GridParameterSampling({'--b': choice(range(3, 5)), 'a': choice(2, 1)})"
    script = "ScriptRunConfig('.', 'train.py', ['--a', 9], compute_target='cluster')"
    search = SEARCH.format(script, grid, "MINIMIZE", 10, "BanditPolicy(slack_factor=0.1)")
    (best, rows, status, id, number), process = answer_of(
        terminal,
        f"{search}RunDetails(search).show()\nassert search.get_status() == 'Completed'\n"
        "assert search.get_details()['target'] == 'cluster'\n"
        "best = search.get_best_run_by_primary_metric()\nmodel = best.register_model('best-of-search', 'outputs/')\n"
        "print(json.dumps([best.get_details()['runDefinition']['arguments'],\n"
        "    search.get_children_sorted_by_primary_metric(), search.get_status(), search.id, model.version]))\n",
    )
    # By their names, whatever the order of the space, as in Azure: scripts read them by their places.
    assert (best, status, number) == (["--a", "9", "--a", "1", "--b", "3"], "Completed", 1)
    assert [row["best_primary_metric"] for row in rows] == [3, 4, 6, 8]
    assert json.loads(rows[0]["hyperparameters"]) == {"a": 1, "--b": 3}
    assert "one after the other on this machine. BanditPolicy ends none of them early." in process.stderr
    again, _ = answer_of(
        terminal,
        f"again = HyperDriveRun(Experiment(ws, 'e'), '{id}')\nbest = again.get_best_run_by_primary_metric()\n"
        "print(json.dumps([best.get_metrics(), 'outputs/model.txt' in best.get_file_names(),\n"
        "    len(again.get_hyperparameters())]))\n",
    )
    assert again == [{"loss": 3}, True, 4]


def test_parameters_of_an_estimator_give_way_to_hyperparameters_of_their_names(terminal: Terminal) -> None:
    script = "None, estimator=Estimator('.', entry_script='train.py', script_params={'--a': 9, '--b': 3})"
    search = SEARCH.format(script, "GridParameterSampling({'a': choice(2)})", "MINIMIZE", 1, None)
    arguments, _ = answer_of(
        terminal,
        f"{search}search.wait_for_completion()\nbest = search.get_best_run_by_primary_metric()\n"
        "print(json.dumps(best.get_details()['runDefinition']['arguments']))\n",
    )
    assert arguments == ["--b", "3", "--a", "2"]


@pytest.mark.parametrize("kind", ["RandomParameterSampling", "BayesianParameterSampling"])
def test_a_search_ends_after_so_many_runs(terminal: Terminal, kind: str) -> None:
    space = f"{kind}({{'--a': quniform(1, 5, 2), '--b': choice([7])}})"
    search = SEARCH.format("Estimator('.', entry_script='train.py')", space, "MAXIMIZE", 2, None)
    (rows, metrics), process = answer_of(
        terminal,
        f"{search}search.wait_for_completion()\n"
        "print(json.dumps([search.get_children_sorted_by_primary_metric(), search.get_metrics()]))\n",
    )
    assert len(rows) == len(metrics) == 2
    assert rows[0]["best_primary_metric"] >= rows[1]["best_primary_metric"]
    assert {row["best_primary_metric"] for row in rows} <= {7 * value for value in (0, 2, 4, 6)}
    assert ("drawn at random" in process.stderr) == kind.startswith("Bayesian")


def test_a_search_whose_runs_all_fail_ends_after_three_with_the_cause(terminal: Terminal) -> None:
    search = SEARCH.format(SCRIPT, "RandomParameterSampling({'b': choice(13)})", "MAXIMIZE", 50, None)
    (error, count, child, workspace), process = answer_of(
        terminal,
        f"{search}RunDetails(search).show()\ntry:\n    search.wait_for_completion()\nexcept Exception as error:\n"
        "    children = list(search.get_children())\n"
        "    print(json.dumps([str(error), len(children), children[0].id, ws._record['id']]))\n",
    )
    assert "ValueError: unlucky" in error
    assert count == 3
    cause = "The script ended with exit code 1: ValueError: unlucky\n"
    assert f"\n  error: {cause}" in process.stdout
    shown = terminal.ok("-w", workspace, "run", "show", child)
    assert re.search(rf"^error +{re.escape(cause)}", shown, re.MULTILINE), shown


def test_a_space_that_a_search_cannot_take_is_refused_where_it_is_made(terminal: Terminal) -> None:
    process = run(terminal, f"{HEAD}GridParameterSampling({{'--a': uniform(0, 1)}})\n")
    assert "GridParameterSampling takes no uniform for --a: choice." in process.stderr
