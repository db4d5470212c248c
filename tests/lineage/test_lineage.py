"""What was made of what: data, runs, models, revisions, services; as text, JSON and OpenLineage."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from scoredock.contrib.runs.domain.journal import NewRun, RunJournals
from scoredock.registry.audit.log import AuditLog
from scoredock.registry.records import RunSource

from built_runtime import built_runtime
from events.conftest import Terminal, terminal
from events.receivers import Receiver, listening

__all__ = ["terminal"]
SCRIPT = """\
def init():
    pass


def run(data):
    return data
"""
CACHE = Path("~/.cache/scoredock").expanduser()
CHECK = """
import json, sys
from openlineage.client import event_v2
from openlineage.client.serde import Serde
from openlineage.client.generated import source_code_location_job, dataset_version_dataset

def dataset(kind, document):
    return kind(namespace=document["namespace"], name=document["name"], facets=document["facets"])

for line in open(sys.argv[1]):
    said = json.loads(line)
    event = event_v2.RunEvent(
        eventType=event_v2.RunState[said["eventType"]],
        eventTime=said["eventTime"],
        run=event_v2.Run(runId=said["run"]["runId"], facets=said["run"]["facets"]),
        job=event_v2.Job(**said["job"]),
        producer=said["producer"],
        inputs=[dataset(event_v2.InputDataset, each) for each in said["inputs"]],
        outputs=[dataset(event_v2.OutputDataset, each) for each in said["outputs"]],
    )
    again = Serde.to_dict(event)
    assert again["run"] == said["run"] and again["job"]["name"] == said["job"]["name"], again
    assert set(said) <= {*again, "schemaURL", "inputs", "outputs"}, set(said) - set(again)
    place = said["job"]["facets"].get("sourceCodeLocation")
    if place:
        source_code_location_job.SourceCodeLocationJobFacet(
            type=place["type"], url=place["url"], version=place["version"], branch=place.get("branch")
        )
    for each in said["outputs"]:
        if "version" in each["facets"]:
            dataset_version_dataset.DatasetVersionDatasetFacet(datasetVersion=each["facets"]["version"]["datasetVersion"])
print("valid")
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Terminal, Receiver]]:
    """A dataset, a run, a model of it, a service with three revisions, an endpoint; and a receiver that was told of it
    all."""
    base = tmp_path_factory.mktemp("lineage")
    (base / "project").mkdir()
    terminal = Terminal(base / "home", base / "project")
    folder = terminal.folder
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    (folder / "score.py").write_text(SCRIPT)
    (folder / "packages.txt").write_text("azureml-defaults\n")
    (folder / "train.jsonl").write_text('{"data": [1]}\n')
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *words], cwd=folder, check=True)
    with built_runtime(), listening() as receiver:
        terminal.json("event", "subscribe", "all", "--url", receiver.url, "--max-pause", "0.2")
        terminal.json("dataset", "register", "train.jsonl", "--name", "numbers")
        runs = RunJournals(terminal.workspace)
        run = runs.begin(NewRun("training", id="run-1"))
        runs.end(run.id, "Completed", "")
        source = RunSource(str(runs.folder), "training", "run-1")
        for number, datasets in ((1, ()), (2, (("training", "numbers:1"),))):
            (folder / "weights.bin").write_bytes(b"%d" % number)
            terminal.registry().register([folder / "weights.bin"], "weights", run=source, datasets=datasets)
        terminal.json("service", "deploy", "svc", "--es", "score.py", "--cf", "packages.txt", "--model", "weights:1")
        terminal.json("service", "update", "svc", "--model", "weights:2")
        terminal.json("service", "rollback", "svc")
        terminal.json("endpoint", "create", "front", "--service", "svc")
        yield terminal, receiver
        terminal.json("endpoint", "delete", "front")
        terminal.json("service", "delete", "svc")


def names(things: list[dict[str, Any]]) -> set[str]:
    return {each["id"] for each in things}


def test_what_a_model_went_into(project: tuple[Terminal, Receiver]) -> None:
    terminal, _ = project
    details = terminal.json("lineage", "show", "weights:1")
    assert names(details["before"]) == {"run:run-1", "dataset:numbers:1"}  # the run used it, as version 2 says
    assert {"revision:svc/1", "revision:svc/3", "service:svc", "endpoint:front"} <= names(details["after"])
    assert "revision:svc/2" not in names(details["after"])
    assert len(details["thing"]["commit"]) == 40
    whats = {each["what"] for each in details["records"]}
    assert {"model.registered", "service.deployed", "service.rolledBack"} <= whats


def test_data_leads_through_its_run_to_the_model(project: tuple[Terminal, Receiver]) -> None:
    terminal, _ = project
    details = terminal.json("lineage", "show", "numbers:1")
    assert details["thing"]["id"] == "dataset:numbers:1"
    edges = {(each["source"], each["target"]) for each in details["edges"]}
    assert ("dataset:numbers:1", "run:run-1") in edges
    assert ("run:run-1", "model:weights:2") in edges


def test_what_a_service_was_made_of(project: tuple[Terminal, Receiver]) -> None:
    terminal, _ = project
    details = terminal.json("lineage", "show", "svc")
    before = names(details["before"])
    assert {"revision:svc/1", "revision:svc/2", "revision:svc/3", "model:weights:1", "model:weights:2"} <= before
    assert {"run:run-1", "dataset:numbers:1"} <= before
    states = {each["id"]: each["state"] for each in details["before"]}
    assert states["revision:svc/3"] == "serving"
    by_revision = {each["what"]: each["detail"] for each in details["records"] if each["what"].startswith("service.")}
    assert by_revision["service.updated"] == "revision 2"
    assert by_revision["service.rolledBack"] == "revision 3"


def test_a_file_by_its_bytes_and_by_its_path(project: tuple[Terminal, Receiver]) -> None:
    terminal, _ = project
    assert terminal.json("lineage", "show", "weights.bin")["thing"]["id"] == "model:weights:2"
    (terminal.folder / "copy.bin").write_bytes(b"1")
    assert terminal.json("lineage", "show", "copy.bin")["thing"]["id"] == "model:weights:1"
    details = terminal.json("lineage", "show", str(terminal.folder / "score.py"))
    assert "service:svc" in names(details["after"])
    (terminal.folder / "other.bin").write_bytes(b"other")
    assert terminal.refused("lineage", "show", "other.bin")["code"] == "lineage-missing"


def test_the_script_of_a_configuration_leads_to_each_service_of_it(project: tuple[Terminal, Receiver]) -> None:
    terminal, _ = project
    (terminal.folder / "src").mkdir()
    (terminal.folder / "src" / "score.py").write_text(SCRIPT)
    config = {"entryScript": "score.py", "sourceDirectory": "src", "condaFile": "packages.txt", "runtime": "python"}
    (terminal.folder / "inferenceconfig.json").write_text(json.dumps(config))
    (terminal.folder / "src" / "packages.txt").write_text("azureml-defaults\n")
    for name in ("first", "second"):
        terminal.json("service", "deploy", name, "--ic", "inferenceconfig.json")
    (terminal.folder / "link").symlink_to("src")
    for path in ("src/score.py", "link/score.py"):
        assert {"service:first", "service:second"} <= names(terminal.json("lineage", "show", path)["after"])
    for name in ("first", "second"):
        terminal.json("service", "delete", name)


def test_names_that_mean_nothing_or_several_things(project: tuple[Terminal, Receiver]) -> None:
    terminal, _ = project
    assert terminal.refused("lineage", "show", "nobody")["code"] == "lineage-missing"
    assert terminal.refused("lineage", "show", "model:nobody:1")["code"] == "lineage-missing"
    terminal.register("svc")
    refused = terminal.refused("lineage", "show", "svc")
    assert refused["code"] == "lineage-ambiguous"
    assert "service:svc" in refused["message"]
    assert terminal.json("lineage", "show", "service:svc")["thing"]["kind"] == "service"
    terminal.json("model", "delete", "svc:1")
    terminal.json("model", "purge", "svc:1")


def test_text_for_people(project: tuple[Terminal, Receiver]) -> None:
    terminal, _ = project
    done = terminal.run("lineage", "show", "weights:1")
    assert done.returncode == 0
    for word in ("MADE OF", "run run-1", "WENT INTO", "revision svc/1", "service.deployed", "(command line)"):
        assert word in done.stdout
    assert "service.rolledBack" in terminal.run("lineage", "show").stdout


def test_openlineage_is_what_its_client_takes(project: tuple[Terminal, Receiver]) -> None:
    terminal, _ = project
    details = terminal.json("lineage", "show", "weights:2", "--openlineage", "lineage.jsonl")
    lines = [json.loads(each) for each in Path(details["file"]).read_text().splitlines()]
    assert lines[0]["job"]["name"] == "register/numbers:1"
    kinds = defaultdict(list)
    for each in lines:
        kinds[each["run"]["runId"]].append(each["eventType"])
        assert datetime.fromisoformat(each["eventTime"]).utcoffset() is not None
        for facet in facets_of(each):
            assert "://" in facet["_producer"]
            assert "#/$defs/" in facet["_schemaURL"]
    assert all(several == ["START", "COMPLETE"] for several in kinds.values()), kinds
    deployed = next(each for each in lines if each["job"]["name"] == "deploy/svc/2")
    assert "model/weights:2" in {each["name"] for each in deployed["inputs"]}
    again = terminal.json("lineage", "show", "weights:2", "--openlineage", "again.jsonl")["file"]
    assert Path(again).read_text() == Path(details["file"]).read_text()
    refused = terminal.refused("lineage", "show", "weights:2", "--openlineage", "no/such/folder.jsonl")
    assert refused["code"] == "file-not-found"


def facets_of(event: dict[str, Any]) -> list[dict[str, Any]]:
    """All that say by which schema they are written."""
    holders = [event["run"], event["job"], *event["inputs"], *event["outputs"]]
    return [facet for each in holders for facet in each["facets"].values()]


def test_openlineage_says_how_a_run_has_ended(terminal: Terminal) -> None:
    runs = RunJournals(terminal.workspace)
    kinds = {"Completed": "COMPLETE", "Failed": "FAIL", "Canceled": "ABORT", "": None}
    terminal.register()
    for status, expected in kinds.items():
        run = runs.begin(NewRun("training", id=f"run-{status or 'going'}"))
        if status:
            runs.end(run.id, status, "")
        written = terminal.json("lineage", "show", f"run:{run.id}", "--openlineage", "run.jsonl")["file"]
        events = [json.loads(each) for each in Path(written).read_text().splitlines()]
        assert [each["eventType"] for each in events] == ["START", *([expected] if expected else [])]
        assert len({each["run"]["runId"] for each in events}) == 1
        assert [each["eventTime"] for each in events] == sorted(each["eventTime"] for each in events)


@pytest.mark.long("the client of OpenLineage is installed from PyPI")
def test_openlineage_is_valid_by_the_classes_of_its_client(project: tuple[Terminal, Receiver]) -> None:
    terminal, _ = project
    written = terminal.json("lineage", "show", "weights:2", "--openlineage", "lineage.jsonl")["file"]
    done = subprocess.run([_client(), "-c", CHECK, written], capture_output=True, text=True, check=False)
    assert done.stdout == "valid\n", done.stderr


def test_events_of_a_service(project: tuple[Terminal, Receiver]) -> None:
    """In the order in which it lived, with what Azure's schema says of a deployment."""
    terminal, receiver = project
    last = AuditLog(terminal.workspace).last_seq()
    events = receiver.await_that(lambda events: max(int(each["sequence"]) for each in events) >= last - 5)
    of_service = [each for each in events if each["subject"] in ("services/svc", "endpoints/svc")]
    types = [each["type"].rpartition(".")[2] for each in of_service]
    azure = {each["type"].rpartition(".")[2] for each in of_service if each["subject"] == "endpoints/svc"}
    assert azure == {"ModelDeployed"}, "as Azure's schema has it"
    assert types.index("ModelDeployed") < types.index("updated") < types.index("rolledBack")
    deployed = next(each for each in of_service if each["type"].endswith("ModelDeployed"))
    assert deployed["data"]["modelIds"] == "weights:1"
    assert deployed["data"]["serviceName"] == "svc"
    states = [each["data"]["state"] for each in of_service if each["type"].endswith("stateChanged")]
    assert states[:2] == ["Transitioning", "Healthy"]
    completed = [each for each in events if each["type"].endswith("RunCompleted")]
    assert [each["data"]["runId"] for each in completed] == ["run-1"]
    assert any(each["type"] == "io.scoredock.endpoint.created" for each in events)


def _client() -> str:
    """A Python with the client of OpenLineage, made once and kept in the cache."""
    place = CACHE / f"test-openlineage-py{sys.version_info[0]}{sys.version_info[1]}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{place}.lock", timeout=500):
        python = place / "bin" / "python"
        if not (place / "complete").exists():
            subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
            subprocess.run([str(python), "-m", "pip", "install", "-q", "openlineage-python==1.54.0"], check=True)
            (place / "complete").touch()
    return str(python)
