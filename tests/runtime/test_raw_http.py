"""Scripts that take the HTTP request themselves. What a request and a response can do is asked beside Azure's own
server in tests/conformance."""

from __future__ import annotations

from typing import Any

import pytest

from scoredock_runtime import contract

REVERSE = """
from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse

def init():
    print("ready")

@rawhttp
def run(request):
    print("Request: [{0}]".format(request))
    if request.method == "GET":
        return AMLResponse(str.encode(request.full_path), 200)
    if request.method == "POST":
        return AMLResponse(bytes(reversed(request.get_data(False))), 200)
    return AMLResponse("bad request", 500)
"""

CORS = """
from azureml.contrib.services.aml_request import rawhttp
from azureml.contrib.services.aml_response import AMLResponse
def init(): pass
@rawhttp
def run(request):
    if request.method == "OPTIONS":
        response = AMLResponse("", 200)
        response.headers["Access-Control-Allow-Headers"] = "content-type"
    else:
        response = AMLResponse(request.get_data(False), 200)
    response.headers["Access-Control-Allow-Origin"] = "http://www.example.com"
    return response
"""

EVERYTHING = """
from azureml_inference_server_http.api.aml_request import rawhttp
from azureml_inference_server_http.api.aml_response import AMLResponse
def init(): pass
@rawhttp
def run(request):
    told = {
        "path": request.path, "url": request.url, "args": request.args.get("a"), "all": request.args.getlist("a"),
        "header": request.headers.get("x-thing"), "type": request.content_type, "mime": request.mimetype,
        "form": dict(request.form), "json": request.get_json(silent=True), "length": request.content_length,
        "files": {name: [f.filename, f.read().decode("latin-1")] for name, f in request.files.items()},
    }
    if "status" in request.args:
        return AMLResponse({"s": 1}, int(request.args["status"]), {"X-Many": "a, b", "Content-Type": "text/csv"}, json_str=False) \\
            if request.args.get("plain") else AMLResponse({"s": 1}, int(request.args["status"]), {}, json_str=True)
    if "none" in request.args:
        return AMLResponse(None, 200)
    if "plain" in request.args:
        return told["path"]
    return told
"""  # noqa: E501 (a text that would change if it were wrapped)


@pytest.fixture
def raw(service: Any) -> Any:
    pytest.importorskip("flask")
    return service


def test_the_documented_sample(raw: Any, wait_for: Any) -> None:
    raw.up(REVERSE)
    answer = raw.request("POST", "/score", bytes(range(256)), {"Content-Type": "application/octet-stream"})
    assert (answer.status, answer.body) == (200, bytes(reversed(range(256))))
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-ms-run-function-failed"] == "False"
    assert "x-ms-run-fn-exec-ms" in answer.headers
    assert raw.request("GET", "/score?a=1&b=%20").body == b"/score?a=1&b=%20"
    assert raw.request("GET", "/score").body == b"/score?"
    refused = raw.request("OPTIONS", "/score")
    assert (refused.status, refused.body, refused.headers["x-ms-run-function-failed"]) == (500, b"bad request", "True")
    port = raw.status.port
    wait_for(lambda: f"Request: [<Request 'http://127.0.0.1:{port}/score" in raw.log_text())


def test_a_script_that_answers_cors_itself(raw: Any) -> None:
    raw.up(CORS)
    page = {"Origin": "http://www.example.com", "Sec-Fetch-Site": "cross-site"}
    preflight = raw.request("OPTIONS", "/score", headers=page)
    assert preflight.status == 200
    assert preflight.headers["access-control-allow-headers"] == "content-type"
    answer = raw.request("POST", "/score", b"x", page)
    assert (answer.body, answer.headers["access-control-allow-origin"]) == (b"x", "http://www.example.com")
    assert raw.request("POST", "/score", b"x", {"Host": "evil.example"}).status == 403


def test_a_raw_script_without_cors_stays_closed(raw: Any) -> None:
    raw.up(REVERSE)
    assert raw.request("POST", "/score", b"x", {"Origin": "http://evil.example"}).status == 403


def test_request_and_response_in_full(raw: Any) -> None:
    raw.up(EVERYTHING)
    told = raw.request(
        "POST", "/score?a=1&a=2", b'{"k": [1]}', {"Content-Type": "application/json", "X-Thing": "v"}
    ).json()
    port = raw.status.port
    assert told == {
        "path": "/score",
        "url": f"http://127.0.0.1:{port}/score?a=1&a=2",
        "args": "1",
        "all": ["1", "2"],
        "header": "v",
        "type": "application/json",
        "mime": "application/json",
        "form": {},
        "json": {"k": [1]},
        "length": 10,
        "files": {},
    }
    form = raw.request("POST", "/score", b"x=1&y=a+b", {"Content-Type": "application/x-www-form-urlencoded"}).json()
    assert form["form"] == {"x": "1", "y": "a b"}
    body = (
        b'--B\r\nContent-Disposition: form-data; name="f"; filename="a.bin"\r\nContent-Type:'
        b' x/y\r\n\r\n\r\n--\x00\xff\r\n\r\n--B\r\nContent-Disposition: form-data; name="t"\r\n\r\nhello\r\n--B--\r\n'
    )
    parts = raw.request("POST", "/score", body, {"Content-Type": "multipart/form-data; boundary=B"}).json()
    assert parts["form"] == {"t": "hello"}
    assert parts["files"] == {"f": ["a.bin", "\r\n--\x00\xff\r\n"]}
    made = raw.request("GET", "/score?status=503")
    assert (made.status, made.json(), made.headers["x-ms-run-function-failed"]) == (503, {"s": 1}, "True")
    assert raw.request("GET", "/score?none=1").json() == {}
    assert raw.request("GET", "/score?plain=1").json() == "/score"


@pytest.mark.long("tests/conformance starts such a script at the gate")
def test_raw_and_decorated_at_once_is_refused(service: Any) -> None:
    service.write("""
        from azureml.contrib.services.aml_request import rawhttp
        from inference_schema.schema_decorators import input_schema
        from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
        def init(): pass
        @rawhttp
        @input_schema("data", StandardPythonParameterType(1))
        def run(data): return data
    """)
    service.start()
    failure = service.settle().failure
    assert failure.message == "run() cannot be decorated with both @rawhttp and @input_schema"


@pytest.mark.parametrize(
    "line",
    [
        "from azureml.contrib.services.aml_request import AMLRequest, rawhttp",
        *(
            pytest.param(line, marks=pytest.mark.long("another import says the same at the gate"))
            for line in (
                "from azureml.contrib.services.aml_response import AMLResponse",
                "from azureml_inference_server_http.api.aml_request import rawhttp",
            )
        ),
    ],
)
def test_without_flask_it_says_what_to_add(line: str, make_service: Any, oldest_python: str) -> None:
    service = make_service(python=oldest_python)
    service.write(f"import os\n{line}\ndef init(): pass\ndef run(request): return 1\n")
    service.start()
    failure = service.settle().failure
    assert failure.cause == contract.IMPORT_FAILED
    assert "this environment has no Flask: add flask to its packages" in failure.message
    assert (failure.frames[-1].line, failure.frames[-1].file) == (2, str(service.app / "score.py"))
