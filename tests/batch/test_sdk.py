"""Pipelines of the SDK v1 with a step of batch scoring, written as its samples are."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubeconfigs import NOBODY, write_kubeconfig
from ports import free_port

from .conftest import Terminal

SCORE_FILES = """\
import argparse
import os


def init():
    global rate, place
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float)
    parser.add_argument("--place", default="")
    known, _ = parser.parse_known_args()
    rate, place = known.rate, known.place


def run(mini_batch):
    return [f"{os.path.basename(path)},{float(open(path).read()) * rate}" for path in mini_batch]
"""
SUBMIT_FILES = """\
import os

from azureml.core import Dataset, Environment, Experiment, Workspace
from azureml.core.compute import AmlCompute, ComputeTarget
from azureml.core.conda_dependencies import CondaDependencies
from azureml.data import OutputFileDatasetConfig
from azureml.data.dataset_consumption_config import DatasetConsumptionConfig
from azureml.pipeline.core import Pipeline, PipelineParameter
from azureml.pipeline.steps import ParallelRunConfig, ParallelRunStep

ws = Workspace.setup()
store = ws.get_default_datastore()
store.upload_files([f"numbers/{name}" for name in sorted(os.listdir("numbers"))], target_path="numbers")
numbers = Dataset.File.from_files((store, "numbers"))
numbers.register(ws, "numbers")
given = DatasetConsumptionConfig("numbers", PipelineParameter("numbers_param", ws.datasets["numbers"])).as_mount()
environment = Environment("numbers-environment")
environment.python.conda_dependencies = CondaDependencies.create(pip_packages=["azureml-defaults"])
output = OutputFileDatasetConfig(name="scored", destination=(store, "scored/{run-id}"))
config = ParallelRunConfig(
    source_directory="scripts",
    entry_script="score.py",
    mini_batch_size=PipelineParameter("batch_size", "3"),
    error_threshold=2,
    output_action="append_row",
    append_row_file_name="numbers.csv",
    environment=environment,
    compute_target="cpu-cluster",
    node_count=2,
    run_invocation_timeout=60,
)
step = ParallelRunStep(
    name="score-numbers",
    inputs=[given],
    output=output,
    arguments=["--rate", PipelineParameter("rate", 2), "--place", output],
    parallel_run_config=config,
    allow_reuse=False,
)
run = Experiment(ws, "numbers").submit(Pipeline(workspace=ws, steps=[step]), pipeline_parameters={"rate": 10})
assert run.wait_for_completion(show_output=True) == "Completed"
(child,) = run.get_children()
assert (child.name, child.get_status(), child.parent.id) == ("score-numbers", "Completed", run.id)
(found,) = run.find_step_run("score-numbers")
assert found.get_output_data("scored").download("results") == 1
assert "score-numbers" in found.get_properties()["batchJob"]
assert any("70_driver_log" in name for name in found.get_file_names())
for folder, _, names in os.walk("results"):
    for name in names:
        print("RESULT", open(os.path.join(folder, name)).read().split())
"""
SCORE_ROWS = """\
import argparse
import json
import os

from azureml.core import Model


def init():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model_name", required=True)
    known, _ = parser.parse_known_args()
    global weight
    with open(Model.get_model_path(known.model_name)) as file:
        weight = json.load(file)["weight"]


def run(mini_batch):
    mini_batch["score"] = mini_batch["amount"] * weight
    return mini_batch
"""
SUBMIT_ROWS = """\
from azureml.contrib.pipeline.steps import ParallelRunConfig, ParallelRunStep
from azureml.core import Dataset, Environment, Experiment, Model, Workspace
from azureml.core.conda_dependencies import CondaDependencies
from azureml.pipeline.core import Pipeline, PipelineData

ws = Workspace.setup()
Model.register(ws, "weights.json", "weights")
rows = Dataset.Tabular.from_delimited_files("rows.csv").register(ws, "rows")
environment = Environment("rows-environment")
environment.python.conda_dependencies = CondaDependencies.create(pip_packages=["azureml-defaults", "pandas"])
inferences = PipelineData(name="inferences", datastore=ws.get_default_datastore())
config = ParallelRunConfig(
    source_directory=".",
    entry_script="score_rows.py",
    mini_batch_size="1KB",
    error_threshold=5,
    output_action="append_row",
    environment=environment,
    compute_target=None,
    node_count=1,
)
step = ParallelRunStep(
    "score-rows",
    config,
    [rows.as_named_input("rows")],
    inferences,
    arguments=["--model_name", "weights"],
)
run = Pipeline(ws, [step]).submit("rows")
run.wait_for_completion(show_output=False)
next(run.get_children()).get_output_data("inferences").download("results")
"""


def ran(terminal: Terminal, name: str, text: str) -> str:
    (terminal.folder / name).write_text(text)
    done = terminal.run("sdk", "run", name)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def numbers(terminal: Terminal) -> Terminal:
    (terminal.folder / "numbers").mkdir()
    for number in range(10):
        (terminal.folder / "numbers" / f"{number}.txt").write_text(str(number))
    (terminal.folder / "scripts").mkdir()
    (terminal.folder / "scripts" / "score.py").write_text(SCORE_FILES)
    return terminal


def test_files_of_a_dataset_are_scored_by_a_step(numbers: Terminal) -> None:
    printed = ran(numbers, "submit.py", SUBMIT_FILES)
    expected = [f"{number}.txt,{number * 10.0}" for number in range(10)]
    assert f"RESULT {expected}" in printed
    assert "StepRun( score-numbers ) Status: Completed" in printed
    assert "4 of 4 mini-batches, 10 items" in printed
    (job,) = numbers.json("batch", "list")["jobs"]
    assert (job["state"], job["planned"], job["items"]) == ("Completed", 4, 10)


def test_rows_of_a_table_are_scored_with_the_model_that_an_argument_names(terminal: Terminal) -> None:
    (terminal.folder / "weights.json").write_text('{"weight": 3}')
    rows = "".join(f"{number},{number}.5\n" for number in range(300))
    (terminal.folder / "rows.csv").write_text(f"id,amount\n{rows}")
    (terminal.folder / "score_rows.py").write_text(SCORE_ROWS)
    ran(terminal, "submit.py", SUBMIT_ROWS)
    (written,) = (terminal.folder / "results").rglob("parallel_run_step.txt")
    lines = written.read_text().splitlines()
    assert len(lines) == 300
    assert lines[7] == "7 7.5 22.5"
    assert written.parent.parent.parent.name == "azureml", "as v1 lays it out"
    (job,) = terminal.json("batch", "list")["jobs"]
    assert job["planned"] > 1, "a bare number of bytes is a size of rows"


def test_a_table_is_divided_by_its_columns(terminal: Terminal) -> None:
    (terminal.folder / "weights.json").write_text('{"weight": 3}')
    (terminal.folder / "rows.csv").write_text("id,amount,country\n1,1.5,DE\n2,2.5,FR\n3,3.5,DE\n")
    script = SCORE_ROWS.replace("def run(mini_batch):", "def run(mini_batch, mini_batch_context):").replace(
        "    return mini_batch",
        "    mini_batch['key'] = mini_batch_context.partition_key_value['country']\n    return mini_batch",
    )
    (terminal.folder / "score_rows.py").write_text(script)
    text = SUBMIT_ROWS.replace('mini_batch_size="1KB"', 'partition_keys=["country"]').replace(
        '.register(ws, "rows")', '.partition_by(["country"], (ws.get_default_datastore(), "divided"), name="rows")'
    )
    ran(terminal, "submit.py", text)
    (written,) = (terminal.folder / "results").rglob("parallel_run_step.txt")
    assert written.read_text() == "1 1.5 DE 4.5 DE\n3 3.5 DE 10.5 DE\n2 2.5 FR 7.5 FR\n"


PUBLISHED = """\
from azureml.pipeline.core import PipelineEndpoint, PublishedPipeline

pipeline = Pipeline(workspace=ws, steps=[step])
published = pipeline.publish("numbers", description="scores numbers", version="1.0")
assert PublishedPipeline.get(ws, published.id) == published
endpoint = PipelineEndpoint.publish(workspace=ws, name="endpoint", pipeline=published, description="both")
endpoint.add(pipeline)
assert sorted(PipelineEndpoint.get(workspace=ws, name="endpoint").list_versions()) == ["0", "1"]
for run in (
    published.submit(ws, "numbers", pipeline_parameters={"rate": 3}),
    endpoint.submit("numbers", pipeline_parameters={"rate": 5}),
    endpoint.submit("numbers", pipeline_version="1"),
):
    assert run.wait_for_completion(show_output=False) == "Completed"
    (child,) = run.get_children()
    output = child.get_output_data("scored")
    output.download("results")
    path = os.path.join("results", *output.path_on_datastore.split("/"), "numbers.csv")
    print("RESULT", open(path).read().split()[3])
print("ADDRESS", hasattr(published, "endpoint"), endpoint.endpoint)
published.disable()
for refused in (
    lambda: published.submit(ws, "numbers"),
    lambda: endpoint.submit("numbers", pipeline_version="7"),
    lambda: PipelineEndpoint.get(ws, name="other"),
):
    try:
        refused()
    except Exception as fault:
        print("REFUSED", type(fault).__name__, fault.message)
"""


def test_published_pipelines_are_submitted(numbers: Terminal) -> None:
    begin = SUBMIT_FILES[: SUBMIT_FILES.index("run = Experiment")]
    printed = ran(numbers, "publish.py", begin + PUBLISHED)
    results = [line.removeprefix("RESULT ") for line in printed.splitlines() if line.startswith("RESULT")]
    assert results == ["3.txt,9.0", "3.txt,15.0", "3.txt,6.0"]
    refused = [line for line in printed.splitlines() if line.startswith("REFUSED UserErrorException")]
    assert len(refused) == 3
    assert "ADDRESS True http://127.0.0.1:" in printed
    assert "The pipeline endpoint other is not in this workspace. Run the script that publishes it first." in refused[2]


def test_a_configuration_is_written_and_read(numbers: Terminal) -> None:
    """Its pipeline parameters as values, its environment whole; and as files of v1 have it by name."""
    begin = SUBMIT_FILES[: SUBMIT_FILES.index("output = OutputFileDatasetConfig")]
    made = SUBMIT_FILES[SUBMIT_FILES.index("config = ") : SUBMIT_FILES.index("step = ")]
    rest = SUBMIT_FILES[SUBMIT_FILES.index("step = ") :]
    again = (
        'config.save_to_yaml("config.yml")\nconfig = ParallelRunConfig.load_yaml(ws, "config.yml")\n'
        'assert (config.mini_batch_size, config.compute_target, config.node_count) == ("3", "cpu-cluster", 2)\n'
        'output = OutputFileDatasetConfig(name="scored", destination=(store, "scored/{run-id}"))\n'
    )
    printed = ran(numbers, "submit.py", begin + made + again + rest)
    assert f"RESULT {[f'{number}.txt,{number * 10.0}' for number in range(10)]}" in printed
    (numbers.folder / "older.yml").write_text(
        "parallel_run_config:\n  mini_batch_size: 4\n  error_threshold: -1\n  output_action: append_row\n"
        "  compute_target_name: cpu-cluster\n  node_count: 1\n  entry_script: score.py\n"
        "  source_directory: scripts\n  environment_name: numbers-environment\n"
    )
    (numbers.folder / "broken.yml").write_text("parallel_run_config: [\n")
    (numbers.folder / "other.yml").write_text("a: 1\n")
    printed = ran(
        numbers,
        "load.py",
        "from azureml.core import Workspace\nfrom azureml.pipeline.steps import ParallelRunConfig\n"
        "ws = Workspace.setup()\nconfig = ParallelRunConfig.load_yaml(ws, 'older.yml')\n"
        "print('READ', config.mini_batch_size, config.environment.name, config.error_threshold)\n"
        "for name in ('gone.yml', 'broken.yml', 'other.yml'):\n    try:\n"
        "        ParallelRunConfig.load_yaml(ws, name)\n    except Exception as fault:\n"
        "        print('REFUSED', type(fault).__name__)\n",
    )
    assert "READ 4 numbers-environment -1" in printed
    assert printed.count("REFUSED UserErrorException") == 3


@pytest.mark.parametrize("kind", ["kubernetes", "ray"])
def test_a_cluster_that_is_attached_under_the_name_is_meant(numbers: Terminal, kind: str) -> None:
    """It does not answer, which is told; nothing runs on this machine instead."""
    if kind == "ray":
        away = f"http://127.0.0.1:{free_port()}"
        numbers.json("compute", "attach", "cpu-cluster", "--ray", away)
        told, where = "The Ray cluster at", f"cpu-cluster: Ray cluster at {away}"
    else:
        config = write_kubeconfig(numbers.folder / "kubeconfig", {"prod": NOBODY})
        place = ("--context", "prod", "--kubeconfig", str(config), "--namespace", "models")
        numbers.json("compute", "attach", "cpu-cluster", *place, "--registry", "127.0.0.1:1/team")
        told, where = "The API server", "cpu-cluster: namespace models of the context prod"
    text = SUBMIT_FILES.replace("run = ", "print(ComputeTarget(ws, 'cpu-cluster').description)\nrun = ", 1)
    (numbers.folder / "submit.py").write_text(text)
    done = numbers.run("sdk", "run", "submit.py")
    assert done.returncode != 0
    printed = done.stdout + done.stderr
    assert where in printed
    assert told in printed
    assert numbers.json("batch", "list")["jobs"] == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('name="score-numbers"', 'name="Score_Numbers"'), "Step name 'Score_Numbers' is not valid"),
        (('entry_script="score.py"', 'entry_script="nope.py"'), "There is no script"),
        (('output_action="append_row"', 'output_action="append"'), "append_row, summary_only"),
        (("return [f", "raise ValueError('no such number')\n    return [f"), "no such number"),
    ],
    ids=["name", "script", "action", "run"],
)
def test_what_is_wrong_is_told(numbers: Terminal, change: tuple[str, str], told: str) -> None:
    score = Path(numbers.folder / "scripts" / "score.py")
    score.write_text(score.read_text().replace(*change))
    (numbers.folder / "submit.py").write_text(SUBMIT_FILES.replace(*change))
    done = numbers.run("sdk", "run", "submit.py")
    assert done.returncode != 0
    printed = done.stdout + done.stderr
    assert told in printed


SCORE_RUN = """\
import os

from azureml.core import Model, Run


def init():
    global run_of_step
    run_of_step = Run.get_context()


def run(mini_batch):
    with open(run_of_step.experiment.workspace.models["weights"].download("got", exist_ok=True)) as file:
        weight = file.read()
    child = run_of_step.child_run("part")
    child.log("files", len(mini_batch))
    child.complete()
    return [f"{run_of_step.id} {run_of_step.parent.id} {weight}"] * len(mini_batch)
"""


def test_a_script_has_the_run_of_its_step(numbers: Terminal) -> None:
    """As scripts have it that train a model for each file and register it."""
    (numbers.folder / "scripts" / "score.py").write_text(SCORE_RUN)
    (numbers.folder / "weights.json").write_text("7")
    text = SUBMIT_FILES.replace(
        "store = ",
        'from azureml.core import Model\nModel.register(ws, "weights.json", "weights")\nstore = ',
    )
    printed = ran(
        numbers,
        "submit.py",
        text + "print('IDS', child.id, run.id, len(list(child.get_children())))\n",
    )
    ids = printed.partition("IDS ")[2].split()
    assert f"RESULT {[ids[0], ids[1], '7'] * 10}" in printed
    assert ids[2] == "4", "a child for each mini-batch"


SUBMIT_PARTS = """\
from azureml.core import Dataset, Workspace

ws = Workspace.setup()
rows = Dataset.Tabular.from_delimited_files("rows.csv")
parts = rows.partition_by(["shop"], (ws.get_default_datastore(), "parts"), name="parts")
print("COLUMNS", list(parts.to_pandas_dataframe().columns))
"""


def test_keys_of_partitions_are_the_last_columns(terminal: Terminal) -> None:
    """As v1 has them, which reads them from the paths: its sample names the columns of the output so."""
    (terminal.folder / "rows.csv").write_text("day,shop,amount\n1,a,2\n2,b,3\n")
    assert "COLUMNS ['day', 'amount', 'shop']" in ran(terminal, "parts.py", SUBMIT_PARTS)


SUBMIT_TWO = """\
from azureml.core import Dataset, Environment, Experiment, Workspace
from azureml.core.compute import AmlCompute, ComputeTarget
from azureml.core.compute_target import ComputeTargetException
from azureml.pipeline.core import Pipeline, PipelineData
from azureml.pipeline.core.pipeline_output_dataset import PipelineOutputFileDataset
from azureml.pipeline.steps import ParallelRunConfig, ParallelRunStep

ws = Workspace.setup()
store = ws.get_default_datastore()
store.upload("numbers", "numbers")
numbers = Dataset.File.from_files((store, "numbers")).register(ws, "numbers")
compute = ComputeTarget(workspace=ws, name="cpu-cluster")
print("TARGET", type(compute).__name__, list(ws.compute_targets))
try:
    ComputeTarget(workspace=ws, name="other-cluster")
except ComputeTargetException:
    print("CREATED", ComputeTarget.create(ws, "other-cluster", AmlCompute.provisioning_configuration("D2")).name)
checked = PipelineOutputFileDataset(PipelineData(name="checked", datastore=store))
scored = PipelineData(name="scored", datastore=store)
environment = Environment.from_pip_requirements("numbers-environment", "packages.txt")


def step(name, rows, output, flag):
    config = ParallelRunConfig(
        source_directory="scripts",
        entry_script="copy.py",
        mini_batch_size="4",
        error_threshold=1,
        output_action="append_row",
        append_row_file_name=name + ".csv",
        environment=environment,
        compute_target=compute,
        node_count=1,
        process_count_per_node=2,
    )
    return ParallelRunStep(
        name=name, parallel_run_config=config, arguments=["--to", flag], inputs=[rows], output=output
    )


first = step("check-numbers", numbers.as_named_input("numbers"), checked, checked)
second = step("score-numbers", checked.as_named_input("checked").as_mount(), scored, scored)
run = Experiment(ws, "numbers").submit(Pipeline(ws, steps=[second, first]), tags={"nodes": "1"})
run.wait_for_completion(show_output=True)
run.find_step_run("score-numbers")[0].get_output_data("scored").download("results")
"""
COPY = """\
import argparse
import os
import shutil


def init():
    global place
    parser = argparse.ArgumentParser()
    parser.add_argument("--to")
    place = parser.parse_known_args()[0].to


def run(mini_batch):
    files = [path for path in mini_batch if path.endswith(".txt")]
    return ["copied," + os.path.basename(shutil.copy(path, place)) for path in files]
"""


def test_a_step_reads_what_another_wrote_and_a_cluster_need_not_be_created(numbers: Terminal) -> None:
    (numbers.folder / "packages.txt").write_text("azureml-defaults\n")
    (numbers.folder / "scripts" / "copy.py").write_text(COPY)
    printed = ran(numbers, "submit.py", SUBMIT_TWO)
    assert "TARGET AmlCompute ['cpu-cluster']" in printed
    assert "CREATED other-cluster" in printed, "a script that is ready for it is told that there is none"
    (written,) = (numbers.folder / "results").rglob("score-numbers.csv")
    assert written.read_text().split() == [f"copied,{number}.txt" for number in range(10)]
    assert sorted(path.name for path in written.parent.glob("*.txt")) == [f"{number}.txt" for number in range(10)]


SUBMIT_TAKEN = """\
from azureml.core import Dataset, Environment, Experiment, Workspace
from azureml.data import OutputFileDatasetConfig
from azureml.pipeline.core import Pipeline
from azureml.pipeline.steps import ParallelRunConfig, ParallelRunStep

ws = Workspace.setup()
store = ws.get_default_datastore()
store.upload("numbers", "numbers")
place = OutputFileDatasetConfig("scored", (store, "scored/{run-id}")).register_on_complete("scored-numbers")
config = ParallelRunConfig(
    source_directory="scripts",
    entry_script="score.py",
    error_threshold=-1,
    output_action="append_row",
    environment=Environment.get(ws, "old-pins"),
    compute_target="cpu-cluster",
    node_count=1,
)
step = ParallelRunStep(
    "score-numbers",
    config,
    [Dataset.File.from_files((store, "numbers")).as_named_input("numbers")],
    place,
    arguments=["--rate", 2],
)
Experiment(ws, "numbers").submit(Pipeline(ws, [step])).wait_for_completion()
print("FILES", Dataset.get_by_name(ws, "scored-numbers").download("scored", overwrite=True))
"""


def test_a_registered_environment_is_not_replaced_by_a_modernized_one(numbers: Terminal) -> None:
    (numbers.folder / "requirements.txt").write_text("azureml-defaults\nmarkupsafe==1.0\n")
    numbers.json("environment", "register", "requirements.txt", "--name", "old-pins")
    (numbers.folder / "submit.py").write_text(SUBMIT_TAKEN)
    done = numbers.run("sdk", "run", "--modernize", "submit.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Modernized for this run, old-pins stays as it is" in done.stderr
    registered = numbers.json("environment", "list")["assets"]
    assert sorted((each["name"], each["version"]) for each in registered) == [
        ("old-pins", 1),
        ("old-pins-modernized", 1),
    ]


def test_what_a_step_wrote_is_registered_when_it_has_completed(numbers: Terminal) -> None:
    (numbers.folder / "requirements.txt").write_text("azureml-defaults\n")
    numbers.json("environment", "register", "requirements.txt", "--name", "old-pins")
    printed = ran(numbers, "submit.py", SUBMIT_TAKEN)
    assert "parallel_run_step.txt" in printed.partition("FILES")[2]
    assert len((numbers.folder / "scored" / "parallel_run_step.txt").read_text().splitlines()) == 10
    score = Path(numbers.folder / "scripts" / "score.py")
    score.write_text(score.read_text().replace("return [f", "raise ValueError('no')\n    return [f"))
    (numbers.folder / "submit.py").write_text(SUBMIT_TAKEN.replace("error_threshold=-1", "error_threshold=0"))
    assert numbers.run("sdk", "run", "submit.py").returncode != 0
    datasets = numbers.json("dataset", "list")["assets"]
    assert [(each["name"], each["version"]) for each in datasets] == [("scored-numbers", 1)], (
        "not of a step that failed"
    )
