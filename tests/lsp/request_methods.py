"""Methods of requests in `.http` files and of tests. Run by test_methods.py, whose world has the service `adder`."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

FILE = """@service = http://127.0.0.1:1

### three
# @expect status 200
# @expect $ == 6
POST {{service}}/score?a=1
Content-Type: application/json
X-Key: {{key}}

{"data": [1, 2, 3]}

### broken
# @expect stauts 200
POST {{service}}/score
"""


def _file(world: Any) -> Path:
    path = Path(world.project, "adder.http")
    path.write_text(FILE)
    return path


def request_list(world: Any) -> None:
    found = world.ask("scoredock/request/list", {"path": str(_file(world))})
    assert [(each.name, each.line, each.is_test) for each in found.requests] == [
        ("three", 5, True),
        ("broken", 13, True),
    ]
    assert [(each.line, each.character) for each in found.faults] == [(12, 2)]
    assert "adder" in found.services
    assert found.deploys == str(world.project)


def request_read(world: Any) -> None:
    found = world.ask("scoredock/request/read", {"path": str(_file(world)), "line": 8, "service": "adder"})
    assert (found.name, found.method, found.route, found.query) == ("three", "POST", "/score", "a=1")
    assert (found.body, found.content_type) == ('{"data": [1, 2, 3]}', "application/json")
    # No key leaves the server with it.
    assert found.headers == {"X-Key": ""}


def request_write(world: Any) -> None:
    answer = {"status": 200, "body": "[1.5, 2]", "contentType": "application/json"}
    request = {"service": "adder", "name": "a name", "method": "POST", "body": '{"data": []}'}
    path = Path(world.project, "tests.http")
    found = world.ask("scoredock/request/write", {**request, "answer": answer})
    assert (found.path, found.is_new, found.files) == (str(path), True, [])
    assert found.text == (
        "### a name\n# @expect status 200\n# @tolerance 1e-06\n# @expect body [1.5, 2]\n"
        'POST {{service}}/score\nContent-Type: application/json\n\n{"data": []}\n'
    )
    assert not path.exists(), "nothing is written"
    # What does not fit into the file is in files beside it, and a title is not used twice.
    path.write_text(found.text)
    large = {**answer, "body": json.dumps([0] * 500)}
    photo = {"body": base64.b64encode(b"\xff\xd8").decode(), "encoding": "base64", "contentType": "image/jpeg"}
    found = world.ask("scoredock/request/write", {**request, **photo, "answer": large})
    assert (found.is_new, found.text.splitlines()[:2]) == (False, ["", "### a name 2"])
    assert "# @expect body < a-name-2.expected.json\n" in found.text
    assert found.text.endswith("Content-Type: image/jpeg\n\n< a-name-2.bin\n")
    contents = {Path(each.path).name: base64.b64decode(each.content) for each in found.files}
    assert contents["a-name-2.bin"] == b"\xff\xd8"
    assert json.loads(contents["a-name-2.expected.json"]) == [0] * 500
    assert (path.read_text() + found.text).splitlines()[found.line] == "POST {{service}}/score"
    path.unlink()
    # A request that is only saved is for other programs as well, which are told where the service is.
    saved = world.ask("scoredock/request/write", request)
    assert saved.text.splitlines()[0].startswith("@service = http://127.0.0.1:")


TITLES: list[tuple[dict[str, Any], str]] = [
    ({"body": '{"data": [[1, 2], [3, 4]]}'}, "score with 2 rows of data"),
    ({"body": '{"amount": 1, "currency": "EUR", "loyal": true}'}, "score with amount, currency, loyal"),
    ({"body": '{"a": 1, "b": 2, "c": 3, "d": 4}'}, "score with a, b, c…"),
    ({"body": "[1]"}, "score with 1 value"),
    ({"body": '[{"a": 1}]'}, "score with 1 row"),
    ({"body": "hello"}, "score with text"),
    ({"body": "/9g=", "encoding": "base64", "contentType": "image/jpeg"}, "score with image/jpeg"),
    ({"method": "GET", "query": "years=2&rate=6"}, "score with years, rate"),
    ({"method": "GET", "route": "/swagger.json"}, "swagger.json"),
]


def request_title(world: Any) -> None:
    base = {"service": "adder", "name": "", "method": "POST"}
    for request, title in TITLES:
        assert world.ask("scoredock/request/title", {**base, **request}).title == title
    refused = {"status": 400, "body": "no", "contentType": "text/plain"}
    found = world.ask("scoredock/request/title", {**base, "body": "[1, 2]", "answer": refused})
    assert found.title == "score with 2 values, status 400"
    written = world.ask("scoredock/request/write", {**base, "body": "[1, 2]", "answer": refused})
    assert written.text.startswith("### score with 2 values, status 400\n")


def request_history(world: Any) -> None:
    secret = {"Authorization": "Bearer hidden", "X-Api-Key": "hidden", "X-A": "1"}
    for body in ('{"data": [1]}', '{"data": [2]}', '{"data": [1]}'):
        sent = {"name": "adder", "body": body, "query": "q=1", "headers": secret}
        world.ask("scoredock/service/call", sent)
    found = world.ask("scoredock/request/history", {"name": "adder"})
    assert [each.body for each in found.requests[:2]] == ['{"data": [1]}', '{"data": [2]}']
    newest = found.requests[0]
    assert (newest.method, newest.route, newest.query, newest.status) == ("POST", "/score", "q=1", 200)
    assert newest.headers == {"X-A": "1"}
    assert "hidden" not in str(found)


def send_request(world: Any) -> None:
    sent = {"name": "adder", "body": '{"data": [1, 2]}', "stream": "one"}
    found = world.ask("scoredock/service/send", sent)
    assert (found.status, found.media, found.text, found.size) == (200, "json", "3", 1)
    assert (found.is_whole, found.is_cut, found.file, found.table) == (True, False, "", None)
    elsewhere = world.ask("scoredock/service/send", {**sent, "route": "/predict"})
    assert (elsewhere.status, elsewhere.advice) == (
        404,
        "The script is called at /score; use that as the path of the request.",
    )
    log = {"since": found.log_since, "status": 200, "requestId": found.headers["x-ms-request-id"]}
    lines = world.ask("scoredock/service/requestLog", {"name": "adder", **log}).lines
    assert "POST /score 200" in lines[-1]


def send_many(world: Any) -> None:
    sent = {"name": "adder", "body": '{"data": [1, 2]}', "stream": "many", "connections": 2}
    found = world.ask("scoredock/service/load", {**sent, "duration": 1, "rate": 20})
    assert (found.answered, found.failed, found.errors) == (20, 0, [])
    assert found.p50 <= found.p95 <= found.p99 <= found.longest * 1.02
    broken = world.ask("scoredock/service/load", {**sent, "duration": 0.3, "rate": 20, "body": "{"})
    assert [(each.reason, each.count) for each in broken.errors] == [("status 500", broken.answered)]
    assert broken.p50 is None
    hurried = world.ask("scoredock/service/load", {**sent, "connections": 1, "duration": 0.3, "rate": 10_000})
    assert "of 10,000 requests per second were sent: 1 connections" in hurried.note
    # Stopped half-way it gives what it has measured.
    begun = world.client.begin("scoredock/service/load", {**sent, "duration": 300, "stream": "long"})
    world.client.notified("scoredock/load/measured", lambda told: told["stream"] == "long" and told["answered"] > 0)
    world.client.notify("$/cancelRequest", {"id": begun})
    assert world.client.answer(begun, 30)["result"]["answered"] > 0


def help_with_a_body(world: Any) -> None:
    found = world.ask("scoredock/request/complete", {"name": "adder", "before": '{"da'})
    assert (found.typed, [each.text for each in found.items]) == ('"da', ['"data": '])
    form = world.ask("scoredock/request/form", {"name": "adder", "body": '{"data": [1, 2.50]}'})
    assert [(each.label, each.value, each.start) for each in form.fields] == [
        ("data 1", "1", 10),
        ("data 2", "2.50", 13),
    ]


def list_tests(world: Any) -> None:
    path = _file(world)
    (found,) = world.ask("scoredock/test/list", {"paths": [str(world.project)]}).files
    assert found.path == str(path)


def run_tests(world: Any) -> None:
    path = str(_file(world))
    params = {"files": [{"path": path}], "service": "adder"}
    found = world.ask("scoredock/test/run", params)
    assert [(each.name, each.state) for each in found.results] == [("three", "passed"), ("broken", "error")]
    assert (found.passed, found.failed, found.errors) == (1, 0, 1)
    # What is not saved yet counts.
    document = {"uri": Path(path).as_uri(), "languageId": "http", "version": 1, "text": FILE.replace("== 6", "== 7")}
    world.client.notify("textDocument/didOpen", {"textDocument": document})
    (result,) = world.ask("scoredock/test/run", {**params, "files": [{"path": path, "names": ["three"]}]}).results
    assert [(each.line, each.message) for each in result.unmet] == [(4, "$: expected 7, got 6")]
    world.client.notify("textDocument/didClose", {"textDocument": {"uri": document["uri"]}})


def variables(world: Any) -> None:
    path = Path(world.project, "shell.http")
    path.write_text("# @expect status 200\nPOST {{service}}/score\n\n{{$processEnv PATH}} {{$dotenv TOKEN}}\n")
    selection = {"path": str(path), "names": []}
    assert world.ask("scoredock/test/variables", {"files": [selection]}).names == ["PATH", "TOKEN"]
    allowed = {**selection, "allowedVariables": ["PATH"]}
    assert world.ask("scoredock/test/variables", {"files": [allowed]}).names == ["TOKEN"]
    path.unlink()


def debug_targets(world: Any) -> None:
    path = _file(world)
    (found,) = world.ask("scoredock/test/debugTargets", {"files": [{"path": str(path), "names": ["three"]}]}).targets
    script = Path(found.entry_script)
    assert [(each.path, each.names) for each in found.files] == [(str(path), ["three"])]
    assert [(each.local_root, each.remote_root) for each in found.path_mappings] == [(str(script.parent), ".")]


def environments(world: Any) -> None:
    path = _file(world)
    named = Path(world.project, "http-client.env.json")
    named.write_text('{"dev": {"rows": "[1]"}, "prod": {"rows": "[2]"}}')
    assert world.ask("scoredock/request/environments", {"path": str(path)}).names == ["dev", "prod"]
    document = {"uri": path.as_uri(), "languageId": "http", "version": 1}
    text = 'POST {{service}}/score\n\n{"data": {{rows}}}\n\n###\nPOST {{service}}/score\n\n{{nowhere}}\n'
    world.client.notify("textDocument/didOpen", {"textDocument": {**document, "text": text}})
    read = {"path": str(path), "name": "1", "service": "adder", "environment": "prod"}
    assert world.ask("scoredock/request/read", read).body == '{"data": [2]}'
    # A variable that is nowhere is told where it stands, also in a file without a test.
    (found,) = world.ask("scoredock/test/list", {"paths": [str(path)]}).files
    (fault,) = found.faults
    assert (fault.line, fault.character, fault.end_character) == (7, 0, 11)
    assert fault.message == "There is no variable nowhere. Define it with “@nowhere = value”."
    world.client.notify("textDocument/didClose", {"textDocument": {"uri": document["uri"]}})
    named.unlink()


def parts_of_forms(world: Any) -> None:
    picture = Path(world.project, "cat.png")
    picture.write_bytes(b"\x89PNG\xff")
    parts = [
        {"name": "title", "text": "a cat"},
        {"name": "image", "isFile": True, "path": str(picture), "fileName": "cat.png"},
        {"name": "bytes", "isFile": True, "content": base64.b64encode(b"\xff").decode(), "fileName": "b.gif"},
    ]
    written = world.ask("scoredock/request/write", {"service": "adder", "name": "f", "method": "POST", "parts": parts})
    form = "Content-Type: multipart/form-data; boundary=scoredock-form\n\n--scoredock-form\n"
    assert form + 'Content-Disposition: form-data; name="title"\n\na cat\n--scoredock-form\n' in written.text
    assert "\nContent-Type: image/png\n\n< cat.png\n--scoredock-form\n" in written.text
    assert "\nContent-Type: image/gif\n\n< f.gif\n--scoredock-form--\n" in written.text
    (kept,) = written.files
    assert (Path(kept.path).name, base64.b64decode(kept.content)) == ("f.gif", b"\xff")
    # Read again, its files are there by their paths.
    path = Path(world.project, "form.http")
    path.write_text(written.text)
    Path(kept.path).write_bytes(b"\xff")
    read = world.ask("scoredock/request/read", {"path": str(path), "name": "f", "service": "adder"})
    assert [(each.name, each.text, each.path, each.file_name) for each in read.parts] == [
        ("title", "a cat", "", ""),
        ("image", "", str(picture), "cat.png"),
        ("bytes", "", kept.path, "b.gif"),
    ]
    body = {"body": read.body, "encoding": read.encoding, "contentType": read.content_type}
    found = world.ask("scoredock/request/parts", body).parts
    assert [(each.name, each.text, base64.b64decode(each.content)) for each in found] == [
        ("title", "a cat", b""),
        ("image", "", b"\x89PNG\xff"),
        ("bytes", "", b"\xff"),
    ]
    sent = {"name": "adder", "body": "", "parts": parts}
    assert world.ask("scoredock/service/call", sent).status == 500, "the script takes JSON, and was asked"
    for made in (path, picture, Path(kept.path)):
        made.unlink()


def service_description(world: Any) -> None:
    found = world.ask("scoredock/service/description", {"name": "adder"})
    assert found.format.startswith("OpenAPI 3.")
    assert (found.operations[0].method, found.operations[0].route) == ("POST", "/score")
    assert json.loads(found.document)["paths"]
    # The example is what the request panel begins with, here the last request that was answered.
    sent = '{"data": [4, 5, 6]}'
    assert world.ask("scoredock/service/send", {"name": "adder", "body": sent}).status == 200
    body = world.ask("scoredock/service/description", {"name": "adder"}).operations[0].body
    known = world.ask("scoredock/service/sample", {"name": "adder"})
    assert json.loads(body.example) == json.loads(sent)
    assert (body.example, body.reason, body.content_type) == (known.body, known.reason, known.content_type)


GOOD: dict[str, Callable[[Any], None]] = {
    "scoredock/service/description": service_description,
    "scoredock/request/list": request_list,
    "scoredock/request/read": request_read,
    "scoredock/request/title": request_title,
    "scoredock/request/write": request_write,
    "scoredock/request/history": request_history,
    "scoredock/service/send": send_request,
    "scoredock/service/requestLog": send_request,
    "scoredock/service/load": send_many,
    "scoredock/request/complete": help_with_a_body,
    "scoredock/request/form": help_with_a_body,
    "scoredock/request/parts": parts_of_forms,
    "scoredock/test/list": list_tests,
    "scoredock/request/environments": environments,
    "scoredock/test/run": run_tests,
    "scoredock/test/variables": variables,
    "scoredock/test/debugTargets": debug_targets,
}
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("scoredock/service/description", {"name": "none"}, "service-not-found"),
    ("scoredock/request/list", {"path": "/nowhere.http"}, "file-not-found"),
    ("scoredock/request/read", {"path": "/nowhere.http"}, "file-not-found"),
    ("scoredock/request/environments", {"path": "/a\0b.http"}, "text-invalid"),
    ("scoredock/request/write", {"service": "none", "name": "a", "method": "POST"}, "service-not-found"),
    ("scoredock/request/history", {"name": "none"}, "service-not-found"),
    ("scoredock/service/send", {"name": "none", "body": ""}, "service-not-found"),
    ("scoredock/service/load", {"name": "none", "body": ""}, "service-not-found"),
    ("scoredock/service/load", {"name": "none", "body": "", "connections": 0}, "profile-input-invalid"),
    (
        "scoredock/service/requestLog",
        {"name": "none", "since": 0, "status": 200, "requestId": ""},
        "service-not-found",
    ),
    ("scoredock/request/complete", {"name": "none", "before": ""}, "service-not-found"),
    ("scoredock/request/form", {"name": "none", "body": ""}, "service-not-found"),
    ("scoredock/request/parts", {"body": "?", "encoding": "base64", "contentType": "x"}, "service-request-invalid"),
    ("scoredock/service/call", {"name": "adder", "body": "", "parts": [{"name": ""}]}, "service-request-invalid"),
    ("scoredock/test/list", {"paths": ["/nowhere.http"]}, "file-not-found"),
    ("scoredock/test/run", {"files": []}, "tests-not-found"),
    ("scoredock/test/run", {"files": [{"path": "/nowhere.http"}]}, "file-not-found"),
    ("scoredock/test/variables", {"files": [{"path": "/nowhere.http"}]}, "file-not-found"),
    ("scoredock/test/debugTargets", {"files": [{"path": "/nowhere.http"}]}, "file-not-found"),
]
