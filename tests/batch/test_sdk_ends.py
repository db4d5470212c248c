"""How the cases of docs/internals/batch-contract.md end as a step of a pipeline of the SDK v1."""

from __future__ import annotations

import json

import pytest

import interpreters
from batch.cases import CASES, Case
from batch.conftest import Terminal
from batch.test_cases import WORDS
from parts import missing

SUBMIT = """\
import json

from azureml.core import Dataset, Environment, Experiment, Workspace
from azureml.core.conda_dependencies import CondaDependencies
from azureml.pipeline.core import Pipeline, PipelineData
from azureml.pipeline.steps import ParallelRunConfig, ParallelRunStep

ws = Workspace.setup()
store = ws.get_default_datastore()
store.upload("in", target_path="in")
files = Dataset.File.from_files((store, "in")).as_named_input("files")
environment = Environment("plain")
environment.python.conda_dependencies = CondaDependencies.create(pip_packages=["azureml-defaults"])


def step(name, script, **options):
    options = {"error_threshold": 1000, "output_action": "append_row", **options}
    config = ParallelRunConfig(
        environment=environment, entry_script=script, compute_target=None, node_count=1, **options
    )
    output = PipelineData(name=name, datastore=store)
    register = output.as_dataset().register(name=name, create_new_version=True)
    return ParallelRunStep(name, config, [files], register)


run = Experiment(ws, "ends").submit(Pipeline(ws, [step("the-step", "batch_score.py", **json.loads('OPTIONS'))]))
try:
    run.wait_for_completion(show_output=True)
finally:
    (child,) = run.get_children()
    details = [run.get_status(), child.get_status(), child.get_properties().get("batchErrors", "")]
    print("ENDED", json.dumps([*details, "the-step" in ws.datasets]))
"""
NAMES = ("list-result", "error-threshold-ignores", "nothing-scored", "nothing-scored-as-a-count-ignores")
MORE = ("nothing-returned", "summary-only-nothing-returned", "nothing-scored-as-a-threshold-ignores")


def keywords(case: Case) -> dict[str, object]:
    """Of ParallelRunConfig: all options of these cases have a value."""
    pairs = zip(case.options[::2], case.options[1::2], strict=True)
    options = {name.removeprefix("--").replace("-", "_"): value for name, value in pairs}
    return {name: value if name == "output_action" else int(value) for name, value in options.items()}


def ends_as_its_job(case: Case, terminal: Terminal) -> None:
    for name, content in case.files.items():
        path = terminal.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(str(content))
    terminal.write(batch_score__py=case.script, submit__py=SUBMIT.replace("OPTIONS", json.dumps(keywords(case))))
    ended = terminal.run("sdk", "run", "submit.py")
    assert (ended.returncode == 0) == (case.state != "Failed"), ended.stdout + ended.stderr
    assert f"StepRun( the-step ) Status: {WORDS[case.state]}" in ended.stdout
    assert f"PipelineRun Status: {WORDS[case.state]}" in ended.stdout.splitlines()
    assert case.says in ended.stdout
    (line,) = [line for line in ended.stdout.splitlines() if line.startswith("ENDED ")]
    run, child, errors, is_registered = json.loads(line.removeprefix("ENDED "))
    status = "Failed" if case.state == "Failed" else "Completed"
    has_file = case.output is not None  # else there is nothing to register
    assert (run, child, is_registered) == (status, status, has_file)
    assert (case.says in errors and errors != "") if case.state == "CompletedWithErrors" else errors == ""
    (job,) = terminal.json("batch", "list")["jobs"]
    assert job["state"] == case.state


@pytest.mark.parametrize("case", [each for each in CASES if each.name in NAMES], ids=lambda case: case.name)
def test_a_step_ends_as_its_job(case: Case, terminal: Terminal) -> None:
    ends_as_its_job(case, terminal)


@pytest.mark.long("the four ends of a step at the gate have these forms as well; test_cases.py has all without a step")
@pytest.mark.parametrize("case", [each for each in CASES if each.name in MORE], ids=lambda case: case.name)
def test_more_steps_end_as_their_jobs(case: Case, terminal: Terminal) -> None:
    ends_as_its_job(case, terminal)


OLD = """\
import sys

from azureml.core import Run


def init():
    global run_of_step
    run_of_step = Run.get_context()


def run(mini_batch):
    run_of_step.log("python", sys.version_info[1])
    return [run_of_step.experiment.name] * len(mini_batch)
"""


def test_a_script_of_python_3_6_has_the_run_of_its_step(terminal: Terminal) -> None:
    python = interpreters.old().get("3.6")
    if python is None:
        missing("a CPython 3.6", "old-python")
    (terminal.folder / "in").mkdir()
    (terminal.folder / "in" / "a.txt").write_text("1")
    (terminal.folder / "old.py").write_text(OLD)
    text = SUBMIT.replace("batch_score.py", "old.py").replace("OPTIONS", json.dumps({}))
    text = text.replace(
        'environment.python.conda_dependencies = CondaDependencies.create(pip_packages=["azureml-defaults"])',
        f"environment.python.user_managed_dependencies = True\nenvironment.python.interpreter_path = {str(python)!r}",
    )
    (terminal.folder / "submit.py").write_text(text + "    print('METRICS', child.get_metrics())\n")
    done = terminal.run("sdk", "run", "submit.py")
    assert "METRICS {'python': 6}" in done.stdout, done.stdout + done.stderr
