"""Batch jobs on two nodes of Ray: the outcome is that of this machine, and nothing stays in the cluster."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from scoredock.contrib.batch.domain.work.jobs import JobFolder

from batch.conftest import Terminal, driver_of, until
from depth import rounds
from package_index import index_with
from ray_cluster.conftest import TARGET
from ray_cluster.nodes import RayNodes

pytestmark = [
    pytest.mark.long("Ray is 300 MB to fetch and half a minute to start; test_refusals.py is at the gate"),
    pytest.mark.timeout(1200),
]

COUNT = 40
KILLS = rounds(gate=2, long=10)
RUN = """

def run(mini_batch):
    time.sleep(float(os.environ.get("PAUSE", "0")))
    while not os.path.exists(os.environ.get("GATE", "/")):
        time.sleep(0.05)
    own = os.path.join(EntryScript().output_dir, "own-" + os.path.basename(mini_batch[0]))
    with open(own, "w") as stream:
        stream.write("x" * 10)
    return [os.path.basename(path) + " " + open(path).read().strip() for path in mini_batch]
"""
HEAD = """
import os
import time
from azureml_user.parallel_run import EntryScript


def init():
"""
SCRIPT = HEAD + '    print("runs in", os.environ["AML_APP_ROOT"], flush=True)\n' + RUN
SUBMIT = """
from azureml.core import Dataset, Environment, Experiment, Workspace
from azureml.core.compute import ComputeTarget
from azureml.core.conda_dependencies import CondaDependencies
from azureml.data import OutputFileDatasetConfig
from azureml.pipeline.core import Pipeline
from azureml.pipeline.steps import ParallelRunConfig, ParallelRunStep

ws = Workspace.setup()
store = ws.get_default_datastore()
store.upload("in", target_path="in")
environment = Environment("plain")
environment.python.conda_dependencies = CondaDependencies.create(pip_packages=["azureml-defaults"])
output = OutputFileDatasetConfig(name="scored", destination=(store, "scored/{run-id}"))
config = ParallelRunConfig(
    source_directory="scripts",
    entry_script="batch_score.py",
    mini_batch_size="2",
    error_threshold=0,
    output_action="append_row",
    environment=environment,
    compute_target=ComputeTarget(ws, "ray"),
    node_count=2,
    process_count_per_node=2,
)
step = ParallelRunStep(
    name="score",
    inputs=[Dataset.File.from_files((store, "in")).as_named_input("numbers")],
    output=output,
    parallel_run_config=config,
)
run = Experiment(ws, "numbers").submit(Pipeline(ws, [step]))
assert run.wait_for_completion(show_output=True) == "Completed"
(child,) = run.get_children()
child.get_output_data("scored").download("results")
print("JOB", child.get_properties()["batchJob"], child.id)
"""
ROWS = "def run(mini_batch):\n    return mini_batch.assign(twice=2 * mini_batch['amount'])\n"


@pytest.fixture
def project(attached: Terminal) -> Terminal:
    attached.write(batch_score__py=SCRIPT, rows__py=ROWS)
    (attached.folder / "in").mkdir()
    for number in range(COUNT):
        (attached.folder / "in" / f"f{number:02}.txt").write_text(f"{number}\n")
    return attached


def words(name: str, *more: str, compute: str = TARGET) -> tuple[str, ...]:
    job = ("batch", "run", "--name", name, "--entry-script", "batch_score.py", "--conda-file", "plain.txt")
    where = ("--compute", compute) if compute else ("--process-count", "2")
    return (*job, "--input", "in", "--output-path", name, "--mini-batch-size", "2", *where, *more)


def outputs(terminal: Terminal, name: str) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in (terminal.folder / name).iterdir()}


def lines(terminal: Terminal, name: str) -> list[str]:
    return (terminal.folder / name / "parallel_run_step.txt").read_text().splitlines()


def expected() -> list[str]:
    return [f"f{number:02}.txt {number}" for number in range(COUNT)]


def show(terminal: Terminal, name: str) -> Any:
    return terminal.json("batch", "show", name)


def reached(terminal: Terminal, name: str, is_so: Callable[[Any], bool], seconds: float = 300) -> Any:
    """What the job says once that is so."""
    for _ in until(seconds, f"what the job {name} should say"):
        if is_so(said := show(terminal, name)):
            return said
    raise AssertionError


def ended(terminal: Terminal, name: str, seconds: float = 400) -> Any:
    return reached(terminal, name, lambda said: said["job"]["state"] not in ("Queued", "Running"), seconds)["job"]


def all_at_work(count: int) -> Callable[[Any], bool]:
    """Whether so many workers have a mini-batch each, by what the job says."""
    return lambda said: sum(each["batch"] is not None for each in said["workers"]) == count


def roots(terminal: Terminal, name: str) -> set[str]:
    """Folders of nodes that had workers."""
    log = "".join(each.read_text() for each in (terminal.jobs / name / "logs").glob("*.txt"))
    return {line.partition("runs in ")[2].partition("/session")[0] for line in log.splitlines() if "runs in " in line}


def folders(nodes: RayNodes) -> set[str]:
    return {str(nodes.folder / "head"), str(nodes.folder / "second")}


def require_nothing_left(nodes: RayNodes) -> None:
    for _ in until(120, "the end of what the job has in the cluster"):
        if not nodes.jobs() and not nodes.actors() and not list(Path("/tmp").glob("scoredock-batch-*")):
            return


def test_files_and_rows_on_two_nodes_as_on_this_machine(nodes: RayNodes, project: Terminal) -> None:
    gate = project.folder / "gate"
    waits = ("--env", f"GATE={gate}", "--run-invocation-timeout", "900")
    project.json(*words("there", "--process-count", "4", *waits, "--no-wait"))
    reached(project, "there", all_at_work(4))
    gate.touch()
    done = ended(project, "there")
    assert (done["state"], done["completed"], done["failed"]) == ("Completed", COUNT // 2, 0)
    require_nothing_left(nodes)
    assert project.json(*words("here", compute=""))["job"]["state"] == "Completed"
    assert outputs(project, "there") == outputs(project, "here")
    assert len(outputs(project, "there")) == 1 + COUNT // 2
    assert roots(project, "there") == folders(nodes)

    (project.folder / "rows").mkdir()
    for part in range(3):
        rows = "".join(f'{number},"a\nb",{number / 7}\n' for number in range(1000 * part, 1000 * part + 1000))
        (project.folder / "rows" / f"part-{part}.csv").write_text(f"id,text,amount\n{rows}")
    table = ("--entry-script", "rows.py", "--conda-file", "pandas.txt", "--input", "rows", "--input-format", "csv")
    for name, where in (("rows-there", ("--compute", TARGET)), ("rows-here", ())):
        job = ("batch", "run", "--name", name, *table, "--output-path", name, "--mini-batch-size", "300", *where)
        assert project.json(*job)["job"]["failed"] == 0
    assert outputs(project, "rows-there") == outputs(project, "rows-here")
    require_nothing_left(nodes)


def test_a_step_of_the_sdk_that_names_the_cluster(nodes: RayNodes, project: Terminal) -> None:
    asks = "    print('of', os.environ['AZUREML_RUN_ID'], sorted(os.environ), flush=True)\n"
    (project.folder / "scripts").mkdir()
    (project.folder / "scripts" / "batch_score.py").write_text(HEAD + asks + RUN)
    project.write(submit__py=SUBMIT)
    done = project.run("sdk", "run", "submit.py")
    assert done.returncode == 0, done.stdout + done.stderr
    name, run = next(line for line in done.stdout.splitlines() if line.startswith("JOB")).split()[1:]
    job = JobFolder(project.jobs / name).job()
    assert (job.compute, job.configuration.worker_count) == (TARGET, 4)
    results = list((project.folder / "results").rglob("parallel_run_step.txt"))
    assert [each.read_text().splitlines() for each in results] == [expected()]
    log = "".join(each.read_text() for each in (project.jobs / name / "logs").glob("*.txt"))
    assert f"of {run} " in log
    assert "SCOREDOCK_SDK" not in log, "what only this machine has is not told there"
    require_nothing_left(nodes)


def test_a_node_that_goes(nodes: RayNodes, project: Terminal) -> None:
    project.json(*words("slow", "--env", "PAUSE=2", "--process-count", "2", "--no-wait"))
    reached(project, "slow", lambda said: said["job"]["completed"] >= 2 and all_at_work(2)(said))
    assert roots(project, "slow") == folders(nodes)
    nodes.kill("second")
    job = ended(project, "slow")
    assert (job["state"], job["failed"]) == ("Completed", 0)
    assert show(project, "slow")["retried"] == 1
    assert lines(project, "slow") == expected()
    for _ in until(120, "the end of what the job has in the cluster"):
        if not nodes.jobs() and not nodes.actors():
            break


@pytest.mark.chance
def test_actors_that_are_killed(nodes: RayNodes, project: Terminal) -> None:
    project.json(*words("shot", "--env", "PAUSE=2", "--process-count", "2", "--no-wait"))
    for count in range(KILLS):
        reached(project, "shot", lambda said, count=count: said["job"]["completed"] > count and all_at_work(2)(said))
        pids = [each["pid"] for each in nodes.actors() if each["pid"]]  # one that is just being made has none yet
        for pid in pids[:1]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    assert ended(project, "shot")["state"] == "Completed"
    assert lines(project, "shot") == expected()
    require_nothing_left(nodes)


def test_a_driver_that_is_killed(nodes: RayNodes, project: Terminal) -> None:
    project.json(*words("killed", "--env", "PAUSE=1", "--no-wait"))
    reached(project, "killed", lambda said: said["job"]["completed"] >= 4)
    driver_of(JobFolder(project.jobs / "killed")).kill()
    assert ended(project, "killed")["state"] == "Interrupted"
    assert len(nodes.jobs()) == 1  # it would end by itself after some minutes
    assert project.json("batch", "resume", "killed")["job"]["state"] == "Completed"
    assert show(project, "killed")["interrupted"] >= 1
    assert lines(project, "killed") == expected()
    require_nothing_left(nodes)


def test_cancel(nodes: RayNodes, project: Terminal) -> None:
    project.json(*words("stopped", "--env", "PAUSE=1", "--no-wait"))
    reached(project, "stopped", lambda said: said["job"]["completed"] >= 2)
    project.json("batch", "cancel", "stopped")
    assert ended(project, "stopped")["state"] == "Canceled"
    require_nothing_left(nodes)
    assert not (project.folder / "stopped" / "parallel_run_step.txt").exists()
    project.json("batch", "resume", "stopped")
    assert lines(project, "stopped") == expected()
    require_nothing_left(nodes)


def test_a_job_waits_for_processors_and_says_so(nodes: RayNodes, project: Terminal) -> None:
    waits = ("--env", f"GATE={project.folder / 'never'}", "--run-invocation-timeout", "900")
    project.json(*words("first", "--process-count", "4", *waits, "--no-wait"))
    reached(project, "first", all_at_work(4))
    project.json(*words("second", "--no-wait"))
    second = JobFolder(project.jobs / "second")
    for _ in until(300, "what the job waits for"):
        if "processors" in (waiting := second.progress().waiting):
            break
    assert "0 of 4" in waiting
    project.json("batch", "cancel", "first")
    assert ended(project, "second")["state"] == "Completed"
    assert lines(project, "second") == expected()
    require_nothing_left(nodes)


def test_a_head_that_goes(nodes: RayNodes, project: Terminal) -> None:
    project.json(*words("headless", "--env", "PAUSE=1", "--no-wait"))
    reached(project, "headless", lambda said: said["job"]["completed"] >= 4)
    nodes.kill("second")
    nodes.kill("head")
    assert ended(project, "headless")["state"] == "Failed"
    assert JobFolder(project.jobs / "headless").progress().code == "ray-unreachable"
    nodes.begin()
    assert project.json("batch", "resume", "headless")["job"]["state"] == "Completed"
    assert lines(project, "headless") == expected()
    require_nothing_left(nodes)


def test_another_python_is_refused_before_anything_is_sent(nodes: RayNodes, project: Terminal) -> None:
    project.write(other__yml="name: own\ndependencies:\n  - python=3.6\n  - pip:\n      - azureml-defaults\n")
    error = project.refused(*words("other", "--conda-file", "other.yml"))
    assert error["code"] == "ray-python-differs"
    assert nodes.jobs() == []
    assert not (project.jobs / "other").exists()


def test_a_script_that_cannot_be_started(nodes: RayNodes, project: Terminal) -> None:
    project.write(broken__py="import nothing_of_this_name\n\n\ndef run(mini_batch):\n    return mini_batch\n")
    error = project.refused(*words("broken", "--entry-script", "broken.py", "--skip-checks"))
    assert error["code"] == "batch-script-failed"
    assert "nothing_of_this_name" in error["message"]
    require_nothing_left(nodes)


def test_an_environment_that_the_nodes_cannot_install(nodes: RayNodes, project: Terminal, tmp_path: Path) -> None:
    """The index goes as soon as this machine has asked it."""
    with index_with(tmp_path / "wheels", "only-here") as index:
        project.write(away__txt=f"--extra-index-url http://{index.address}/simple\nonly-here\n")
        project.json(*words("away", "--conda-file", "away.txt", "--no-wait"))
    assert ended(project, "away")["state"] == "Failed"
    progress = JobFolder(project.jobs / "away").progress()
    assert progress.code == "ray-environment-failed"
    assert "only-here" in progress.message
    require_nothing_left(nodes)
