"""Files of HTTP requests: what is read of them, what is sent, and where they are wrong."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scoredock.formats.http_file.environments import NamedVariables
from scoredock.formats.http_file.expectations import (
    BodyExpectation,
    BodyFileExpectation,
    ContainsExpectation,
    HeaderExpectation,
    PathExpectation,
    StatusExpectation,
    TimeExpectation,
)
from scoredock.formats.http_file.parsing import MAX_CHARACTERS, parse_http_file
from scoredock.formats.http_file.requests import BodyText
from scoredock.formats.http_file.sending import SentRequest, UnsendableRequest, sent_request
from scoredock.formats.http_file.variables import UnknownVariable, VariableResolver, dotenv_values
from scoredock.formats.http_file.writing import WrittenRequest, fits_in_file, request_text

NOW = datetime.datetime(2026, 11, 23, 7, 30, tzinfo=datetime.timezone.utc)
FILES = {"body.json": b'{"a": "{{x}}"}', "photo.jpg": b"\xff\xd8\x00", "latin.txt": "déjà {{x}}".encode("latin-1")}


def sent(text: str, place: int = 0, **variables: str) -> SentRequest:
    file = parse_http_file(text)
    shell, allowed = {"HOME_KEY": "k1", "SECRET": "s1"}, frozenset({"HOME_KEY", "TOKEN", "NOT_SET", "X"})
    dotenv = {"TOKEN": "t1", "OTHER": "o1"}
    resolver = VariableResolver(file.variables, variables, shell, lambda: dotenv, lambda: NOW, allowed=allowed)
    return sent_request(file.requests[place], resolver, FILES.__getitem__)


def refused(text: str) -> tuple[str, int]:
    with pytest.raises(UnsendableRequest) as error:
        sent(text)
    return str(error.value), error.value.line


def test_an_address_over_several_lines_as_jetbrains_writes_it() -> None:
    text = "GET http://localhost:5001\n    /api\n    /score\n    ?a=1\n    &b=2\nX-Name: 1\n  Second: 2\n\n{}\n"
    request = sent(text)
    assert (request.host, request.path, request.query) == ("localhost:5001", "/api/score", "a=1&b=2")
    assert {"X-Name": "1", "Second": "2"}.items() <= dict(request.headers).items()
    assert parse_http_file(text).faults == ()


def test_several_requests_of_a_file() -> None:
    file = parse_http_file(
        "@host = localhost:5000\n"
        "GET http://{{host}}/ready\n"
        "### second\n"
        "# a remark\n"
        "post http://{{host}}/score HTTP/1.1\n"
        "content-type: application/json\n"
        "\n"
        "{}\n"
        "\n"
        "####\n"
        "// @name third\n"
        "https://example.com/a\n"
        "  ?b=1\n"
        "  &c=2\n"
        "Accept: */*\n"
        "### nothing\n"
        "# only a remark\n"
    )
    assert [(each.name, each.method, each.line) for each in file.requests] == [
        ("GET http://{{host}}/ready", "GET", 1),
        ("second", "POST", 4),
        ("third", "GET", 11),
    ]
    assert file.requests[2].target == "https://example.com/a?b=1&c=2"
    assert file.requests[1].header("Content-Type") == "application/json"
    assert not file.faults
    assert file.request("2") is file.requests[1]
    assert file.request_at(7) is file.requests[1]


def test_names_are_all_different() -> None:
    file = parse_http_file("### a\nGET /x\n### a\nGET /y\n###\nGET /z\n###\nGET /z\n")
    assert [each.name for each in file.requests] == ["a", "a (2)", "GET /z", "GET /z (2)"]


def test_what_is_sent() -> None:
    request = sent(
        "@base = http://localhost:6789\n@path = {{base}}/score\n@x = 1\n\n"
        "POST {{path}}?n={{x}}\nContent-Type: application/json\nX-List: a\nX-List: b\nContent-Length: 99\n"
        "Authorization: Bearer {{$processEnv HOME_KEY}}\n\n"
        '{"data": {{x}}}\n\n\n'
    )
    assert (request.method, request.host, request.path, request.query) == ("POST", "localhost:6789", "/score", "n=1")
    assert dict(request.headers) == {
        "Content-Type": "application/json",
        "X-List": "a,b",
        "Authorization": "Bearer k1",
    }
    assert request.body == b'{"data": 1}'


def test_bodies_of_files() -> None:
    assert sent("@x = 7\nPOST /score\n\n< body.json\n").body == FILES["body.json"]
    assert sent("@x = 7\nPOST /score\n\n<@ body.json\n").body == b'{"a": "7"}'
    assert sent("@x = 7\nPOST /score\n\n<@latin1 latin.txt\n").body == "déjà 7".encode()
    assert sent("POST /score\n\n< photo.jpg\n").body == FILES["photo.jpg"]
    form = sent(
        "POST /score\nContent-Type: multipart/form-data; boundary=B\n\n"
        '--B\nContent-Disposition: form-data; name="image"; filename="photo.jpg"\n\n< photo.jpg\n--B--\n'
    )
    assert form.body == (
        b'--B\r\nContent-Disposition: form-data; name="image"; filename="photo.jpg"\r\n\r\n\xff\xd8\x00\r\n--B--'
    )


def test_forms_and_lines_of_json() -> None:
    kind = "Content-Type: application/x-www-form-urlencoded"
    assert sent(f"POST /score\n{kind}\n\nname=a b\n&city=Zürich\n").body == b"name=a%20b&city=Z%C3%BCrich"
    assert sent("POST /score\nContent-Type: application/x-ndjson\n\n{}\n{}\n").body == b"{}\n{}\n"


def test_variables_of_the_system() -> None:
    def value(name: str) -> str:
        return sent(f"GET /score?a={{{{{name}}}}}").query.removeprefix("a=")

    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", value("$guid"))
    assert value("$timestamp") == str(int(NOW.timestamp()))
    assert value("$timestamp -1 d") == str(int(NOW.timestamp()) - 86_400)
    assert value("$datetime iso8601") == "2026-11-23T07:30:00.000Z"
    assert value("$datetime rfc1123 1 h") == "Mon, 23 Nov 2026 08:30:00 GMT"
    assert 5 <= int(value("$randomInt 5 8")) < 8
    assert value("$dotenv TOKEN") == "t1"
    assert value("$env.HOME_KEY") == value("$env HOME_KEY") == "k1"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("$timestamp 1 y", "2027-11-23T07:30:00"),
        ("$timestamp -1 M", "2026-10-23T07:30:00"),
        ("$timestamp 1 Q", "2027-02-23T07:30:00"),
    ],
)
def test_an_offset_in_months_or_years_is_one_of_the_calendar(name: str, value: str) -> None:
    moment = datetime.datetime.fromisoformat(value).replace(tzinfo=datetime.timezone.utc)
    assert sent(f"GET /score?a={{{{{name}}}}}").query == f"a={int(moment.timestamp())}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("$datetime 'YYYY-MM-DD'", "2026-11-23"),
        ('$datetime "D/M/YY H:m:s.SSS" 1 d', "24/11/26 7:30:0.000"),
        ("$datetime 'dddd, D MMMM YYYY [at] hh:mm A' -1 M", "Friday, 23 October 2026 at 07:30 AM"),
        ("$datetime 'dd ddd d MMM h a Z ZZ'", "Mo Mon 1 Nov 7 am +00:00 +0000"),
        ("$datetime iso8601 3 M", "2027-02-23T07:30:00.000Z"),
    ],
)
def test_a_time_is_written_as_one_wants_it(name: str, value: str) -> None:
    assert sent(f"POST /score\n\n{{{{{name}}}}}\n").body.decode() == value


def test_a_month_without_that_day_ends_on_its_last_one() -> None:
    moment = datetime.datetime(2028, 1, 31, tzinfo=datetime.timezone.utc)
    resolver = VariableResolver(now=lambda: moment)
    assert resolver.replaced("{{$datetime 'YYYY-MM-DD' 1 M}}") == "2028-02-29"
    assert resolver.replaced("{{$datetime 'YYYY-MM-DD' -11 M}}") == "2027-02-28"
    with pytest.raises(UnknownVariable, match="too far away"):
        resolver.replaced("{{$timestamp 8000 y}}")


def test_a_percent_sign_encodes_a_value() -> None:
    text = "@who = Strunk & White/ü\n@both = {{%who}}!\nGET /score?a={{%who}}&b={{both}}\n"
    assert sent(text).query == "a=Strunk%20%26%20White%2F%C3%BC&b=Strunk%20%26%20White%2F%C3%BC!"
    assert refused("GET /score?{{%nobody}}\n")[0] == "There is no variable nobody. Define it with “@nobody = value”."


def test_a_percent_sign_names_a_variable_by_another_one() -> None:
    named = NamedVariables({"which": "OTHER", "secret": "HOME_KEY"})
    resolver = VariableResolver(
        environment={"HOME_KEY": "k1", "secret": "wrong"},
        dotenv=lambda: {"OTHER": "o1"},
        named=named,
        allowed=frozenset({"HOME_KEY", "OTHER"}),
    )
    assert resolver.replaced("{{$processEnv %secret}} {{$dotenv %which}}") == "k1 o1"
    assert resolver.replaced("{{$processEnv secret}}") == ""
    assert list(resolver.refused) == ["secret"], "what is sent is what must be allowed"


@pytest.mark.parametrize("written", ["ada:s3 cret", "ada s3 cret", "YWRhOnMzIGNyZXQ="])
def test_a_name_and_a_password_are_encoded(written: str) -> None:
    assert sent(f"GET /score\nAuthorization: Basic {written}\n").header("authorization") == "Basic YWRhOnMzIGNyZXQ="


def test_given_variables_go_before_those_of_the_file() -> None:
    assert sent("@key = {{$processEnv NOT_SET}}\nGET /score?k={{key}}", key="own").query == "k=own"


@pytest.mark.parametrize(
    ("text", "sentence", "line"),
    [
        ("GET /score\nAccept\n", "Expected a header like “Name: value”, or an empty line before the body.", 1),
        ("FETCH http://localhost/score\n", "“FETCH” is not a method of HTTP.", 0),
        ("please send this\n", "Expected a request line", 0),
        ("GET http://localhost:x/score\n", "“http://localhost:x/score” is not an address.", 0),
        ("\nPOST /score\n\n{{nobody}}\n", "There is no variable nobody. Define it with “@nobody = value”.", 3),
        ("GET /score\nA: {{login.response.body.$.token}}\n", "is from the response to another request", 1),
        ("GET /score?{{$processEnv NOT_SET}}\n", "The environment variable NOT_SET is not set.", 0),
        ("GET /score?{{$aadToken}}\n", "$aadToken is not a variable that is supported.", 0),
        ("@a = {{b}}\n@b = {{a}}\nGET /{{a}}\n", "is made of itself", 2),
        ("POST /score\n\n<@klingon body.json\n", "“klingon” is not a known encoding.", 2),
        ("POST /score\n\n<@ photo.jpg\n", "photo.jpg is not utf-8 text.", 2),
        ("@a = x\\ny\nGET /score\nB: {{a}}\n", "The header B contains a line break.", 2),
    ],
)
def test_what_cannot_be_sent(text: str, sentence: str, line: int) -> None:
    told, where = refused(text)
    assert sentence in told
    assert where == line


def test_a_broken_request_leaves_the_others() -> None:
    file = parse_http_file("### a\nGET /score\nbroken header\n### b\nGET /score\n")
    assert [len(each.faults) for each in file.requests] == [1, 0]
    assert [(fault.range.start.line, fault.range.end.character) for fault in file.faults] == [(2, 13)]


def test_what_only_the_client_of_jetbrains_runs_is_not_sent() -> None:
    text = (
        "### a\n< {%\n  request.variables.set('a', 1)\n%}\nPOST /score\n\n{}\n\n"
        "> {%\n  client.test('ok', () => {})\n%}\n> handler.js\n<> 2026.json\n>> out.json\n"
    )
    assert sent(text).body == b"{}"
    # A quotation is a body like any other.
    assert sent("POST /score\nContent-Type: text/plain\n\n> as he said\n").body == b"> as he said"


def test_an_answer_in_the_file_is_no_request() -> None:
    assert parse_http_file("###\nHTTP/1.1 200 OK\nA: b\n\n{}\n").requests == ()


# ---------------------------------------------------------------------------------------------- expectations


def test_expectations() -> None:
    file = parse_http_file(
        "# @deploy ../score.py\n# @tolerance 1e-3\n###\n"
        "# @expect status 2xx\n# @expect time < 1.5 s\n# @expect header Content-Type application/json\n"
        '# @expect body {\n#   "a": [1]\n# }\n'
        "# @expect body < expected.json\n"
        '# @expect body contains "a \\"b\\""\n'
        '# @expect $.result[0].name == "x"\n'
        "# @expect $.n == 1.5 within 0.1\n"
        "# @expect $[-1] >= 2\n"
        "# @expect $['a b'] exists\n# @expect $.b missing\n# @expect $.list length 3\n"
        "POST /score\n"
    )
    assert not file.faults
    assert (file.deploy, file.tolerance) == ("../score.py", 0.001)
    assert [*file.requests[0].expectations] == [
        StatusExpectation("2xx", 3),
        TimeExpectation(1500.0, 4),
        HeaderExpectation("Content-Type", "application/json", 5),
        BodyExpectation('{\n   "a": [1]\n }', 6),
        BodyFileExpectation("expected.json", 9),
        ContainsExpectation('a "b"', 10),
        PathExpectation("$.result[0].name", "==", "x", None, 11),
        PathExpectation("$.n", "==", 1.5, 0.1, 12),
        PathExpectation("$[-1]", ">=", 2, None, 13),
        PathExpectation("$['a b']", "exists", line=14),
        PathExpectation("$.b", "missing", line=15),
        PathExpectation("$.list", "length", 3, None, 16),
    ]


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("@expect", "“” cannot be expected."),
        ("@expect stauts 200", "“stauts” cannot be expected. Use status, time, header, body"),
        ("@expect status fine", "A status is a number like 200"),
        ("@expect status 99", "A status is a number like 200"),
        ("@expect time soon", "A time is written like “< 500 ms”"),
        ("@expect header x", "An expected header has a name and a value"),
        ("@expect body", "Say what the body is"),
        ('@expect body {"a": 01}', "The expected value is not JSON"),
        ("@expect $.a == yes", "The expected value is not JSON"),
        ("@expect $.a = 1", "Behind $.a stands what is expected"),
        ("@expect $.a..b == 1", "is not a JSON path"),
        ('@expect $.a < "x"', "Only numbers can be compared by <."),
        ("@expect $.a == 1.0 within some", "A tolerance is a number of 0 or more, not “some”."),
        ("@tolerance -1", "A tolerance is a number of 0 or more, not “-1”."),
        ("@tolerance nan", "A tolerance is a number of 0 or more"),
        ("@deploy", "Say what is deployed"),
    ],
)
def test_what_cannot_be_expected(written: str, sentence: str) -> None:
    file = parse_http_file(f"###\n# {written}\nPOST http://localhost/score\n")
    assert [(fault.message.startswith(sentence) or sentence in fault.message) for fault in file.faults] == [True]
    assert file.faults[0].range.start.line == 1
    assert file.faults[0].range.start.character == 2
    # It is a test that cannot pass, and a request that can be sent.
    assert file.requests[0].is_test
    assert sent(f"###\n# {written}\nPOST http://localhost/score\n").path == "/score"


def test_an_expectation_without_a_request() -> None:
    file = parse_http_file("# @expect status 200\n###\nGET /score\n")
    assert [fault.message for fault in file.faults] == ["No request follows that this could be expected of."]


# ---------------------------------------------------------------------------------------------- any text

PIECES = """###|### a|# @name b|// x|@v = 1|@v={{v}}|GET http://localhost/a|POST /score HTTP/1.1|  ?a={{v}}|A: b|{}|
< body.json|<@ body.json|> {%|%}|# @expect status 200|# @expect body {|#  }|# @tolerance 1|HTTP/1.1 200|{{|
Content-Type: multipart/form-data""".replace("\n", "").split("|")
PIECES += ["", "", "\ufeff", "\x00", "\r"]


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=12)), max_size=25).map("\n".join))
def test_any_text_is_read(text: str) -> None:
    file = parse_http_file(text)
    lines = len(re.split(r"\r\n|\n|\r", text))
    assert len({each.name for each in file.requests}) == len(file.requests)
    previous = -1
    for each in file.requests:
        assert previous < each.block.start.line or each.block.start.line == 0
        assert each.block.start.line <= each.line <= each.block.end.line < lines
        previous = each.block.end.line
    for fault in file.faults:
        assert 0 <= fault.range.start.line < lines
        assert fault.message
    resolver = VariableResolver(file.variables, {}, {}, dict)
    for each in file.requests:
        where = each.line
        try:
            sent_request(each, resolver, lambda _: b"{}")
        except UnsendableRequest as error:
            where = error.line
        assert 0 <= where < lines


names = st.text("abcdefghij-", min_size=1, max_size=8)
values = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="{}"), min_size=1, max_size=20)
bodies = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(names, values, max_size=4), bodies, st.booleans())
def test_what_is_written_is_read_again(headers: dict[str, str], body: object, laid_out: bool) -> None:
    headers = {name: value for name, value in headers.items() if name.lower() not in ("content-length", "content-type")}
    text = json.dumps(body, indent=2 if laid_out else None, ensure_ascii=False)
    if not fits_in_file(text):
        return
    written = request_text(WrittenRequest("a title", "POST", "http://localhost:1/score", headers, text))
    request = sent("### before\nGET /x\n\n" + written + "\n### after\nGET /y\n", 1)
    assert request.body == text.encode("utf-8", "surrogateescape")
    assert dict(request.headers) == headers


@given(st.text(max_size=60))
def test_a_body_that_fits_comes_back(body: str) -> None:
    if fits_in_file(body):
        written = request_text(WrittenRequest("t", "POST", "/score", {"Content-Type": "text/plain"}, body))
        assert sent(written).body == body.encode("utf-8", "surrogateescape")


def test_a_file_that_is_too_large() -> None:
    file = parse_http_file("#" * (MAX_CHARACTERS + 1))
    assert [fault.message for fault in file.faults] == ["The file is too large to be read as requests."]


@pytest.mark.parametrize(
    "text",
    [
        "GET /score\nX-A: {{$processEnv SECRET}}\nX-B: {{$dotenv OTHER}}\n",
        "GET /score\nX-A: {{$env SECRET}}{{$env.SECRET}}{{$processEnv %SECRET}}{{$dotenv %OTHER}}\n",
        "@a = {{$processEnv SECRET}}\n@b = {{a}}-{{$dotenv OTHER}}\nGET /score?q={{b}}\n",
        "GET http://{{$processEnv SECRET}}/{{$dotenv OTHER}}\n",
        "POST /score\n\n{{$processEnv SECRET}} and {{$dotenv OTHER}}\n",
        "POST /score\n\n<@ {{$processEnv SECRET}}{{$dotenv OTHER}}.json\n",
    ],
)
def test_variables_that_nobody_allowed_are_named_all_at_once(text: str) -> None:
    with pytest.raises(UnsendableRequest) as error:
        sent(text)
    assert error.value.variables == ("SECRET", "OTHER")
    assert "--allow-env SECRET --allow-env OTHER" in str(error.value)
    assert "s1" not in str(error.value)


def test_the_line_of_a_variable_that_is_not_allowed() -> None:
    with pytest.raises(UnsendableRequest) as error:
        sent("POST /score\nX-A: {{$processEnv HOME_KEY}}\nX-B: {{$processEnv SECRET}}\n\n{}\n")
    assert (error.value.variables, error.value.line) == (("SECRET",), 2)


def test_values_of_a_dotenv_file() -> None:
    text = "# remark\nexport A=1\nB = 'x # y'\nC=\"a\\nb\"\nD=z # why\n=\nE\n"
    assert dotenv_values(text) == {"A": "1", "B": "x # y", "C": "a\nb", "D": "z"}


# ---------------------------------------------------------------------------------------------- REST Client's verdict

JUDGED = json.loads((Path(__file__).parent / "http_files" / "judged.json").read_text("utf-8"))
FILE_LINE = re.compile(r"<(?:(@)(\w+)?)?\s+(.+?)\s*")


def test_the_same_requests_are_read_as_rest_client_reads_them() -> None:
    assert sum(len(each["requests"]) for each in JUDGED) > 150
    for each in JUDGED:
        found = [
            {
                "method": request.method,
                "url": request.target,
                "headers": {header.name: header.value for header in request.headers},
                "body": [
                    (part.text,) if isinstance(part, BodyText) else (part.path, part.substituted)
                    for part in request.body
                ],
            }
            for request in parse_http_file(each["text"]).requests
        ]
        for request in each["requests"]:
            files = [FILE_LINE.fullmatch(line) for line in request["body"]]
            request["body"] = [
                (line,) if file is None else (file[3], file[1] is not None)
                for line, file in zip(request["body"], files, strict=True)
            ]
        assert found == each["requests"], each["text"]


def test_what_is_not_supported_is_told_at_its_line() -> None:
    asked = '# @prompt user who asks\nPOST http://localhost/score\n\n{"user": "{{user}}"}\n'
    sentence, line = refused(asked)
    assert (sentence.startswith("user is asked for by “@prompt”, which is not supported."), line) == (True, 3)
    assert sent("@user = me\n###\nPOST http://localhost/score\n\n{{user}}\n", user="x").body == b"x"
    assert sent(asked, user="x").body == b'{"user": "x"}', "a value that is given is not a question"
    graph = "POST http://localhost/score\nAccept: */*\nX-REQUEST-TYPE: GraphQL\n\nquery { a }\n"
    assert refused(graph) == ("GraphQL requests are not supported; write the body as JSON.", 2)
    chained = "GET http://localhost/a\nAuthorization: {{login.response.body.token}}\n"
    assert refused(chained) == (
        "login.response.body.token is from the response to another request, which is not supported.",
        1,
    )


def test_requests_in_the_forms_that_projects_with_models_write() -> None:
    """As in files of published projects: features of a Flask service, the v2 inference protocol behind a gateway that
    goes by the host, a variable of the file in front of which stands a blank."""
    flask = sent(
        'POST http://localhost:5000/predict HTTP/1.1\nContent-Type: application/json\n\n{\n  "features": [1, 2]\n}'
    )
    assert (flask.path, flask.host, flask.body) == ("/predict", "localhost:5000", b'{\n  "features": [1, 2]\n}')
    gateway = (
        "### wine\nPOST http://localhost:8081/v2/models/wine/infer\nContent-Type: application/json\n"
        'Host: wine.svc.cluster.local\n\n{"inputs": []}\n\n### v1\n\nPOST http://localhost:8081/v1/models/e5:predict\n\n{}\n'
    )
    assert (sent(gateway).path, sent(gateway).host) == ("/v2/models/wine/infer", "localhost:8081")
    assert (sent(gateway, 1).path, sent(gateway, 1).body) == ("/v1/models/e5:predict", b"{}")
    odata = (
        "  \n @server = http://localhost:4004\n# @server = http://localhost:1\n\n####V4####\n# POST http://x\n\n"
        "####V2####\nPOST {{server}}/odata/v4/Predict  HTTP/1.1\nContent-Type:  application/json\n\n{}\n"
    )
    (only,) = parse_http_file(odata).requests
    assert (sent(odata).path, sent(odata).header("content-type")) == ("/odata/v4/Predict", "application/json")
    assert only.faults == ()
