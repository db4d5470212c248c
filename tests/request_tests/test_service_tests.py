"""`scoredock test` deploys, asks, compares, reports and leaves nothing; `service call --request` sends one."""

from __future__ import annotations

import json
import pickle
import signal
import time
from pathlib import Path
from xml.etree import ElementTree

import psutil
import pytest
from scoredock.cli.scripts.check_output import annotation

from cli.conftest import Terminal
from pace import patience

SCRIPT = """import json
import os

from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse


def init():
    print("up")


@rawhttp
def run(request):
    if request.method == "GET":
        found = {"query": request.query_string.decode(), "a": request.headers.get("X-A", "")}
        return AMLResponse(found, 200, json_str=True)
    data = json.loads(request.get_data())["data"]
    return AMLResponse({"sum": sum(data) + 0.0000001, "count": len(data)}, 200, json_str=True)
"""
TESTS = """@service = http://127.0.0.1:6789
@rows = [1, 2.5]

### two rows
# @tolerance 1e-6
# @expect status 200
# @expect body {"count": 2, "sum": 3.5}
POST {{service}}/score
Content-Type: application/json

{"data": {{rows}}}

### a query
# @expect $.query == "a=1&b=%7B%7Bx%7D%7D"
# @expect $.a == "b"
GET {{service}}/score?a=1&b=%7B%7Bx%7D%7D
X-A: b

### no test
POST {{service}}/score

< body.json
"""


@pytest.fixture
def project(terminal: Terminal, shared_environments: None) -> Terminal:
    (terminal.folder / "score.py").write_text(SCRIPT)
    (terminal.folder / "model.bin").unlink()
    (terminal.folder / "tests").mkdir()
    (terminal.folder / "tests" / "sums.http").write_text(TESTS)
    (terminal.folder / "tests" / "body.json").write_text('{"data": [4]}')
    return terminal


def left(terminal: Terminal) -> list[str]:
    """Services, scratch folders and processes that belong to the data folder."""
    local = terminal.home / "workspaces" / "local"
    found = [str(path) for path in (*local.glob("services/*"), *local.glob("tmp/*"))]
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if any(str(terminal.home) in word for word in words):
            found.append(" ".join(words))
    return found


def test_a_project_is_tested_and_nothing_is_left(project: Terminal) -> None:
    done = project.run("test", "--junit", "out/results.xml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.split(" (")[0] for line in done.stdout.splitlines()] == [
        "✓ tests/sums.http:8 two rows",
        "✓ tests/sums.http:16 a query",
    ]
    assert "2 passed in " in done.stderr
    suite = ElementTree.parse(project.folder / "out" / "results.xml").getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "0", "0")
    assert [case.get("name") for case in suite.iter("testcase")] == ["two rows", "a query"]
    assert left(project) == []


def test_a_wrong_answer_is_red_and_says_where(project: Terminal) -> None:
    (project.folder / "score.py").write_text(SCRIPT.replace("sum(data)", "sum(data) * 2"))
    done = project.run("test", "--name", "ROWS", "--junit", "results.xml")
    assert done.returncode == 1
    assert done.stdout.splitlines()[1:] == ["    $.sum: expected 3.5, got 7.0000001 (3.5 apart, tolerance 1e-06)"]
    assert "1 failed in " in done.stderr
    (failure,) = ElementTree.parse(project.folder / "results.xml").getroot().iter("failure")
    assert failure.get("message") == "$.sum: expected 3.5, got 7.0000001 (3.5 apart, tolerance 1e-06)"
    annotated = project.run("test", "--name", "rows", "--format", "github").stdout
    assert annotated == (
        "::error file=tests/sums.http,line=7,title=two rows::"
        "$.sum: expected 3.5, got 7.0000001 (3.5 apart, tolerance 1e-06)\n"
    )
    told = json.loads(project.run("test", "--json").stdout)
    assert (told["passed"], told["failed"], told["errors"]) == (1, 1, 0)
    assert told["results"][0]["unmet"][0]["expected"] == '{\n  "count": 2,\n  "sum": 3.5\n}'
    assert left(project) == []


def test_a_script_that_fails_is_told_with_its_line_and_log(project: Terminal) -> None:
    tests = project.folder / "tests" / "sums.http"
    tests.write_text("# @deploy ../score.py\n###\n# @expect status 200\nPOST {{service}}/score\n\n{}\n")
    done = project.run("test")
    assert done.returncode == 1
    assert "Expected status 200, got 500." in done.stdout
    assert "KeyError: 'data'" in done.stdout
    assert str(project.home) not in done.stdout
    (project.folder / "score.py").write_text(
        "def init():\n    raise ValueError('no model')\n\n\ndef run(data):\n    pass\n"
    )
    done = project.run("test")
    assert done.returncode == 1
    assert "! tests/sums.http:4 POST {{service}}/score" in done.stdout
    assert "init() failed: ValueError: no model (score.py, line 2)." in done.stdout
    assert "1 could not be run in " in done.stderr
    assert left(project) == []


def test_what_cannot_be_asked_is_one_sentence_and_the_others_run(project: Terminal) -> None:
    tests = project.folder / "tests" / "sums.http"
    tests.write_text(
        TESTS + "\n### typo\n# @expect stauts 200\nPOST {{service}}/score\n\n{}\n"
        "### unknown\n# @expect status 200\nPOST {{service}}/score\n\n{{nobody}}\n"
        "### elsewhere\n# @expect status 200\nPOST https://contoso.com/score\n\n{}\n"
        "### no file\n# @expect body < gone.json\nPOST {{service}}/score\n\n< body.json\n"
    )
    done = project.run("test")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert [line[0] for line in lines if not line.startswith(" ")] == ["✓", "✓", "!", "!", "!", "!"]
    for sentence in (
        "“stauts” cannot be expected.",
        "There is no variable nobody.",
        "The request is for contoso.com, and not for a service on this machine.",
        "gone.json does not exist.",
    ):
        assert sentence in done.stdout
    assert "tests/sums.http:25 typo" in done.stdout
    assert left(project) == []


def test_a_model_file_that_is_not_registered_is_used_where_it_lies(project: Terminal) -> None:
    (project.folder / "weights.pkl").write_bytes(pickle.dumps([2.0, 3.0]))
    (project.folder / "score.py").write_text(
        "import json\nimport os\nimport pickle\n\n\ndef init():\n    global weights\n"
        '    with open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "weights.pkl"), "rb") as stream:\n'
        "        weights = pickle.load(stream)\n\n\ndef run(data):\n    return weights\n"
    )
    (project.folder / "tests" / "sums.http").write_text("# @expect body [2.0, 3.0]\nPOST {{service}}/score\n\n{}\n")
    done = project.run("test")
    assert done.returncode == 0, done.stdout + done.stderr
    assert project.json("model", "list")["models"] == []


def test_where_there_is_nothing_to_test(project: Terminal) -> None:
    (project.folder / "empty").mkdir()
    assert project.refused("test", "empty")["code"] == "tests-not-found"
    assert project.refused("test", "--name", "nobody")["code"] == "tests-not-found"
    (project.folder / "plain.http").write_text("GET http://localhost/score\n")
    assert "plain.http has no request that says what it expects" in project.run("test", "plain.http").stderr
    assert "score.py is not a file of requests" in project.run("test", "score.py").stderr
    assert project.refused("test", "gone.http")["code"] == "file-not-found"
    (project.folder / "score.py").unlink()
    done = project.run("test")
    assert done.returncode == 1
    assert "No entry script was found for sums.http." in done.stdout
    assert project.ok("test", "--list").splitlines() == ["tests/sums.http#two rows", "tests/sums.http#a query"]


@pytest.mark.chance
def test_ctrl_c_leaves_nothing(project: Terminal) -> None:
    slow = SCRIPT.replace('print("up")', 'print("up")\n    import time\n    time.sleep(60)')
    (project.folder / "score.py").write_text(slow)
    running = project.start("test")
    deadline = time.monotonic() + patience(90)
    while not any("scoredock_runtime" in each for each in left(project)):
        assert time.monotonic() < deadline, "it did not start"
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=60)
    assert running.returncode == 130, told
    assert left(project) == []


def test_a_port_is_tested_and_a_wrong_one_is_refused(project: Terminal) -> None:
    """Whoever listens there is asked: no proof is wanted of it, and no script is deployed."""
    project.ok("service", "deploy", "sums", "--entry-script", "score.py")
    port = str(project.json("service", "show", "sums")["port"])
    (project.folder / "score.py").write_text("broken")
    assert "2 passed" in project.run("test", "--port", port).stderr
    project.ok("service", "stop", "sums")
    gone = project.run("test", "--port", port)
    assert (gone.returncode, f"127.0.0.1:{port}" in gone.stdout) == (1, True), gone.stdout
    for words in (("--port", "65536"), ("--port", "-1"), ("--port", port, "--service", "sums")):
        assert project.refused("test", *words)["code"] == "service-request-invalid"


def test_a_service_that_runs_and_a_request_of_a_file(project: Terminal) -> None:
    (project.folder / "deploymentconfig.json").write_text('{"computeType": "aci", "authEnabled": true}')
    project.ok("service", "deploy", "sums", "--entry-script", "score.py", "--dc", "deploymentconfig.json")
    assert "2 passed" in project.run("test", "--service", "sums").stderr
    # The temporary one asks for a key as well, and gets it.
    assert "2 passed" in project.run("test").stderr

    def call(request: str, *words: str) -> str:
        return project.ok("service", "call", "sums", "--request", f"tests/sums.http{request}", *words).strip()

    assert json.loads(call("#no test")) == {"sum": 4.0000001, "count": 1}
    assert json.loads(call("#1", "--variable", "rows=[1]"))["count"] == 1
    refused = project.refused("service", "call", "sums", "--request", "tests/sums.http")
    assert refused["code"] == "request-not-found"
    assert "“two rows”, “a query”, “no test”" in refused["message"]
    assert project.refused("service", "call", "sums", "--request", "x.http#1", "-d", "{}", code=2)["code"] == "usage"
    # A key in the file goes before that of the service.
    keyed = Path(project.folder, "keyed.http")
    keyed.write_text("GET {{service}}/score\nAuthorization: Bearer {{key}}\n###\nGET /score\nAuthorization: Bearer x\n")
    assert project.json("service", "call", "sums", "--request", "keyed.http#1")["status"] == 200
    wrong = json.loads(project.run("service", "call", "sums", "--request", "keyed.http#2", "--json").stdout)
    assert (wrong["status"], wrong["problem"]) == (401, "service-key-refused")


def test_variables_of_an_environment_are_used_and_private_ones_are_not_told(project: Terminal) -> None:
    (project.folder / "http-client.env.json").write_text('{"dev": {"zone": "a"}, "prod": {"zone": "b", "token": "x"}}')
    (project.folder / "http-client.private.env.json").write_text('{"prod": {"token": "private-value"}}')
    (project.folder / "tests" / "sums.http").write_text(
        '### zoned\n# @expect status 200\n# @expect $.query == "zone=a"\n'
        "GET {{service}}/score?zone={{zone}}\nX-A: {{token}}\n"
    )
    done = project.run("test", "--environment", "prod", "--junit", "results.xml")
    assert '$.query: expected "zone=a", got "zone=b"' in done.stdout, done.stdout + done.stderr
    assert "! tests/sums.http:5 zoned" in project.run("test", "--environment", "dev").stdout
    project.ok("service", "deploy", "zones", "--entry-script", "score.py")
    called = ("service", "call", "zones", "--request", "tests/sums.http")
    assert json.loads(project.ok(*called, "--environment", "prod"))["a"] == "private-value"
    assert project.refused(*called)["code"] == "request-environment-needed"
    refused = project.refused(*called, "--environment", "test")
    assert refused["code"] == "request-environment-unknown"
    assert refused["message"] == "There is no environment “test”; there are “dev”, “prod”."
    # Neither in what is printed and reported, nor in any file of the data folder: logs, history, store.
    seen = done.stdout + done.stderr + (project.folder / "results.xml").read_text()
    seen += project.ok("service", "logs", "zones")
    assert "private-value" not in seen
    files = [path for path in (project.home / "workspaces" / "local").rglob("*") if path.is_file()]
    assert not [path for path in files if b"private-value" in path.read_bytes()]
    (project.folder / "http-client.env.json").write_text("[]")
    assert project.refused(*called)["code"] == "request-environment-invalid"


def test_annotations_name_files_from_the_root_of_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "examples" / "tests.http"
    assert annotation("error", str(path), 1, "a", "b") == "::error file=examples/tests.http,line=2,title=a::b"
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / "elsewhere"))
    assert "file=examples/tests.http," in annotation("error", str(path), 1, "a", "b")
    (tmp_path / "examples").mkdir()
    monkeypatch.chdir(tmp_path / "examples")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    assert "file=examples/tests.http," in annotation("error", str(path), 1, "a", "b"), "wherever the command runs"


def test_of_two_scripts_none_is_taken_unless_something_decides(project: Terminal) -> None:
    (project.folder / "faces.py").write_text(SCRIPT)
    error = json.loads(project.run("test", "--json").stdout)["results"][0]["error"]
    assert "../faces.py, ../score.py" in error
    done = project.run("test")
    assert done.returncode == 1
    assert "several entry scripts: ../faces.py, ../score.py" in done.stdout
    assert "# @deploy ../faces.py" in done.stdout + done.stderr
    assert left(project) == []
    (project.folder / "inferenceconfig.json").write_text('{"entryScript": "score.py"}')
    assert project.run("test").returncode == 0, "the configuration decides"
    (project.folder / "inferenceconfig.json").unlink()
    tests = project.folder / "tests" / "sums.http"
    tests.write_text("# @deploy ../score.py\n" + TESTS)
    assert project.run("test").returncode == 0, "the file decides"
