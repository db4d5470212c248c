"""Raw-HTTP scripts, decorated ones, those that want headers, and what scripts find around them."""

from __future__ import annotations

import json

from conformance.check import Check, named
from conformance.probes import Probe, each, get, pieces, post, request
from conformance.servers import Service

JSON = "application/json"


def raw(
    expression: str, method: str = "POST", path: str = "/score", body: str | None = "body", **headers: str
) -> Probe:
    """Asks the raw script for the value of an expression."""
    pairs = {"X-Expression": expression, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return request(method, path, body, pairs)


RESPONSES = (
    "AMLResponse('text', 200)",
    "AMLResponse(b'\\xff\\x00', 200, {'Content-Type': 'image/jpeg'})",
    "AMLResponse('text', 201, {'content-type': 'text/plain'})",
    "AMLResponse({'a': 1}, 200, json_str=True)",
    "AMLResponse({'a': 1}, 200, {'Content-Type': 'application/x-mine'}, json_str=True)",
    "AMLResponse(None, 200)",
    "AMLResponse(None, 204)",
    "AMLResponse(None, 400, {'Content-Type': 'text/plain'})",
    "AMLResponse('', 200)",
    "AMLResponse([1], 200, json_str=True)",
    "AMLResponse('é', 200)",
    "AMLResponse('x', 200, {'X-Many': 'a, b,c', 'X-One': 'd'})",
    "AMLResponse('x', 200, {'Set-Cookie': 'a=1; Path=/'})",
    "AMLResponse('x', 200, {'X-Number': 5})",
    "AMLResponse('x', 200, {'x-ms-run-function-failed': 'True'})",
    "AMLResponse('x', 200, run_function_failed=True)",
    "AMLResponse('x', 400)",
    "AMLResponse('x', 499, run_function_failed=True)",
    "AMLResponse('x', 500)",
    "AMLResponse('x', 503, run_function_failed=False)",
    "AMLResponse('x', '202 ACCEPTED')",
    "AMLResponse({'a'}, 200, json_str=True)",
    "AMLResponse(1, 200)",
    "AMLResponse(float('nan'), 200, json_str=True)",
    "AMLResponse(['a', 'b'], 200)",
    (
        "AMLResponse(message='m', status_code=200, response_headers={'X-A': '1'}, json_str=False,"
        " run_function_failed=False)"
    ),
    "AMLResponse('x', 200, {'X-Request-Id': 'mine', 'x-ms-server-version': 'mine'})",
    "AMLResponse('x', 200, {'TraceId': 'mine'})",
    "AMLResponse('x', 200, {'X-Line': 'a\\nb'})",
    "__import__('flask').Response('f', 200)",
    "__import__('flask').Response('f', 500)",
    "__import__('flask').Response('f', 502, {'x-ms-run-function-failed': 'False'})",
    "__import__('flask').Response(stream(), mimetype='text/plain')",
    "__import__('flask').jsonify(a=1)",
    "{'a': 1}",
    "'text'",
    "None",
    "('text', 201)",
    "b'x'",
    "1/0",
)
REQUESTS = (
    "request.method",
    "request.path",
    "request.full_path",
    "request.query_string.decode()",
    "request.args.to_dict(flat=False)",
    "request.args.get('a', type=int)",
    "sorted(k.lower() for k in request.headers.keys())",
    "request.headers.get('content-type')",
    "request.headers['X-One']",
    "request.content_type",
    "request.mimetype",
    "request.content_length",
    "request.is_json",
    "request.get_data(as_text=True)",
    "request.data.decode()",
    "request.get_data().decode()",
    "request.get_json(force=True)",
    "request.get_json(silent=True)",
    "request.json",
    "request.form.to_dict()",
    "request.values.to_dict()",
    "sorted(request.files)",
    "request.cookies.get('c')",
    "request.remote_addr",
    "request.scheme",
    "request.host.split(':')[0]",
    "request.url.split('/', 3)[3]",
    "request.stream.read().decode()",
    "request.accept_mimetypes.best",
    "isinstance(request, __import__('flask').Request)",
    "isinstance(AMLResponse('x', 200), __import__('flask').Response)",
    "AMLRequest.__name__",
)
RAW = Service("raw", "raw.py")
RAW_CHECKS = (
    named(RAW, {f"answers {expression}": raw(expression) for expression in RESPONSES})
    + named(
        RAW,
        {
            f"request {expression}": raw(
                expression,
                path="/score?a=1&b=x&b=y",
                body='{"k": [1]}',
                Content_Type=JSON,
                X_One="1",
                Cookie="c=d; e=f",
            )
            for expression in REQUESTS
        },
    )
    + named(
        RAW,
        {
            "body and type": request("POST", "/score", b"\x00\xff", {"Content-Type": "image/png"}),
            "GET": raw("request.method", "GET", body=None),
            "OPTIONS": raw("AMLResponse(request.method, 200)", "OPTIONS", body=None),
            "HEAD": raw("AMLResponse(request.method, 200)", "HEAD", body=None),
            "PUT": raw("request.method", "PUT"),
            "form": raw("request.form.to_dict()", body="a=1&b=2", Content_Type="application/x-www-form-urlencoded"),
            "data of a form": raw(
                "request.get_data(as_text=True)", body="a=1", Content_Type="application/x-www-form-urlencoded"
            ),
            "data attribute of a form": raw(
                "request.data.decode()", body="a=1", Content_Type="application/x-www-form-urlencoded"
            ),
            "upload": raw(
                "[[n, f.filename, f.mimetype, f.read().decode()] for n, f in request.files.items()] +"
                " [request.form['t']]",
                body=(
                    '--b\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\nContent-Type:'
                    " text/plain\r\n\r\ninside\r\n--b\r\nContent-Disposition: form-data;"
                    ' name="t"\r\n\r\nfield\r\n--b--\r\n'
                ),
                Content_Type="multipart/form-data; boundary=b",
            ),
            "json of another type": raw("request.get_json()", body="{}", Content_Type="text/plain"),
            "broken json": raw("request.get_json()", body="{", Content_Type=JSON),
            "swagger": get("/swagger.json"),
            "empty body": raw("request.get_data(as_text=True)", body=""),
            "chunks": request("POST", "/score", b"2\r\nab\r\n0\r\n\r\n", {"Transfer-Encoding": "chunked"}),
        },
    )
)

INSPECT = Service("raw inspect", "raw_inspect.py")
UPLOAD = (
    '--b\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\nContent-Type: text/plain; charset=x\r\n'
    'X-Part: 1\r\n\r\ninside\r\n--b\r\nContent-Disposition: form-data; name="t"\r\n\r\nfield\r\n--b--\r\n'
)
_ASKED = {
    "Host": "localhost",
    "Accept": "text/html;q=0.5, application/json",
    "Accept-Charset": "utf-8",
    "Accept-Encoding": "gzip",
    "Accept-Language": "de, en;q=0.3",
    "Authorization": "Basic dTpw",
    "Cache-Control": "no-cache",
    "Cookie": "c=d; e=f",
    "If-Match": '"x"',
    "If-Modified-Since": "Sat, 21 Nov 2026 10:00:00 GMT",
    "If-None-Match": 'W/"y"',
    "Origin": "http://localhost",
    "Range": "bytes=0-4",
    "Referer": "http://asked.example/page",
    "User-Agent": "Asking/1.0",
    "X-Forwarded-For": "192.0.2.7",
    "Date": "Sat, 21 Nov 2026 10:00:00 GMT",
    "Content-MD5": "abc",
    "Content-Encoding": "identity",
    "Max-Forwards": "3",
    "Pragma": "x",
}


STREAMS = (
    "AMLResponse(stream(), 200)",
    "AMLResponse(iter(['a', 'é' * 3000, 'b']), 200)",
    "AMLResponse((b'x' * 70000 for _ in range(3)), 200)",
    "flask.Response(iter(['a', '', 'b']), mimetype='text/csv')",
    "flask.Response(flask.stream_with_context(iter([flask.request.path, 'b'])))",
)


def inspected(subject: str, body: str | None = "body", kind: str = "text/plain", method: str = "POST") -> Probe:
    """All public attributes of what the expression gives, and the values that they have."""
    pairs = {**_ASKED, "X-Inspect": subject, **({"Content-Type": kind} if body is not None else {})}
    return request(method, "/score?a=1&b=%C3%A9&b=y", body, pairs)


RAW_INSPECT = named(
    INSPECT,
    {
        **{f"the pieces of {each}": pieces("GET", "/score", {"X-Answer": each}) for each in STREAMS},
        "the request": inspected("request"),
        "the request of JSON": inspected("request", '{"k": [1]}', JSON),
        "the request of a form": inspected("request", "a=1&b=2&b=3", "application/x-www-form-urlencoded"),
        "the request of an upload": inspected("request", UPLOAD, "multipart/form-data; boundary=b"),
        "the request without a body": inspected("request", None, method="GET"),
        "what a WSGI server tells": inspected("environ"),
        **{
            expression: inspected(expression, UPLOAD, "multipart/form-data; boundary=b")
            for expression in (
                "request.headers",
                "request.args",
                "request.form",
                "request.values",
                "request.files",
                "request.files['f']",
                "request.files['f'].headers",
                "request.cookies",
                "request.accept_mimetypes",
                "request.accept_languages",
                "request.authorization",
                "request.cache_control",
                "request.if_none_match",
                "request.range",
                "request.user_agent",
                "AMLResponse('text', 201, {'X-A': '1, 2'})",
                "AMLResponse({'a': 1}, 200, json_str=True)",
                "AMLResponse(None, 200)",
                "AMLResponse('text', 200).headers",
                "AMLResponse('text', 200).cache_control",
                "AMLResponse(iter(['a', 'b']), 200)",
                "flask.Response('text', 201)",
                "flask.jsonify(a=1)",
                "AMLRequest",
                "AMLResponse",
                "flask.request",
            )
        },
    },
)

RAW_API = named(
    Service("raw api", "raw_api.py"),
    {"value that is not a response": request("POST", "/score", "x", {"X-One": "1"}), "GET": get("/score?a=1")},
)

SUM = '{"data": [1, 2.5]}'
DECORATED = named(
    Service("decorated", "decorated.py"),
    {
        "value": post(SUM),
        "default overridden": post('{"data": [1], "factor": 3}'),
        "extra keys": post('{"data": [1], "more": 2}'),
        "null": post('{"data": null}'),
        "headers given": post(SUM, headers={"X-One": "1"}),
        "headers as a key": post('{"data": [1], "request_headers": {"X-One": "no"}}'),
        "keyword-only": post('{"data": [1], "note": "n"}'),
        "missing": post("{}"),
        "empty": post(""),
        "no body": request("POST", "/score", headers={"Content-Type": JSON}),
        "not json": post("{"),
        "trailing text": post('{"data": [1]} x'),
        "single quotes": post("{'data': [1]}"),
        "list": post("[1]"),
        "text": post('"text"'),
        "number": post("5"),
        "nothing": post("null"),
        "NaN": post('{"data": [NaN]}'),
        "wrong type": post('{"data": "abc"}'),
        "wrong type of the other": post('{"data": [1], "factor": "x"}'),
        "wrong type inside": post('{"data": ["a"]}'),
        "keys twice": post('{"data": [1], "data": [5]}'),
        "byte order mark": post(b"\xef\xbb\xbf" + SUM.encode()),
        "UTF-16": post(SUM.encode("utf-16")),
        "not UTF-8": post(b'{"data": "\xff"}'),
        "too deep": post('{"data": ' + "[" * 100_000),
        "big number": post('{"data": [1e400, 12345678901234567890]}'),
        "text/plain": post(SUM, "text/plain"),
        "no content type": post(SUM, None),
        "with charset": post(SUM, "application/json; charset=utf-8"),
        "capitals": post(SUM, "Application/JSON"),
        "a kind of json": post(SUM, "application/vnd.mine+json"),
        "text/json": post(SUM, "text/json"),
        "form": post(SUM, "application/x-www-form-urlencoded"),
        "multipart": post(SUM, "multipart/form-data; boundary=b"),
        "GET": get("/score?data=[1,2]&factor=2"),
        "GET repeated": get("/score?data=1&data=2"),
        "GET missing": get("/score?factor=2"),
        "GET text": get("/score?data=abc"),
        "OPTIONS": request("OPTIONS", "/score"),
        "HEAD": request("HEAD", "/score"),
        "swagger 2": get("/swagger.json"),
        "swagger 3": get("/swagger.json?version=3"),
        "swagger 3.1": get("/swagger.json?version=3.1"),
    },
)

ARRAY = named(
    Service("array", "numpy_input.py"),
    {
        "rows": post('{"data": [[1, 2], [3, 4]]}'),
        "one row": post('{"data": [[1.5, 2.5]]}'),
        "wrong shape": post('{"data": [[1, 2, 3]]}'),
        "wrong dimensions": post('{"data": [1, 2]}'),
        "no list": post('{"data": {"a": 1}}'),
        "words": post('{"data": [["a", "b"]]}'),
        "array returned": post(json.dumps({"data": [[1, 2]] * 3})),
        "array within": post(json.dumps({"data": [[1, 2]] * 4})),
        "number of numpy": post(json.dumps({"data": [[1, 2]] * 5})),
        "GET": get("/score?data=[[1,2]]"),
        "swagger": each(*(get(f"/swagger.json?version={version}") for version in ("2", "3", "3.1"))),
    },
)

MIXED = named(
    Service("mixed", "mixed.py"),
    {
        "designer": post(
            '{"Inputs": {"input1": [{"name": "b", "size": 2}], "kind": [1, "y"], "when": "2021-02-03 04:05:06",'
            ' "payload": "aGVsbG8=", "flag": false}, "GlobalParameters": 1.0}'
        ),
        "without the optional one": post('{"Inputs": {"flag": true}}'),
        "wrong within": post('{"Inputs": {"flag": "no"}}'),
        "swagger 2 is left out": get("/swagger.json"),
        "swagger 2.0 is left out": get("/swagger.json?version=2.0"),
        "swagger 3": get("/swagger.json?version=3.0"),
        "swagger 3.1": get("/swagger.json?version=3.1"),
        "swagger 9": get("/swagger.json?version=9"),
    },
)

OUTPUT_ONLY = named(
    Service("output only", "output_only.py"),
    {
        "object": post('{"number": 5}'),
        "missing": post("{}"),
        "text": post("5"),
        "GET": get("/score?number=[1]&other=x"),
        "swagger": get("/swagger.json"),
    },
)

HEADERS = named(
    Service("headers", "headers.py"),
    {
        "all": post("x", headers=[("X-One", "1"), ("x-two", "a"), ("X-TWO", "b"), ("X_UNDER", "u"), ("x-empty", "")]),
        "without content type": request("POST", "/score", "x"),
        "GET": get("/score?a=1", {"Accept": "*/*", "X-Bytes": "é", "Cookie": "a=b"}),
        "ids in them": post("x", headers={"x-request-id": "A", "TraceId": "T"}),
        "chunks": request("POST", "/score", b"1\r\na\r\n0\r\n\r\n", {"Transfer-Encoding": "chunked"}),
    },
)

AROUND = Service(
    "surroundings",
    "surroundings.py",
    arguments=("--entry_script", "score.py", "--port", "{port}", "--model_dir", "models/one/1"),
    environment={
        "WANTED": (
            "AML_APP_ROOT,AZUREML_ENTRY_SCRIPT,AZUREML_MODEL_DIR,WORKER_COUNT,AML_APP_INSIGHTS_ENABLED,TRANSPORT_PROTOCOL,"
            "MINE,AML_CORS_ORIGINS,SERVER_VERSION_LOG_RESPONSE_ENABLED"
        ),
        "MINE": "kept",
        "WITHIN": "{folder}",
        "AZUREML_SOURCE_DIRECTORY": "source",
    },
    files={
        "local_part.py": "",
        "colorsys.py": "",
        "source/from_source.py": "NAME = 'source'\n",
        "models/one/1/model.txt": "m",
    },
)
SURROUNDINGS = named(
    AROUND,
    {
        "modules": post("modules"),
        "variables": post("variables"),
        "working directory": post("folder"),
        "installed modules come first": post("colorsys"),
        "source directory": post("source"),
    },
)

DRIVER = named(Service("driver", "driver.py", files={"real_part.py": "=real_part.py"}), {"real script": post("x")})

CHECKS: list[Check] = [
    *RAW_CHECKS,
    *RAW_INSPECT,
    *RAW_API,
    *DECORATED,
    *ARRAY,
    *MIXED,
    *OUTPUT_ONLY,
    *HEADERS,
    *SURROUNDINGS,
    *DRIVER,
]
