"""What `--strict` puts right, asked of our runtime alone; and that the comparison sees each of these differences."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.probes import Answer, Probe, get, post, request, same, says
from conformance.servers import Running, Service, make_folder, ours, started
from ports import free_port

FORM = "application/x-www-form-urlencoded"
PART = '--b\r\nContent-Disposition: form-data; name="data"\r\n\r\nx\r\n--b--\r\n'
SCRIPT_FAILED = {"message": "An unexpected error occurred in scoring script. Check the logs for more info."}
IDS = {"x-request-id", "x-ms-request-id"}

Start = Callable[..., Running]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """`start(script, *arguments, **variables)`: a running service, the same one for the same words."""
    made: dict[object, tuple[object, Running]] = {}

    def give(script: str, *arguments: str, **variables: str) -> Running:
        key = (script, arguments, tuple(sorted(variables.items())))
        if key not in made:
            service = Service("strict", script, more=arguments, environment=variables)
            top = tmp_path_factory.mktemp("strict")
            manager = started(ours(), service, make_folder(service, top / "app"), top / "own")
            server = manager.__enter__()
            assert isinstance(server, Running), server
            made[key] = (manager, server)
        return made[key][1]

    yield give
    for manager, _ in made.values():
        manager.__exit__(None, None, None)  # type: ignore[attr-defined]


def ask(server: Running, probe: Probe) -> Answer:
    answer = probe(server)
    assert isinstance(answer, Answer)
    return answer


VALUES: dict[str, tuple[str, str]] = {
    # what run() returns: the body that is sent
    "a JSON object as text": ("'{\"a\": [1]}'", '{"a": [1]}'),
    "a JSON array as text": ("' [1, 2]\\n'", " [1, 2]\n"),
    "text": ("'words'", '"words"'),
    "text that begins like JSON": ("'{\"a\": '", '"{\\"a\\": "'),
    "a number as text": ("'5'", '"5"'),
    "a word of JSON as text": ("'null'", '"null"'),
    "None": ("None", "null"),
    "None within": ("[None]", "[null]"),
    "NaN": ("float('nan')", "null"),
    "NaN within": ("{'a': [float('nan'), 1.5], 'b': (-float('inf'),)}", '{"a": [null, 1.5], "b": [null]}'),
    "NaN of NumPy": ("[__import__('numpy').float64('nan')]", "[null]"),
    "NaN as text": ("'NaN'", '"NaN"'),
    "an object": ("{'a': 1}", '{"a": 1}'),
    "a big number": ("10**30", "1" + "0" * 30),
}


@pytest.mark.parametrize("name", VALUES)
def test_values(name: str, start: Start) -> None:
    expression, body = VALUES[name]
    answer = ask(start("plain.py", "--strict"), post(f"!{expression}"))
    assert (answer.status, answer.body) == (200, body)
    assert answer.headers["content-type"] == ["application/json"]
    assert answer.headers["x-ms-run-function-failed"] == ["False"]


def test_numbers_without_a_word_are_told_once(start: Start) -> None:
    server = start("plain.py", "--strict")
    for _ in range(3):
        assert ask(server, post("!float('inf')")).body == "null"
    warning = r"W \[\d+\] azmlinfsrv - run\(\) returned NaN or Infinity.*null is sent instead\."
    server.wait_for(lambda: says(warning)(server)[0], "the warning")
    assert server.log().count("NaN or Infinity") == 1


@pytest.mark.parametrize(
    "expression", ["{1, 2}", "b'x'", "endless()", "object()", "__import__('numpy').array([1])", "{(1, 2): 3}"]
)
def test_what_is_no_json_is_the_scripts_fault(expression: str, start: Start) -> None:
    answer = ask(start("plain.py", "--strict"), post(f"!{expression}"))
    assert (answer.status, json.loads(answer.body)) == (500, SCRIPT_FAILED)
    assert answer.headers["x-ms-run-function-failed"] == ["True"]


@pytest.mark.parametrize(("body", "kind"), [("a=1", FORM), (PART, "multipart/form-data; boundary=b")])
def test_forms_reach_the_script(body: str, kind: str, start: Start) -> None:
    assert json.loads(ask(start("plain.py", "--strict"), post(body, kind)).body) == {"got": body}


@pytest.mark.parametrize("probe", [get("/nothing"), request("PUT", "/score", "x"), request("POST", "/", "x")])
def test_every_answer_carries_ids(probe: Probe, start: Start) -> None:
    answer = ask(start("plain.py", "--strict"), probe)
    assert answer.status in (404, 405)
    assert set(answer.headers) >= IDS | {"x-ms-server-version"}
    assert ("allow" in answer.headers) == (answer.status == 405)


UNLIKE = "and what came is not like it"
MISMATCHES: dict[str, tuple[str, str, str, str]] = {
    "type": (
        "decorated.py",
        '{"data": "abc"}',
        "data does not fit its schema: it takes a list such as [1.5], not a string",
        "Invalid input data type to parse. Expected: <class 'list'> but got <class 'str'>",
    ),
    "type of the other": (
        "decorated.py",
        '{"data": [1], "factor": "x"}',
        "factor does not fit its schema: it takes a number such as 2, not a string",
        "Invalid input data type to parse. Expected: <class 'int'> but got <class 'str'>",
    ),
    "shape": (
        "numpy_input.py",
        '{"data": [[1, 2, 3]]}',
        f"data does not fit its schema: it takes a list such as [[1.0, 2.0]], {UNLIKE}",
        "Invalid input array: array has size 3 on dimension #1, while expected value is 2",
    ),
    "dimensions": (
        "numpy_input.py",
        '{"data": [1, 2]}',
        f"data does not fit its schema: it takes a list such as [[1.0, 2.0]], {UNLIKE}",
        "Invalid input array: an array with 2 dimensions is expected; input has 1 [shape (2,)]",
    ),
}


@pytest.mark.parametrize("name", MISMATCHES)
def test_input_that_does_not_fit_the_sample(name: str, start: Start) -> None:
    script, body, sentence, reason = MISMATCHES[name]
    answer = ask(start(script, "--strict"), post(body))
    assert (answer.status, json.loads(answer.body)) == (400, {"message": f"{sentence} (ValueError: {reason})"})
    assert answer.headers["x-ms-run-function-failed"] == ["False"]


def test_a_fault_of_the_decorated_script_itself_stays_one(start: Start) -> None:
    answer = ask(start("decorated.py", "--strict"), post('{"data": ["a"]}'))
    assert (answer.status, json.loads(answer.body)) == (500, SCRIPT_FAILED)


def test_time_is_over(start: Start) -> None:
    server = start("slow.py", "--strict", SCORING_TIMEOUT_MS="300")
    for body in ("9", "caught"):  # a script cannot hold it up by `except Exception`
        answer = ask(server, post(body))
        assert (answer.status, json.loads(answer.body)) == (504, {"message": "Scoring timeout after 300 ms"})
    assert ask(server, post("0.01")).body == '"done"'


def test_a_time_out_of_the_script_is_its_own(start: Start) -> None:
    answer = ask(start("plain.py", "--strict"), post("!raising(TimeoutError('mine'))"))
    assert (answer.status, json.loads(answer.body)) == (500, SCRIPT_FAILED)


def test_ports_of_the_environment(tmp_path: Path) -> None:
    port, second = free_port(), free_port()
    service = Service(
        "ports",
        arguments=("--entry_script", "score.py", "--strict"),
        environment={"SERVER_PORT": str(port), "HEALTH_PORT": str(second), "SEPERATE_HEALTH_ENDPOINT": "true"},
    )
    with started(ours(), service, make_folder(service, tmp_path / "app"), tmp_path / "own", port=port) as server:
        assert isinstance(server, Running), server
        assert ask(server, post("x")).status == 200
        server.second = second
        assert ask(server, request("GET", "/", second_port=True)).body == "Healthy"


def test_the_configuration_file_is_read(tmp_path: Path) -> None:
    port, origin = free_port(), "https://mine.example"
    told = {"SERVER_PORT": port, "WORKER_COUNT": "2", "AML_CORS_ORIGINS": origin, "AZUREML_ENTRY_SCRIPT": "score.py"}
    service = Service(
        "file", arguments=("--config_file", "mine.json", "--strict"), files={"mine.json": json.dumps(told)}
    )
    with started(ours(), service, make_folder(service, tmp_path / "app"), tmp_path / "own", port=port) as server:
        assert isinstance(server, Running), server
        answer = ask(server, post("x", headers={"Origin": origin}))
        assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, [origin])
        assert says(r"^Worker Count: 2$")(server) == ["Worker Count: 2"]


@pytest.mark.parametrize(
    "probe",
    [
        post("!None"),
        post("!float('nan')"),
        post("!'[1]'"),
        post("!{1}"),
        post("a=1", FORM),
        get("/nothing"),
        post("!raising(TimeoutError())"),
    ],
)
def test_the_comparison_sees_it(probe: Probe, start: Start) -> None:
    """Planted: the same question to a strict and a plain service must be told apart."""
    strict, plain = start("plain.py", "--strict"), start("plain.py")
    assert not same(probe(strict), probe(plain))
    assert same(probe(plain), probe(plain))
