"""Collected inputs of services: as data that is compared, as a dataset, and the baseline that models name."""

from __future__ import annotations

import csv
import datetime
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scoredock.features.assets.collecting import first_kept
from scoredock.registry.assets.datasets import DatasetLimits

from drift.conftest import Terminal
from drift.records import feature

SCRIPT = """\
import json


def init():
    pass


def run(data):
    return [sum(row) for row in json.loads(data)["data"]]
"""
PACKAGES = "azureml-defaults\nnumpy\n"
NOW = datetime.datetime.now(datetime.timezone.utc)


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A service that collects, with a model that names a sample dataset; it has answered three requests."""
    base = tmp_path_factory.mktemp("services")
    (base / "project").mkdir()
    terminal = Terminal(base / "home", base / "project")
    folder = terminal.folder
    (folder / "score.py").write_text(SCRIPT)
    (folder / "packages.txt").write_text(PACKAGES)
    (folder / "weights.bin").write_bytes(b"1234")
    random = np.random.default_rng(3)
    (folder / "samples.jsonl").write_text("".join(f"{body(random.normal(size=(5, 2)))}\n" for _ in range(60)))
    config = {"computeType": "aks", "authEnabled": False, "dataCollection": {"storageEnabled": True}}
    (folder / "deployment.json").write_text(json.dumps(config))
    terminal.json("dataset", "register", "samples.jsonl", "--name", "samples")
    terminal.json("model", "register", "weights.bin", "--name", "weights")
    terminal.json("model", "update", "weights:1", "--sample-input-dataset-id", "samples:1")
    words = ("--es", "score.py", "--cf", "packages.txt", "--dc", "deployment.json", "--model", "weights:1")
    port = terminal.json("service", "deploy", "svc", *words)["port"]
    for _ in range(3):
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/score",
            body(random.normal(size=(4, 2))).encode(),
            {"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=20).read()
    terminal.json("service", "stop", "svc")
    yield terminal
    terminal.json("service", "delete", "svc")


def body(rows: Any) -> str:
    return json.dumps({"data": [[float(each) for each in row] for row in rows]})


@pytest.fixture
def collected(deployed: Terminal) -> Iterator[Path]:
    """The folder in which the service has what it collected; a test finds it as the service left it."""
    folder = deployed.workspace / "services" / "svc" / "data" / "modeldata"
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    yield folder
    for path in [each for each in folder.rglob("*") if each.is_file() and each not in before]:
        path.unlink()
    for path, content in before.items():
        path.write_bytes(content)


def place(folder: Path, days: float, designation: str, name: str) -> Path:
    """A file of so many days ago."""
    day = (NOW - datetime.timedelta(days=days)).strftime("%Y/%m/%d")
    path = folder / "local" / "local" / "default" / "svc" / "weights" / "1" / designation / day / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def moment(days: float) -> str:
    return (NOW - datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def add_requests(folder: Path, days: float, shift: float, count: int = 120, status: int = 200) -> Path:
    """Of five rows each, so many days ago."""
    random = np.random.default_rng(int(days * 10))
    path = place(folder, days, "requests", "data.jsonl")
    with path.open("a") as stream:
        for _ in range(count):
            rows = random.normal(shift, 1, size=(5, 2))
            record = {
                "timestamp": moment(days),
                "status": status,
                "input": body(rows),
                "output": json.dumps([float(row.sum()) for row in rows]),
            }
            stream.write(f"{json.dumps(record)}\n")
    return path


def test_what_a_service_really_collected(deployed: Terminal) -> None:
    """With the sample dataset of its model, by the Python of its own environment, which has NumPy and no pandas."""
    record = deployed.json("drift", "compare", "service:svc")
    assert (record["target"]["source"], record["baseline"]["source"]) == ("service:svc", "dataset:samples:1")
    assert (record["target"]["rows"], record["baseline"]["rows"]) == (12, 300)
    assert [each["name"] for each in record["features"]] == ["0", "1"]
    assert feature(record, "0")["notes"] == ["fewRows"]


def test_two_times_of_a_service_with_its_predictions(deployed: Terminal, collected: Path) -> None:
    add_requests(collected, 20, 0)
    add_requests(collected, 3, 1.0)
    words = ("--baseline", "service:svc", "--since", "7d", "--baseline-until", "7d")
    record = deployed.json("drift", "compare", "service:svc", *words, code=3)
    assert record["drifted"] == ["0", "1", "prediction"]
    assert feature(record, "prediction")["role"] == "prediction"
    assert (record["baseline"]["rows"], record["target"]["rows"]) == (600, 612)
    words = ("--baseline", "service:svc", "--since", "30d", "--until", "15d", "--baseline-until", "15d")
    assert deployed.json("drift", "compare", "service:svc", *words)["target"]["rows"] == 600


def test_no_rows_in_a_time(deployed: Terminal) -> None:
    error = deployed.refused("drift", "compare", "service:svc", "--until", "2020-01-01")
    assert (error["code"], "2020-01-01" in error["message"]) == ("drift-data-empty", True)


def test_a_log_with_broken_lines(deployed: Terminal, collected: Path) -> None:
    path = add_requests(collected, 1, 0, count=100)
    add_requests(collected, 1, 9, count=50, status=500)
    with path.open("ab") as stream:
        stream.write(b'{"timestamp": "2026\n\xff\xfe\n[1, 2]\n' + b'{"status": 200, "input": "no json"}\n')
        stream.write(json.dumps({"status": 200, "timestamp": moment(1), "input": "no json"}).encode() + b"\n")
    record = deployed.json("drift", "compare", "service:svc", "--since", "2d")
    target = record["target"]
    assert (target["rows"], target["skipped"], target["unanswered"]) == (512, 4, 50)
    assert len(target["skippedPlaces"]) == 3
    assert "could not be read and were left out" in deployed.run("drift", "show", "svc").stdout


def test_tables_of_a_data_collector(deployed: Terminal, collected: Path) -> None:
    random = np.random.default_rng(4)
    for designation, names in (("inputs", ["a", "b"]), ("predictions", ["score"])):
        with place(collected, 1, designation, "data.csv").open("w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["$Timestamp", "$CorrelationId", "$RequestId", *names])
            for number in range(400):
                writer.writerow([moment(1 if number < 300 else 3), "c", "r", *random.normal(size=len(names))])
    (deployed.folder / "old.csv").write_text("a,b\n" + "".join(f"{x},{y}\n" for x, y in random.normal(size=(300, 2))))
    record = deployed.json("drift", "compare", "service:svc", "--baseline", "old.csv", "--since", "2d")
    assert [each["name"] for each in record["features"]] == ["a", "b"], "without what the collector adds"
    assert record["target"]["rows"] == 300
    words = ("--baseline", "service:svc", "--baseline-since", "2d")
    record = deployed.json("drift", "compare", "service:svc", *words)
    assert [each["name"] for each in record["features"]] == ["a", "b", "score"]
    done = deployed.json("dataset", "collect", "svc", "--name", "rows", "--since", "2d")
    assert done["rows"] == 300
    (first,) = deployed.json("dataset", "rows", "rows", "--limit", "1")["rows"]
    assert set(json.loads(first)["data"][0]) == {"a", "b"}


def test_collected_inputs_become_a_dataset(deployed: Terminal, collected: Path) -> None:
    add_requests(collected, 2, 0, count=70)
    done = deployed.json("dataset", "collect", "svc", "--since", "3d", "--tag", "kind=week")
    assert (done["asset"]["id"], done["rows"], done["leftOut"], done["skipped"]) == ("svc-inputs:1", 73, 0, 0)
    assert done["asset"]["tags"] == {"kind": "week"}
    record = deployed.json("drift", "compare", "dataset:svc-inputs", "--baseline", "dataset:samples")
    assert record["target"]["rows"] == 70 * 5 + 12
    deployed.json("dataset", "collect", "svc")
    record = deployed.json("drift", "compare", "dataset:svc-inputs")
    assert record["baseline"]["source"] == "dataset:svc-inputs:1", "the version before"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("nobody",), "service-not-found"),
        (("svc", "--since", "2030-01-01"), "drift-data-empty"),
        (("svc", "--since", "yesterday"), "drift-option-invalid"),
        (("svc", "--name", "a/b"), "asset-name-invalid"),
    ],
)
def test_what_becomes_no_dataset(deployed: Terminal, words: tuple[str, ...], code: str) -> None:
    assert deployed.refused("dataset", "collect", *words)["code"] == code


def test_a_dataset_has_room_for_the_newest() -> None:
    assert first_kept([5] * 10, DatasetLimits(rows=4)) == 6
    assert first_kept([5] * 10, DatasetLimits(bytes=12)) == 8
    assert first_kept([5] * 10, DatasetLimits()) == 0
