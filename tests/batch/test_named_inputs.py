"""Inputs that are not paths: registered datasets, what a service has collected, addresses that fsspec reaches."""

from __future__ import annotations

import contextlib
import csv
import http.client
import json
import os
import signal
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from scoredock.contrib.batch.domain.work.fetched_inputs import root_of, without_secrets

from batch.conftest import Terminal, until

NAMES = (
    "import os\n\n\ndef run(mini_batch):\n    return [os.path.basename(p) + ' ' + open(p).read() for p in mini_batch]\n"
)
ROWS = "def run(mini_batch):\n    return mini_batch\n"


@pytest.fixture
def scripts(terminal: Terminal) -> Terminal:
    terminal.write(
        names__py=NAMES,
        rows__py=ROWS,
        cloud__txt="azureml-defaults\npandas\nfsspec\naiohttp\nrequests\n",
        half__txt="azureml-defaults\nfsspec\n",
    )
    return terminal


def words(source: str, script: str, *more: str, packages: str = "cloud.txt", name: str = "the-job") -> list[str]:
    head = ["batch", "run", "--name", name, "--entry-script", script, "--conda-file", packages]
    return [*head, "--output-path", name, "--input", source, *more]


def text(terminal: Terminal, name: str = "the-job") -> str:
    return (terminal.folder / name / "parallel_run_step.txt").read_text()


def rows(terminal: Terminal, name: str = "the-job") -> list[dict[str, str]]:
    with (terminal.folder / name / "parallel_run_step.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def nothing_is_left(terminal: Terminal) -> bool:
    return terminal.json("batch", "list")["jobs"] == [] and list(terminal.jobs.iterdir()) == []


TABLE = ("--input-format", "csv", "--output-format", "csv", "--input-keys")

# Registered datasets


def register(terminal: Terminal, *bodies: object) -> None:
    (terminal.folder / "bodies.jsonl").write_text("".join(json.dumps(each) + "\n" for each in bodies))
    terminal.json("dataset", "register", "bodies.jsonl", "--name", "asked")


def test_rows_of_a_dataset(scripts: Terminal) -> None:
    register(scripts, {"id": 1, "word": "a,\nb"}, {"id": 2, "more": [3]})
    details = scripts.json(*words("dataset:asked", "rows.py", *TABLE, packages="pandas.txt"))
    assert details["inputs"] == ["dataset:asked"]
    found = rows(scripts)
    assert [(row["id"], row["word"], row["more"]) for row in found] == [("1", "a,\nb", ""), ("2", "", "[3]")]
    assert [(row["input_file"], row["input_row"]) for row in found] == [
        ("dataset:asked:1/rows.csv", "0"),
        ("dataset:asked:1/rows.csv", "1"),
    ]
    assert not (scripts.jobs / "the-job" / "inputs").exists(), "the copies go with the end of the job"


def test_bodies_with_rows_of_numbers(scripts: Terminal) -> None:
    register(scripts, {"data": [[1, 2], [3, 4]]}, {"data": [[5, 6]]})
    scripts.json(*words("azureml:asked:1", "rows.py", *TABLE, packages="pandas.txt"))
    assert [(row["0"], row["1"]) for row in rows(scripts)] == [("1", "2"), ("3", "4"), ("5", "6")]


def test_a_file_for_each_body(scripts: Terminal) -> None:
    register(scripts, {"data": 1}, {"data": 2})
    scripts.json(*words("azureml:asked@latest", "names.py", packages="plain.txt"))
    assert text(scripts) == '000000000.json {"data": 1}\n000000001.json {"data": 2}\n'


def test_datasets_that_are_refused(scripts: Terminal) -> None:
    register(scripts, [[1, 2]], [[1, 2, 3]])
    run = partial(words, script="rows.py", packages="pandas.txt")
    for line, code in (
        (run("dataset:other"), "asset-not-found"),
        (run("dataset:asked:9"), "asset-not-found"),
        ([*run("dataset:asked"), "--input-format", "parquet"], "batch-option-invalid"),
        ([*run("dataset:asked"), "--input-format", "csv"], "batch-option-invalid"),
        (run("service:nobody"), "service-not-found"),
    ):
        assert scripts.refused(*line)["code"] == code, line
    assert nothing_is_left(scripts)


def test_files_that_a_script_of_the_sdk_registered(scripts: Terminal) -> None:
    (scripts.folder / "in").mkdir()
    for number in range(2):
        (scripts.folder / "in" / f"{number}.txt").write_text(str(number))
    (scripts.folder / "register.py").write_text(
        "from azureml.core import Dataset, Workspace\nws = Workspace.setup()\n"
        "store = ws.get_default_datastore()\nstore.upload('in', 'numbers')\n"
        "Dataset.File.from_files((store, 'numbers')).register(ws, 'numbers')\n"
    )
    done = scripts.run("sdk", "run", "register.py")
    assert done.returncode == 0, done.stdout + done.stderr
    scripts.json(*words("dataset:numbers", "names.py", packages="plain.txt"))
    assert text(scripts) == "0.txt 0\n1.txt 1\n"


# What a service has collected

COLLECTS = (
    "import json\nfrom azureml.monitoring import ModelDataCollector\n\n\ndef init():\n    global collector\n"
    "    collector = ModelDataCollector('plain', designation='inputs', feature_names=['a', 'b'])\n\n\n"
    "def run(data):\n    collector.collect(json.loads(data))\n    return 1\n"
)
ECHO = "import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return json.loads(data)\n"


@contextlib.contextmanager
def service(terminal: Terminal, script: str, *bodies: str) -> Iterator[None]:
    """One that has answered these."""
    terminal.write(score__py=script)
    config = {"computeType": "aks", "authEnabled": False, "dataCollection": {"storageEnabled": True}}
    (terminal.folder / "deployment.json").write_text(json.dumps(config))
    deploy = ("service", "deploy", "svc", "--es", "score.py", "--cf", "plain.txt", "--dc", "deployment.json")
    port = terminal.json(*deploy)["port"]
    try:
        for body in bodies:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            connection.request("POST", "/score", body, {"Content-Type": "application/json"})
            assert connection.getresponse().read()
            connection.close()
        terminal.json("service", "stop", "svc")
        yield
    finally:
        terminal.json("service", "delete", "svc")


def test_rows_that_a_collector_wrote(scripts: Terminal) -> None:
    with service(scripts, COLLECTS, "[1, 2]", "[[3, 4], [5, 6]]"):
        scripts.json(*words("service:svc", "rows.py", *TABLE, packages="pandas.txt"))
    found = rows(scripts)
    assert [(row["a"], row["b"]) for row in found] == [("1", "2"), ("3", "4"), ("5", "6")]
    assert {"$Timestamp", "$RequestId"} <= found[0].keys()
    assert found[0]["input_file"].startswith("service:svc/")


def test_requests_that_a_service_collected(scripts: Terminal) -> None:
    with service(scripts, ECHO, '{"data": [[1, 2]]}', "no json", '{"data": [[3, 4]]}'):
        scripts.json(*words("service:svc", "names.py", packages="plain.txt"))
        assert text(scripts) == '000000000.json {"data": [[1, 2]]}\n000000001.json {"data": [[3, 4]]}\n'
        scripts.json(*words("service:svc", "rows.py", *TABLE, packages="pandas.txt", name="as-rows"))
        assert [row["1"] for row in rows(scripts, "as-rows")] == ["2", "4"]


def test_a_service_that_has_collected_nothing(scripts: Terminal) -> None:
    with service(scripts, ECHO):
        error = scripts.refused(*words("service:svc", "rows.py", *TABLE, packages="pandas.txt"))
    assert (error["code"], "service:svc" in error["message"]) == ("batch-input-empty", True)
    assert nothing_is_left(scripts)


# Addresses


class Files(SimpleHTTPRequestHandler):
    """Of a folder; `/short` ends before what it promised, `/never` does not end."""

    def do_GET(self) -> None:
        if self.path.startswith(("/short", "/never")):
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"x" * 10)
            self.wfile.flush()
            if self.path.startswith("/never"):
                self.server.reached.set()  # type: ignore[attr-defined]
                self.server.closed.wait(60)  # type: ignore[attr-defined]
            self.close_connection = True
            return
        super().do_GET()

    def do_HEAD(self) -> None:
        if self.path.startswith(("/short", "/never")):
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            return
        super().do_HEAD()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def web(scripts: Terminal) -> Iterator[Any]:
    folder = scripts.folder / "web"
    for country, number in (("DE", 1), ("FR", 2)):
        place = folder / "numbers" / f"country={country}"
        place.mkdir(parents=True)
        (place / f"{number}.csv").write_text(f"id\n{number}\n{number + 10}\n")
        (place / "notes.txt").write_text("not a table\n")
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=str(folder)))
    server.reached, server.closed = threading.Event(), threading.Event()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.closed.set()
    server.shutdown()
    thread.join()
    server.server_close()


def address(web: Any, path: str) -> str:
    return f"http://127.0.0.1:{web.server_port}/{path}"


def test_a_folder_of_a_storage(scripts: Terminal, web: Any) -> None:
    """What lies in it, where it lies there: folders are partition keys."""
    source = f"file://{scripts.folder}/web/numbers"
    details = scripts.json(*words(source, "rows.py", *TABLE, "--partition-key", "country"))
    assert (details["inputs"], details["files"], details["job"]["completed"]) == ([source], 2, 2)
    found = rows(scripts)
    assert [(row["id"], row["input_row"]) for row in found] == [("1", "0"), ("11", "1"), ("2", "0"), ("12", "1")]
    assert found[0]["input_file"] == f"{source}/country=DE/1.csv"
    assert not (scripts.jobs / "the-job" / "inputs").exists()


def test_a_pattern_and_a_single_file(scripts: Terminal, web: Any) -> None:
    source = f"file://{scripts.folder}/web/numbers/*/*.csv"
    second = ["--input", f"file://{scripts.folder}/web/numbers/country=FR/notes.txt"]
    scripts.json(*words(source, "names.py", *second))
    assert text(scripts) == "1.csv id\n1\n11\n\n2.csv id\n2\n12\n\nnotes.txt not a table\n\n"


def test_addresses_of_the_web(scripts: Terminal, web: Any) -> None:
    source = address(web, "numbers/country=DE/1.csv?sig=secret")
    details = scripts.json(*words(source, "rows.py", *TABLE))
    assert [row["id"] for row in rows(scripts)] == ["1", "11"]
    assert rows(scripts)[0]["input_file"] == address(web, "numbers/country=DE/1.csv")
    assert details["inputs"] == [address(web, "numbers/country=DE/1.csv")]
    kept = [path for path in (scripts.jobs / "the-job").rglob("*") if path.is_file() and b"secret" in path.read_bytes()]
    assert kept == [], "a key in an address is kept nowhere"


def test_a_folder_of_the_web(scripts: Terminal, web: Any) -> None:
    """Whose server lists what is in it."""
    scripts.json(*words(address(web, "numbers/"), "rows.py", *TABLE))
    assert [(row["id"], row["input_file"]) for row in rows(scripts)] == [
        ("1", address(web, "numbers/country=DE/1.csv")),
        ("11", address(web, "numbers/country=DE/1.csv")),
        ("2", address(web, "numbers/country=FR/2.csv")),
        ("12", address(web, "numbers/country=FR/2.csv")),
    ]


@pytest.mark.parametrize(
    ("source", "packages", "package"),
    [
        ("s3://bucket/folder", "plain.txt", "fsspec"),
        ("s3://bucket/folder", "half.txt", "s3fs"),
        ("abfs://container/folder", "half.txt", "adlfs"),
        ("https://example.invalid/a.csv", "half.txt", "aiohttp"),
    ],
)
def test_the_package_that_is_missing_is_named(scripts: Terminal, source: str, packages: str, package: str) -> None:
    error = scripts.refused(*words(source, "names.py", packages=packages))
    assert error["code"] == "batch-package-missing"
    assert package in error["message"]
    assert source in error["message"]
    assert nothing_is_left(scripts)


@pytest.mark.parametrize("path", ["nothing.csv", "short?sig=secret"])
def test_what_does_not_come_leaves_nothing(scripts: Terminal, web: Any, path: str) -> None:
    error = scripts.refused(*words(address(web, path), "names.py"))
    assert error["code"] == "batch-input-unreachable"
    assert "secret" not in json.dumps(error)
    assert nothing_is_left(scripts)


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_cancelled_while_it_is_copied(scripts: Terminal, web: Any) -> None:
    client = scripts.start(*words(address(web, "never"), "names.py"))
    try:
        for _ in until(120, "the request for the file"):
            if web.reached.is_set():
                break
        os.killpg(client.pid, signal.SIGINT)
        assert client.wait(60) == 130
    finally:
        client.kill()
        client.communicate()
    assert nothing_is_left(scripts)


@pytest.mark.parametrize(
    ("url", "shown", "origin"),
    [
        ("s3://bucket/in/a.csv", "s3://bucket/in/a.csv", "s3://bucket/in"),
        ("s3://bucket/in/*.csv", "s3://bucket/in/*.csv", "s3://bucket/in"),
        ("https://user:word@host/in/a.csv?sig=1#x", "https://host/in/a.csv", "https://host/in"),
        ("abfs://container@account/in/?.csv", "abfs://container@account/in/?.csv", "abfs://container@account/in"),
        ("http://host/in/", "http://host/in/", "http://host/in"),
    ],
)
def test_what_is_written_down_of_an_address(url: str, shown: str, origin: str) -> None:
    assert (without_secrets(url), root_of(url)) == (shown, origin)
