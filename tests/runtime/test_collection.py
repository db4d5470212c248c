"""Collected data: whole rows in v1's layout, whoever writes and dies; bounded disk, memory and time."""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from collected_data import SPEC, bytes_in, collectors, files, records, table
from depth import rounds
from pace import patience, within
from scoredock_runtime.base import script_data
from scoredock_runtime.observability import collection
from scoredock_runtime.observability.data_files import DataFiles

if TYPE_CHECKING:
    from conftest import Service

RUNTIME = Path(__file__).resolve().parents[2] / "pyserver" / "runtime"


@pytest.fixture
def begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., collection.Collector]]:
    yield from collectors(tmp_path, monkeypatch)


# ------------------------------------------------------------------------------------------ requests


def test_a_request_is_one_record_in_the_layout_of_v1(
    begun: Callable[..., collection.Collector], tmp_path: Path
) -> None:
    collector = begun()
    assert os.environ[script_data.ENABLED_VARIABLE] == "true"
    collector.take("id-1", "/score?a=1", 200, b'{"data":\n [1]}', '[2.5, "é"]'.encode(), "application/json")
    collector.take("id-2", "/score", 500, b"\xff\xfe", b"", "image/png")
    collector.close()
    (path,) = files(tmp_path, "jsonl")
    day = time.strftime("%Y/%m/%d", time.gmtime())
    assert path == tmp_path / f"data/modeldata/local/local/default/svc/ridge/3/requests/{day}/data.jsonl"
    first, second = records(tmp_path)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", first.pop("timestamp"))
    assert first == {
        "request_id": "id-1",
        "path": "/score?a=1",
        "status": 200,
        "content_type": "application/json",
        "input": '{"data":\n [1]}',
        "output": '[2.5, "é"]',
    }
    assert (second["input_base64"], second["output"], second["status"]) == ("//4=", "", 500)
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("model_dir", "expected"),
    [
        ("/app/azureml-models/ridge/3", "ridge/3"),
        ("C:\\app\\azureml-models\\ridge\\3", "ridge/3"),
        ("/app/azureml-models", "default/default"),
        ("/models", "default/default"),
        ("", "default/default"),
    ],
)
def test_the_model_is_named_when_it_is_the_only_one(model_dir: str, expected: str) -> None:
    place = collection.place_of(dataclasses.replace(SPEC, model_dir=model_dir), "/f", {})
    assert f"{place.model}/{place.version}" == expected
    assert place.folder() == str(Path("/f/data/modeldata/local/local/default/svc"))


def test_a_data_folder_and_a_workspace_are_honoured() -> None:
    names = {"AZUREML_ARM_SUBSCRIPTION": "sub", "AZUREML_ARM_RESOURCEGROUP": "rg", "WORKSPACE_NAME": "we"}
    place = collection.place_of(dataclasses.replace(SPEC, data_folder="/elsewhere"), "/f", names)
    assert place.folder() == str(Path("/elsewhere/modeldata/sub/rg/we/svc"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc", "_.._etc"),
        ("a/b", "a_b"),
        ("..", "default"),
        ("", "default"),
        ("con", "_con"),
        ("é x", "é x"),
        ("a\n", "a_"),
        ("x" * 300, "x" * 100),
    ],
)
def test_no_name_leads_out_of_the_folder(name: str, expected: str) -> None:
    assert script_data.segment(name) == expected


def test_a_long_body_is_told_by_its_length(begun: Callable[..., collection.Collector], tmp_path: Path) -> None:
    collector = begun()
    collector.take("id", "/score", 200, b"x" * (collection.BODY_BYTES + 1), b"{}", "text/plain")
    collector.close()
    (record,) = records(tmp_path)
    assert record["input_bytes"] == collection.BODY_BYTES + 1
    assert "input" not in record
    assert record["output"] == "{}"


def test_what_the_disk_cannot_take_is_dropped_and_counted(
    begun: Callable[..., collection.Collector], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = threading.Event()
    waited: list[bool] = []
    append = DataFiles.append

    def stuck(self: DataFiles, *given: Any) -> None:
        waited.append(held.wait(60))
        append(self, *given)

    monkeypatch.setattr(DataFiles, "append", stuck)
    collector = begun()
    told: list[int] = []
    collector.on_dropped = told.append
    body = b"x" * 1_000_000
    for _ in range(100):
        collector.take("id", "/score", 200, body, b"", "text/plain")
    assert collector._bytes <= collection.QUEUE_BYTES
    held.set()
    collector.close()
    assert all(waited), "no request waits until the disk is ready"
    assert sum(told) == collector.dropped > 0
    assert len(records(tmp_path)) + collector.dropped == 100


def test_a_folder_that_cannot_be_written_loses_records_only(
    begun: Callable[..., collection.Collector], tmp_path: Path
) -> None:
    (tmp_path / "data").write_text("in the way")
    collector = begun()
    collector.take("id", "/score", 200, b"{}", b"{}", "application/json")
    collector.close()
    assert collector.dropped == 1


# ------------------------------------------------------------------------------------------ files


def test_files_rotate_and_the_oldest_go(tmp_path: Path) -> None:
    kept = DataFiles(str(tmp_path / "svc"), 10_000, 100_000)
    for number in range(400):
        kept.append("m/1/requests/2026/11/20", "data.jsonl", b"", [(b'{"n": %d}\n' % number) * 100])
    held = files(tmp_path, "jsonl")
    assert all(path.stat().st_size <= 10_000 for path in held)
    assert 50_000 < sum(path.stat().st_size for path in held) <= 100_000 + 100_000 // 16 + 10_000
    newest = max(record["n"] for record in map(json.loads, "".join(p.read_text() for p in held).splitlines()))
    assert newest == 399


def test_the_variable_says_how_much_is_kept(
    begun: Callable[..., collection.Collector], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(collection.DATA_MEGABYTES, "1")
    collector = begun()
    for number in range(60):
        collector.take(f"id-{number}", "/score", 200, b"x" * 50_000, b"[1]", "application/json")
    collector.close()
    held = sum(path.stat().st_size for path in files(tmp_path, "jsonl"))
    assert 500_000 < held < 1_200_000, "of three megabytes"
    assert "id-59" in {record["request_id"] for record in records(tmp_path)}, "the oldest go"


def test_a_file_has_one_header(tmp_path: Path) -> None:
    kept = DataFiles(str(tmp_path / "svc"), 10_000, 100_000)
    for header in (b"a,b\n", b"a,b,c\n", b"a,b\n", b"a,b,c\n"):
        kept.append("d", "data.csv", header, [b"1,2\n"])
    assert sorted(path.read_bytes() for path in files(tmp_path, "csv")) == [b"a,b\n1,2\n1,2\n", b"a,b,c\n1,2\n1,2\n"]
    for _ in range(3000):
        kept.append("d", "data.csv", b"a,b\n", [b"3,4\n"])
    assert len(files(tmp_path, "csv")) > 2
    assert all(path.read_bytes().count(b"a") == 1 for path in files(tmp_path, "csv"))


def test_the_guide_tells_the_figures(tmp_path: Path) -> None:
    guide = (RUNTIME.parents[1] / "docs" / "operations.md").read_text(encoding="utf-8")
    assert f"one above {collection.BODY_BYTES >> 20} MiB has only `input_bytes`" in guide
    assert f"Up to {collection.QUEUE_BYTES >> 20} MiB wait in memory" in guide
    assert f"A file has at most {collection.FILE_BYTES // 1_000_000} MB" in guide
    assert collection.GATHER == 0.2
    assert "A killed worker loses the last fifth of a second" in guide
    assert collection.TOTAL_MEGABYTES == 1024
    assert f"take about 1 GB, then the oldest go; `{collection.DATA_MEGABYTES}` in the environment" in guide


ROWS = 400
WRITER = """
import sys
sys.path.insert(0, {runtime!r})
from scoredock_runtime.observability.data_files import DataFiles
files = DataFiles(sys.argv[1], 1_000_000, 1_000_000_000)
number = 0
while True:
    rows = [b'"%s %d\\n%s",end\\n' % (sys.argv[2].encode(), number + i, b"x" * 2000) for i in range({rows})]
    files.append("m/1/inputs/2026/11/20", "data.csv", b"text,end\\n", rows)
    if number == 0:
        print("wrote", flush=True)
    number += {rows}
"""


@pytest.mark.chance
@pytest.mark.skipif(sys.platform == "win32", reason="processes are killed by signal")
def test_no_half_row_however_many_write_and_are_killed(tmp_path: Path) -> None:
    def writer(name: str) -> subprocess.Popen[str]:
        code = WRITER.format(runtime=str(RUNTIME), rows=ROWS)
        return subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "svc"), name], stdout=subprocess.PIPE, text=True
        )

    turns = rounds(gate=2, long=8)
    for turn in range(turns):
        group = [writer(f"{turn}-{number}") for number in range(3)]
        for each in group:
            assert each.stdout is not None
            assert each.stdout.readline() == "wrote\n"
        size = bytes_in(tmp_path)
        deadline = time.monotonic() + patience(20)
        while bytes_in(tmp_path) < size + 1_000_000:
            assert time.monotonic() < deadline
        for each in group:
            each.send_signal(signal.SIGKILL)
            each.wait()
            assert each.stdout is not None
            each.stdout.close()
    DataFiles(str(tmp_path / "svc"), 1_000_000, 1_000_000_000).recover()
    seen: dict[str, int] = {}
    for path in files(tmp_path, "csv"):
        if not path.stat().st_size:
            continue  # killed at the very first write
        header, *rows = table(path)
        assert header == ["text", "end"]
        for row in rows:
            assert len(row) == 2, row
            assert row[1] == "end"
            name, number = row[0].split("\n")[0].split(" ")
            seen[name] = seen.get(name, 0) + 1
            assert len(row[0].split("\n")[1]) == 2000, number
    assert len(seen) == 3 * turns


@pytest.mark.chance
@pytest.mark.skipif(sys.platform == "win32", reason="processes are killed by signal")
def test_what_a_killed_writer_left_is_cut_off(tmp_path: Path) -> None:
    kept = DataFiles(str(tmp_path / "svc"), 1_000_000, 10_000_000)
    kept.append("d", "data.csv", b"a\n", [b"whole\n"])
    # As after a kill in the middle of a write: the file has grown, and the lock's file tells from where.
    path = tmp_path / "svc" / "d" / "data.csv"
    before = path.stat().st_size
    with path.open("ab") as stream:
        stream.write(b'"half\n a ro')
    (tmp_path / "svc" / ".writing").write_text(json.dumps(["d/data.csv", before]))
    kept.append("d", "data.csv", b"a\n", [b"next\n"])
    assert path.read_bytes() == b"a\nwhole\nnext\n"


@pytest.mark.timed
def test_taking_a_request_costs_little(begun: Callable[..., collection.Collector]) -> None:
    collector = begun()
    given, answered = b'{"data": [[1, 2, 3, 4]]}', b"[1.5]"
    best = 1.0
    for _ in range(50):
        began = time.thread_time()
        for _ in range(200):
            collector.take("id", "/score", 200, given, answered, "application/json")
        best = min(best, (time.thread_time() - began) / 200)
    assert within(best, 5e-6), f"{best * 1e9:.0f} ns"


# ------------------------------------------------------------------------------------------ over HTTP


def test_a_service_collects_requests_and_answers(service: Service, wait_for: Callable[..., Any]) -> None:
    service.up("def init():\n    pass\n\ndef run(data):\n    return 1 / int(data)\n", collect_data=True)
    assert service.score(4, **{"x-request-id": "good"}).json() == 0.25
    assert service.score(0, **{"x-request-id": "bad"}).status == 500
    assert service.request("GET", "/").status == 200
    wait_for(lambda: len(records(service.folder / "data")) == 2)
    first, second = records(service.folder / "data")
    assert (first["request_id"], first["status"], first["input"], first["output"]) == ("good", 200, "4", "0.25")
    assert (second["request_id"], second["status"], second["input"]) == ("bad", 500, "0")
    assert first["content_type"] == "application/json"


LISTENING = """
import socket, sys

def note(event, arguments):
    called = event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple)
    if called or event == "socket.getaddrinfo":
        with open("asked.txt", "a") as file:
            print(event, arguments[1:], file=file)

sys.addaudithook(note)

def init():
    pass

def run(data):
    if data == "1":
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.connect(("192.0.2.1", 9))  # sends nothing by itself
    return data
"""


def test_a_service_without_a_receiver_sends_nothing_anywhere(service: Service, wait_for: Callable[..., Any]) -> None:
    service.up(LISTENING, collect_data=True, metrics=True)
    for number in (2, 3, 4):
        assert service.score(number).status == 200
    assert service.request("GET", "/metrics").status == 200
    wait_for(lambda: len(records(service.folder / "data")) == 3)
    assert not (service.app / "asked.txt").exists()
    assert service.score(1).status == 200
    assert "192.0.2.1" in (service.app / "asked.txt").read_text(), "whoever is asked is seen"


def test_what_a_killed_worker_has_written_stays_without_a_next_request(
    service: Service, wait_for: Callable[..., Any]
) -> None:
    """Rows are gathered for a fifth of a second and then written, whether more come or not."""
    service.up(collect_data=True)
    for number in range(20):
        assert service.score(number).status == 200
    wait_for(lambda: len(records(service.folder / "data")) == 20)
    (worker,) = service.status.worker_pids
    os.kill(worker, signal.SIGKILL)
    wait_for(lambda: service.status.worker_pids and worker not in service.status.worker_pids)
    assert service.score(20).status == 200
    wait_for(lambda: len(records(service.folder / "data")) == 21)
    assert [each["input"] for each in records(service.folder / "data")] == [str(number) for number in range(21)]


def test_the_control_endpoint_hands_out_what_was_collected(service: Service, wait_for: Callable[..., Any]) -> None:
    service.up(collect_data=True)
    for number in range(3):
        assert service.score(number).status == 200
    wait_for(lambda: len(records(service.folder / "data")) == 3)
    ((name, size),) = service.control("GET", "/data").json()["files"]
    content = (service.folder / "data" / name).read_bytes()
    assert size == len(content)

    def piece(start: int) -> bytes:
        query = urllib.parse.urlencode({"name": name, "from": start})
        return base64.b64decode(service.control("GET", f"/data?{query}").json()["data"])

    assert (piece(0), piece(10), piece(size)) == (content, content[10:], b"")
    for query in ("name=../spec.json", "name=/etc/passwd", "name=.writing", "name=x&from=a"):
        assert service.control("GET", f"/data?{query}").status == 400
    assert service.control("GET", "/data", nonce="another").status == 401


def test_records_that_are_lost_are_told_in_the_metrics_and_in_the_log(
    service: Service, tmp_path: Path, wait_for: Callable[..., Any]
) -> None:
    (tmp_path / "no-folder").write_text("a file")
    service.up(metrics=True, collect_data=True, data_folder=str(tmp_path / "no-folder"))
    assert service.score([1]).status == 200
    counted = 'scoredock_records_dropped_total{of="collection"} 1'
    wait_for(lambda: counted in service.request("GET", "/metrics").body.decode())
    wait_for(lambda: any("Data collection: 1 records were dropped" in record["m"] for record in service.log()))


def test_what_waits_is_written_when_the_service_stops(service: Service, wait_for: Callable[..., Any]) -> None:
    service.up(collect_data=True, metrics=True)
    for number in range(30):
        assert service.score(number).status == 200
    service.stop()
    wait_for(service.gone)
    assert sorted(int(record["input"]) for record in records(service.folder / "data")) == list(range(30))
