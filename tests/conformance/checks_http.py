"""Routes, methods, headers, what a plain script is given and what becomes of what it returns."""

from __future__ import annotations

from pathlib import Path

from conformance.check import Check, named
from conformance.probes import each, exchange, get, post, request
from conformance.servers import Running, Service

PLAIN = Service("plain")
LONG, FULL = "i" * 101, "i" * 100
FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=b"
PART = '--b\r\nContent-Disposition: form-data; name="data"\r\n\r\n{"a": 1}\r\n--b--\r\n'

ROUTES = named(
    PLAIN,
    {
        "health": get("/"),
        "health with a query": get("/?x=1"),
        "health HEAD": request("HEAD", "/"),
        "health OPTIONS": request("OPTIONS", "/"),
        "health POST": request("POST", "/", "x"),
        "health DELETE": request("DELETE", "/"),
        "score OPTIONS": request("OPTIONS", "/score"),
        "score OPTIONS with a body": request("OPTIONS", "/score", "x"),
        "score HEAD": request("HEAD", "/score"),
        "score PUT": request("PUT", "/score", "x"),
        "score PATCH": request("PATCH", "/score", "x"),
        "score DELETE": request("DELETE", "/score"),
        "score TRACE": request("TRACE", "/score"),
        "score of an odd method": request("BREW", "/score"),
        "swagger HEAD": request("HEAD", "/swagger.json"),
        "swagger OPTIONS": request("OPTIONS", "/swagger.json"),
        "swagger POST": request("POST", "/swagger.json", "{}"),
        "unknown GET": get("/nothing"),
        "unknown POST": request("POST", "/nothing", "{}"),
        "unknown HEAD": request("HEAD", "/nothing"),
        "unknown OPTIONS": request("OPTIONS", "/nothing"),
        "unknown with ids": get("/nothing", {"x-request-id": "A", "TraceId": "T"}),
        "not allowed with ids": request("PUT", "/score", "x", {"x-request-id": "A", "TraceId": "T"}),
        "slash at the end": request("POST", "/score/", "{}"),
        "two slashes": request("POST", "//score", "{}"),
        "three slashes": request("POST", "///score", "{}"),
        "slashes and a query": get("//score?a=1"),
        "slashes before nothing": get("//"),
        "slashes at the end": get("/score//"),
        "slashes before an unknown name": get("//nothing"),
        "a dot": get("/./score"),
        "upper case": request("POST", "/Score", "{}"),
        "escaped path": request("POST", "/%73core", "{}"),
        "absolute target": request("POST", "http://127.0.0.1/score", "{}"),
        "ready is not a route": get("/ready"),
        "metrics is not a route": get("/metrics"),
        "HTTP 1.0": lambda server: exchange(server.port, b"GET / HTTP/1.0\r\n\r\n"),
        "lower-case method": request("get", "/"),
    },
)

HEADERS = named(
    PLAIN,
    {
        f"ids {row}": post(
            "x",
            headers=[
                (header, letter)
                for header, letter in zip(
                    ("x-request-id", "x-ms-request-id", "x-ms-client-request-id"), row.split(), strict=True
                )
                if letter != "-"
            ],
        )
        for row in ("- - -", "A - -", "- B -", "- - C", "A B -", "- B C", "A - C", "A B C")
    }
    | {
        "ids on health": get("/", {"x-request-id": "A", "x-ms-client-request-id": "C"}),
        "ids on swagger": get("/swagger.json?version=9", {"x-request-id": "A"}),
        "ids on OPTIONS": request("OPTIONS", "/", headers={"x-ms-request-id": "B"}),
        "ids on an error": post("!1/0", headers={"x-request-id": "A", "TraceId": "T"}),
        "an empty request id": post("x", headers={"x-request-id": ""}),
        "an empty client id": post("x", headers={"x-ms-client-request-id": ""}),
        "an empty old id": post("x", headers={"x-ms-request-id": ""}),
        "all ids empty": post("x", headers={"x-request-id": "", "x-ms-request-id": "", "x-ms-client-request-id": ""}),
        "an id beyond ASCII": post("x", headers={"x-request-id": "é"}),
        "an id twice": post("x", headers=[("x-request-id", "A"), ("x-request-id", "B")]),
        "an id with spaces": post("x", headers={"x-request-id": "a b, c"}),
        "request id of 100": post("x", headers={"x-request-id": FULL}),
        "request id of 101": post("x", headers={"x-request-id": LONG}),
        "old id of 101": post("x", headers={"x-ms-request-id": LONG}),
        "client id of 101": post("x", headers={"x-ms-client-request-id": LONG}),
        "client id of 101 with a good request id": post(
            "x", headers={"x-request-id": "A", "x-ms-client-request-id": LONG}
        ),
        "request id of 101 with a client id": post(
            "x", headers={"x-request-id": LONG, "x-ms-client-request-id": "C", "TraceId": "T"}
        ),
        "health with an id of 101": get("/", {"x-request-id": LONG}),
        "unknown route with an id of 101": get("/nothing", {"x-request-id": LONG}),
        "trace id": post("x", headers={"TraceId": "T 1"}),
        "trace id in lower case": get("/", {"traceid": "t"}),
        "an empty trace id": post("x", headers={"TraceId": ""}),
        "trace id twice": post("x", headers=[("TraceId", "a"), ("TraceId", "b")]),
        "no content type": post("x", None),
        "no content type, no body": request("POST", "/score"),
        "expects to continue": post("x", headers={"Expect": "100-continue"}),
    },
)

BODIES = named(
    PLAIN,
    {
        "json": post('{"data": [1, 2]}'),
        "not json": post("plain words"),
        "empty": post(""),
        "any content type": post("x", "text/x-odd"),
        "broken content type": post("x", "application"),
        "letters beyond ASCII": post("é€𝄞"),
        "byte order mark": post(b"\xef\xbb\xbfx"),
        "not UTF-8": post(b"\xff\xfe"),
        "cut within a letter": post("é".encode()[:1]),
        "a zero byte": post(b"a\x00b"),
        "line ends": post("a\r\nb\nc\r"),
        "latin-1 as told": post(b"\xe9", "text/plain; charset=latin-1"),
        "form": post('{"a": 1}', FORM),
        "form of pairs": post("a=1&b=2", FORM),
        "form in capitals": post("a=1", "Application/X-WWW-Form-Urlencoded; charset=utf-8"),
        "form that is not UTF-8": post(b"\xff=1", FORM),
        "form that is too large": post("a=" + "x" * 500_001, FORM),
        "multipart": post(PART, PARTS),
        "multipart without boundary": post(PART, "multipart/form-data"),
        "other multipart": post(PART, "multipart/mixed; boundary=b"),
        "chunks": request("POST", "/score", b"3\r\nabc\r\n2;x=1\r\nde\r\n0\r\n\r\n", {"Transfer-Encoding": "chunked"}),
        "chunks of a form": request(
            "POST", "/score", b"3\r\na=1\r\n0\r\n\r\n", {"Transfer-Encoding": "chunked", "Content-Type": FORM}
        ),
        "a megabyte": post("!len(data)" + " " * 1_000_000),
        "beyond 100 MB": post(b"!len(data)" + b" " * (100 * 1024 * 1024)),
    },
)

QUERIES = named(
    PLAIN,
    {
        f"query {query}": get(f"/score{query}")
        for query in (
            "",
            "?",
            "?a=1&b=x&b=2",
            "?a=[1,2]&d=null&t=true&f=1.50",
            "?a=%7B%22k%22%3A1%7D",
            "?a",
            "?a=",
            "?=1",
            "?a=1&&b=2",
            "?a=1;b=2",
            "?a=+x+y",
            "?a=%C3%A9",
            "?%C3%A9=1",
            "?a=%FF",
            "?a=%zz",
            "?a=%22quoted%22",
            "?a=NaN&b=-Infinity",
            "?a=01&b=1e2&c=%201",
            "?a=x&A=y",
            "?a=1&a=1&a=z",
            "?a=b=c",
            "?data=%7B%7D",
            "?a=" + "9" * 30,
            "?a=1%00",
            "?a=1#f",
            "?b=1&a=2&b=3",
        )
    }
    | {
        "GET with a body": request("GET", "/score?a=1", "body"),
        "GET with a form": request("GET", "/score?a=1", "b=2", {"Content-Type": FORM}),
        "POST with a query": request("POST", "/score?a=1", "body"),
        "a query beyond UTF-8": lambda server: exchange(
            server.port, b"GET /score?a=\xff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        ),
        "a deep query": get("/score?a=" + "[" * 3000),
    },
)

VALUES = named(
    PLAIN,
    {
        f"returns {expression}": post(f"!{expression}")
        for expression in (
            "{'a': [1, 2.5, None, True]}",
            "[]",
            "{}",
            "(1, (2,))",
            "'text'",
            "'{\"a\": 1}'",
            "'[1]'",
            "''",
            "'é€𝄞'",
            "'\\ud800'",
            "1",
            "-0.0",
            "1e400",
            "float('nan')",
            "[float('nan'), -float('inf')]",
            "0.1 + 0.2",
            "1e16",
            "10**30",
            "True",
            "None",
            "[None]",
            "{1: 'a', None: 'b', True: 'c', 1.5: 'd'}",
            "{(1, 2): 3}",
            "{'a': {1, 2}}",
            "{1, 2}",
            "b'bytes'",
            "bytearray(b'x')",
            "decimal.Decimal('1.5')",
            "datetime.date(2020, 1, 2)",
            "object()",
            "Odd",
            "range(3)",
            "(i for i in range(2))",
            "endless()",
            "'a' * 100000",
            "'</script>'",
            "'\\x00\\x1f\\x7f\\u2028'",
            "__import__('enum').IntEnum('E', 'a b').b",
            "__import__('collections').OrderedDict(b=1, a=2)",
            "__import__('collections').namedtuple('P', 'x y')(1, 2)",
            "__import__('numpy').float64(1.5)",
            "__import__('numpy').float32(1.5)",
            "__import__('numpy').int64(3)",
            "__import__('numpy').bool_(True)",
            "__import__('numpy').str_('s')",
            "__import__('numpy').array([1])",
            "{'a': __import__('numpy').array([1])}",
            "[__import__('numpy').float64('nan')]",
            "__import__('numpy').nan",
            "__import__('numpy').array([1.5, 2]).tolist()",
        )
    }
    | {
        "raises": post("!1/0"),
        "raises with text in the answer's place": post("!raising(ValueError('secret'))"),
        "raises what has no text": post("!raising(Odd())"),
        "raises a system exit": post("exit"),
        "raises a time-out of its own": post("!raising(TimeoutError('mine'))"),
        "raises a recursion error": post("!(lambda f: f(f))(lambda f: f(f))"),
        "raises HTTP": post("!raising(__import__('werkzeug.exceptions').exceptions.NotFound())"),
        "answers after an exit": each(post("exit"), post("next")),
        "answers twice the same": each(post("one"), post("one")),
    },
)


def _pipelined(server: Running) -> list[object]:
    """Ten requests on connections of their own; ids must be new each time."""
    found = [post(str(number))(server) for number in range(10)]
    return [each.body for each in found]


def _address(server: Running) -> list[str]:
    """Of the listening sockets at its port, as the kernel lists them: in the bytes of the machine."""
    wanted = f":{server.port:04X} 00000000:0000 0A"
    rows = [line.split(maxsplit=1)[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [row.partition(":")[0] for row in rows if wanted in row[:30]]


GUARDS = named(
    PLAIN,
    {
        "address it listens on": _address,
        "many requests": _pipelined,
        "model folder that is not given": post("!os.environ.get('AZUREML_MODEL_DIR')"),
        "service name that is not given": post("!os.environ.get('SERVICE_NAME')"),
        "its place": post("![__name__, os.path.basename(__file__)]"),
        "a foreign Host": get("/", {"Host": "attacker.example"}),
        "a foreign Origin": post("x", headers={"Origin": "https://attacker.example"}),
        "a page of another site": post("x", headers={"Sec-Fetch-Site": "cross-site"}),
        "an Origin of the same place": post("x", headers={"Host": "localhost:9", "Origin": "http://localhost:9"}),
        "an Authorization header": post("x", headers={"Authorization": "Bearer anything"}),
    },
)

CHECKS: list[Check] = [*ROUTES, *HEADERS, *BODIES, *QUERIES, *VALUES, *GUARDS]
