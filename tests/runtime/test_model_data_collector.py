"""ModelDataCollector: the rows it writes, what it gives back, and scripts that use it in real services."""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import interpreters
from collected_data import SPEC, collectors, files, records, table
from depth import rounds
from ports import free_port
from scoredock_runtime.base import current_request, script_data
from scoredock_runtime.observability import collection
from scoredock_runtime.shims.azureml_monitoring import ModelDataCollector

if TYPE_CHECKING:
    from conftest import Service

RUNTIME = Path(__file__).resolve().parents[2] / "pyserver" / "runtime"
PYTHONS = interpreters.found()
ZERO = "00000000-0000-0000-0000-000000000000"
COLLECTING = """
from azureml.monitoring import ModelDataCollector
import json

def init():
    global inputs, predictions
    inputs = ModelDataCollector("best_model", designation="inputs", feature_names=["a", "b"])
    predictions = ModelDataCollector("best_model", designation="predictions", feature_names=["p"])

def run(data):
    rows = json.loads(data)
    facts = inputs.collect(rows)
    predictions.collect(predictions.add_correlations([sum(rows)], facts))
    return sum(rows)
"""


@pytest.fixture
def begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., collection.Collector]]:
    yield from collectors(tmp_path, monkeypatch)


def rows_of(tmp_path: Path, designation: str, name: str = "data.csv") -> list[list[str]]:
    collection.finish()
    (path,) = [p for p in files(tmp_path, "csv") if designation in p.parts and p.name == name]
    assert f"/svc/best_model/default/{designation}/{time.strftime('%Y/%m/%d', time.gmtime())}/" in path.as_posix()
    return table(path)


PREFIX = ["$Timestamp", "$CorrelationId", "$RequestId"]
ADDED = [
    "$aml_dc_correlation_id",
    "$aml_dc_scoring_timestamp",
    "$aml_dc_boundary",
    "$aml_workspace",
    "$aml_service_name",
    "$aml_model_name",
    "$aml_model_version",
    "$aml_request_id",
]


class LikeSpark:
    """A data frame of Spark as collecting sees it."""

    def toPandas(self) -> pd.DataFrame:
        return pd.DataFrame({"f1": [1, 3], "f2": ["x", "y"]})


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (LikeSpark(), [["1", "x"], ["3", "y"]]),
        ([1, 2.5], [["1", "2.5"]]),
        ([[1, 2], [3, 4]], [["1", "2"], ["3", "4"]]),
        (np.array([1.5, 2.0]), [["1.5", "2.0"]]),
        (np.array([[1, 2], [3, 4]]), [["1", "2"], ["3", "4"]]),
        (pd.DataFrame({"f1": [1, 3], "f2": ["x,y", 'a "b"\nc']}), [["1", "x,y"], ["3", 'a "b"\nc']]),
    ],
)
def test_rows_of_every_kind(
    begun: Callable[..., collection.Collector],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    data: Any,
    expected: Any,
) -> None:
    begun()
    monkeypatch.setattr(current_request, "request_id", "the-request")
    collector = ModelDataCollector("best_model", designation="predictions", feature_names=["f1", "f2"])
    assert collector.collect(data) is None
    header, *rows = rows_of(tmp_path, "predictions")
    assert header == [*PREFIX, "f1", "f2"]
    assert [row[3:] for row in rows] == expected
    for row in rows:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?", row[0])
        assert re.fullmatch(r"[0-9a-f-]{36}", row[1])
        assert row[2] == "the-request"


def test_inputs_give_correlations_that_predictions_take(
    begun: Callable[..., collection.Collector], tmp_path: Path
) -> None:
    begun()
    inputs = ModelDataCollector("best_model", "inputs", ["f1"], webservice_name="default")
    predictions = ModelDataCollector("best_model", "predictions", ["p"])
    facts = inputs.collect([7], user_correlation_id="mine")
    assert facts is not None
    assert set(facts) == set(ADDED)
    assert facts["$aml_dc_correlation_id"].startswith("mine-")
    assert facts["$aml_request_id"] == ZERO
    assert facts["$aml_dc_boundary"] == 1440
    for data, shape in (([1], None), (np.array([1.0]), (1, 9)), (np.array([[1.0], [2.0]]), (2, 9))):
        more = predictions.add_correlations(data, facts)
        assert len(more) == 9 if shape is None else more.shape == shape
        predictions.collect(more)
    frame = predictions.add_correlations(pd.DataFrame({"p": [1, 2]}), facts)
    assert list(frame.columns) == ["p", *ADDED]
    assert predictions.add_correlations([1], None) == [1]
    predictions.collect(frame)
    header, *rows = rows_of(tmp_path, "predictions")
    assert header == [*PREFIX, "p", *ADDED]
    assert len(rows) == 6
    assert {row[4] for row in rows} == {facts["$aml_dc_correlation_id"]}
    header, row = rows_of(tmp_path, "inputs")
    assert header == [*PREFIX, "f1", *ADDED]
    assert (row[1], row[3]) == (facts["$aml_dc_correlation_id"], "7")


@pytest.mark.parametrize("values", [[1.5, 2.5, 3.5], np.array([1.5, 2.5, 3.5]), [[1.5], [2.5], [3.5]]])
def test_flat_predictions_of_one_name_are_a_row_each(
    values: Any, begun: Callable[..., collection.Collector], tmp_path: Path
) -> None:
    begun()
    collector = ModelDataCollector("best_model", designation="predictions", feature_names=["price"])
    collector.collect(values)
    facts = ModelDataCollector("best_model", designation="inputs").collect([[1, 2]])
    assert [row[0] for row in collector.add_correlations(values, facts)] == [1.5, 2.5, 3.5]
    ModelDataCollector("best_model", designation="labels").collect(values)
    assert [row[3] for row in rows_of(tmp_path, "predictions")] == ["price", "1.5", "2.5", "3.5"]
    is_flat = not isinstance(values[0], list)
    assert len(rows_of(tmp_path, "labels")) == (2 if is_flat else 4), "without names it is one row, as in v1"


def test_the_old_name_of_designation_takes_any_text(begun: Callable[..., collection.Collector], tmp_path: Path) -> None:
    begun()
    ModelDataCollector("best_model", identifier="my inputs", feature_names=["a"]).collect([1])
    ModelDataCollector("best_model", feature_names=["a"], collection_name="special").collect([2])
    ModelDataCollector("best_model", "signals", ["a"], collection_name="feedback").collect([3])
    assert rows_of(tmp_path, "my inputs")[1][3:] == ["1"]
    assert rows_of(tmp_path, "general", "special.csv")[1][3:] == ["2"]
    assert rows_of(tmp_path, "signals", "feedback.csv")[1][3:] == ["3"]


def test_a_wrong_designation_and_a_wrong_value_are_told(
    begun: Callable[..., collection.Collector], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begun()
    ModelDataCollector("best_model", "mine").collect([1])
    assert "'mine' is not a designation" in capsys.readouterr().out
    with pytest.warns(UserWarning, match="str is not collected"):
        ModelDataCollector("best_model", "inputs").collect("text")
    collection.finish()
    assert files(tmp_path, "csv") == []


def test_off_it_says_so_once_and_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(script_data.ENABLED_VARIABLE, "false")
    monkeypatch.delenv("AML_MODEL_DC_DEBUG", raising=False)
    assert collection.begin(dataclasses.replace(SPEC, collect_data=False), str(tmp_path), os.environ) is None
    collector = ModelDataCollector("best_model", "inputs")
    assert collector.collect([1]) is None
    assert collector.collect([1]) is None
    assert capsys.readouterr().out.count(script_data.ENABLED_VARIABLE) == 1
    assert files(tmp_path, "csv") == []


def test_debug_prints_the_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(script_data.ENABLED_VARIABLE, "false")
    monkeypatch.setenv("AML_MODEL_DC_DEBUG", "true")
    collection.begin(dataclasses.replace(SPEC, collect_data=False), str(tmp_path), os.environ)
    facts = ModelDataCollector("best_model", "inputs", ["a"]).collect([41])
    assert facts is not None
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2].startswith("$Timestamp,$CorrelationId,$RequestId,a,$aml_dc_correlation_id")
    assert f",{ZERO},41," in lines[-1]
    assert files(tmp_path, "csv") == []


def test_a_script_that_collects_decides_alone(begun: Callable[..., collection.Collector], tmp_path: Path) -> None:
    collector = begun()
    ModelDataCollector("best_model", "inputs", ["a"]).collect([1])
    collector.take("id", "/score", 200, b"{}", b"{}", "application/json")
    collector.close()
    assert records(tmp_path) == []
    assert len(files(tmp_path, "csv")) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_processes_that_the_script_forks_collect_as_well(
    begun: Callable[..., collection.Collector], tmp_path: Path
) -> None:
    begun()
    mine = ModelDataCollector("best_model", "inputs", ["a"])
    mine.collect([1])
    child = os.fork()
    if child == 0:
        mine.collect([2])
        collection.finish()
        os._exit(0)
    os.waitpid(child, 0)
    _, *rows = rows_of(tmp_path, "inputs")
    assert sorted(row[3] for row in rows) == ["1", "2"]


@pytest.mark.parametrize(
    "version",
    [
        (
            each
            if each in (next(iter(PYTHONS)), next(reversed(PYTHONS)))
            else pytest.param(each, marks=pytest.mark.long("the oldest and the newest Python do the same at the gate"))
        )
        for each in PYTHONS
    ],
)
def test_every_python_here_collects(version: str, tmp_path: Path) -> None:
    code = f"""
import sys; sys.path.insert(0, {str(RUNTIME)!r})
from scoredock_runtime import shims, contract
from scoredock_runtime.observability import collection
import os
shims.install()
spec = contract.ServiceSpec("svc", 1, "n", "", "/a", "score.py", collect_data=True)
collector = collection.begin(spec, {str(tmp_path)!r}, os.environ)
collector.take("i", "/score", 200, b"[1]", b"[2]", "application/json")
import time
deadline = time.monotonic() + 10
while collector._waiting and time.monotonic() < deadline: time.sleep(0.01)
from azureml.monitoring import ModelDataCollector
from azureml.monitoring.modeldatacollector import ModelDataCollector as Same
from azureml.datacollector import ModelDataCollector as OfWorkbench
OfWorkbench("best_model", identifier="raw").collect([[5, 6]])
ModelDataCollector("best_model", designation="inputs", feature_names=["a", "b"]).collect([[1, 2], [3, 4]])
"""
    done = subprocess.run([str(PYTHONS[version]), "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert len(records(tmp_path)) == 1
    assert sorted(len(table(each)) for each in files(tmp_path, "csv")) == [2, 3]


# ------------------------------------------------------------------------------------------ over HTTP

MONITORED = """
import os

def init():
    if os.environ.get("AZUREML_MDC_ENABLED") != "true":
        raise Exception("custom logging is not enabled, drop the data")

def run(data):
    return os.environ.get("AZUREML_MDC_LOCAL_CAPTURE")
"""


@pytest.mark.parametrize("said", ["true", "false"])
def test_a_collector_of_azureml_ai_monitoring_takes_rows_of_a_service_that_collects(
    service: Service, tmp_path: Path, said: str
) -> None:
    """It logs them, as in a local endpoint of v2, unless the person says where it sends them."""
    environment = {} if said == "true" else {"AZUREML_MDC_LOCAL_CAPTURE": said}
    service.up(MONITORED, collect_data=True, data_folder=str(tmp_path / "elsewhere"), environment=environment)
    assert service.score([1]).json() == said


def test_nothing_is_collected_unless_asked_for(service: Service, wait_for: Any) -> None:
    service.up(COLLECTING)
    assert service.score([1, 2]).json() == 3
    service.stop()
    assert not (service.folder / "data").exists()
    assert files(service.folder, "csv") == []
    wait_for(lambda: "AML_MODEL_DC_STORAGE_ENABLED" in service.log_text())


@pytest.mark.parametrize(
    "asked",
    ["setting", pytest.param("variable", marks=pytest.mark.long("the variable is asked on the command line, below"))],
)
def test_a_model_data_collector_of_a_service_works(
    service: Service, wait_for: Callable[..., Any], tmp_path: Path, asked: str
) -> None:
    data = tmp_path / "elsewhere"
    if asked == "setting":
        service.up(COLLECTING, collect_data=True, data_folder=str(data), worker_count=2)
    else:
        variables = {"AML_MODEL_DC_STORAGE_ENABLED": "true"}
        service.up(COLLECTING, data_folder=str(data), worker_count=2, environment=variables)
    callers = [
        threading.Thread(target=lambda n=n: [service.score([n, i], **{"x-request-id": f"{n}-{i}"}) for i in range(25)])  # type: ignore[misc]
        for n in range(4)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    service.stop()
    wait_for(service.gone)
    assert records(data) == []
    inputs, predictions = files(data, "csv")
    assert "/local/local/default/svc/best_model/default/inputs/" in inputs.as_posix()
    header, *rows = table(inputs)
    assert header == [*PREFIX, "a", "b", *ADDED]
    assert {row[2]: (row[3], row[4]) for row in rows} == {
        f"{n}-{i}": (str(n), str(i)) for n in range(4) for i in range(25)
    }
    assert len(rows) == 100
    correlated = {row[1] for row in rows}
    _, *answers = table(predictions)
    assert {row[4] for row in answers} == correlated
    assert all(int(row[3]) == sum(map(int, row[2].split("-"))) for row in answers)


@pytest.mark.long("test_collection.py kills writers of such files at the gate")
@pytest.mark.skipif(sys.platform == "win32", reason="processes are killed by signal")
def test_workers_killed_under_load_leave_whole_rows(service: Service, wait_for: Callable[..., Any]) -> None:
    service.up(COLLECTING, collect_data=True, worker_count=2)
    stop = threading.Event()

    def call() -> None:
        while not stop.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException):
                service.score([1, 2])

    callers = [threading.Thread(target=call) for _ in range(4)]
    for caller in callers:
        caller.start()
    try:
        for _ in range(3):
            wait_for(lambda: len(service.status.worker_pids) == 2)
            pids = service.status.worker_pids
            os.kill(pids[0], signal.SIGKILL)
            wait_for(lambda pid=pids[0]: pid not in service.status.worker_pids)
    finally:
        stop.set()
        for caller in callers:
            caller.join()
    service.stop()
    wait_for(service.gone)
    found = [path for path in files(service.folder, "csv") if path.stat().st_size]
    assert found
    for path in found:
        header, *rows = table(path)
        assert rows
        assert {len(row) for row in rows} == {len(header)}


def test_on_the_command_line_only_the_script_collects(tmp_path: Path, wait_for: Callable[..., Any]) -> None:
    (tmp_path / "score.py").write_text(COLLECTING)
    (tmp_path / "plain.py").write_text("def init():\n    pass\n\ndef run(data):\n    return 1\n")
    port = free_port()

    def answer(body: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            connection.request("POST", "/score", body, {"Content-Type": "application/json"})
            return connection.getresponse().read()
        except OSError:
            return b""
        finally:
            connection.close()

    for script, expected in (("plain.py", b"1"), ("score.py", b"3")):
        environment = {**os.environ, "AML_MODEL_DC_STORAGE_ENABLED": "true"}
        process = subprocess.Popen(
            [sys.executable, "-m", "scoredock_runtime", "--entry_script", script, "--port", str(port)],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for(lambda: answer("[1, 2]") == expected)  # noqa: B023 (called in the loop)
        finally:
            process.terminate()
            process.wait(20)
    assert not list(tmp_path.rglob("*.jsonl"))
    assert {path.parts[-5] for path in (tmp_path / "data").rglob("*.csv")} == {"inputs", "predictions"}


SLOW_TO_START = COLLECTING.replace("def init():", "def init():\n    import time\n    time.sleep(1)", 1)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGSTOP")
@pytest.mark.chance
def test_a_stop_right_after_the_first_answer_loses_no_row(tmp_path: Path, wait_for: Callable[..., Any]) -> None:
    """The parent is held until the worker has answered: it learns of the stop no later than that it is ready."""
    for turn in range(rounds(gate=2, long=40)):
        folder = tmp_path / str(turn)
        folder.mkdir()
        (folder / "score.py").write_text(SLOW_TO_START)
        port = free_port()
        process = subprocess.Popen(
            [sys.executable, "-m", "scoredock_runtime", "--entry_script", "score.py", "--port", str(port)],
            cwd=folder,
            env={**os.environ, "AML_MODEL_DC_STORAGE_ENABLED": "true"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

        def send(method: str, path: str, body: str = "", *, port: int = port) -> int:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            try:
                connection.request(method, path, body, {"Content-Type": "application/json"})
                return connection.getresponse().status
            except OSError:
                return 0
            finally:
                connection.close()

        try:
            wait_for(lambda: send("GET", "/") == 200)
            process.send_signal(signal.SIGSTOP)
            assert send("POST", "/score", "[1, 2]") == 200
            process.send_signal(signal.SIGTERM)
            process.send_signal(signal.SIGCONT)
        finally:
            process.send_signal(signal.SIGCONT)
            process.terminate()
            process.wait(30)
        assert {path.parts[-5] for path in (folder / "data").rglob("*.csv")} == {"inputs", "predictions"}, turn
