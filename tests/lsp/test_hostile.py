"""Hostile frames over a real pipe: an answer or a clean end with one line in the log, never a hang."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bounded import bounded_memory
from depth import rounds
from lsp.client import Client, Gone

SECONDS = 20.0
"""Until the answer or the end; two seconds are the goal, the rest is for a busy machine."""


def framed(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


SURVIVED = [
    pytest.param(framed(b"{"), id="cut-json"),
    pytest.param(framed(b"\xff\xfe\x00"), id="not-utf8"),
    pytest.param(framed(b"[]"), id="array"),
    pytest.param(framed(b"[" + b'{"jsonrpc":"2.0","id":1,"method":"x"},' * 3 + b"{}]"), id="batch"),
    pytest.param(framed(b"5"), id="scalar"),
    pytest.param(framed(b"null"), id="null"),
    pytest.param(framed(b'"text"'), id="text"),
    pytest.param(framed(b"[" * 100_000), id="deep-array"),
    pytest.param(framed(b'{"a":' * 100_000 + b"1" + b"}" * 100_000), id="deep-object"),
    pytest.param(framed(b'{"jsonrpc":"2.0","id":' + b"9" * 10_000 + b',"method":"x"}'), id="huge-id"),
    pytest.param(framed(b'{"jsonrpc":"2.0","id":{},"method":"x"}'), id="object-id"),
    pytest.param(framed(b'{"jsonrpc":"2.0","id":1,"method":5}'), id="number-method"),
    pytest.param(framed(b'{"jsonrpc":"1.0","id":1,"method":"x"}'), id="old-version"),
    pytest.param(framed(b"{}"), id="empty-object"),
    pytest.param(framed(b""), id="empty-body"),
    pytest.param(framed(b'{"jsonrpc":"2.0","id":77,"result":{}}'), id="answer-to-nothing"),
    pytest.param(framed(b'{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"m"}}'), id="error-to-nothing"),
    pytest.param(framed(b'{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":"never"}}'), id="cancel-nothing"),
    pytest.param(framed(b'{"jsonrpc":"2.0","method":"$/cancelRequest","params":{}}'), id="cancel-without-id"),
    pytest.param(
        framed(
            b'{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///n.py","version":2},"contentChanges":[{"text":"x"}]}}'
        ),
        id="change-unopened",
    ),
    pytest.param(framed(b'{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{}}'), id="open-without-text"),
    pytest.param(
        framed(
            b'{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"::not a'
            b' uri::","languageId":"python","version":1,"text":"def init(): pass"}}}'
        ),
        id="bad-uri",
    ),
    pytest.param(
        framed(b'{"jsonrpc":"2.0","method":"scoredock/log/acknowledge","params":{"id":5}}'), id="bad-notification"
    ),
    pytest.param(
        framed(b'{"jsonrpc":"2.0","id":1,"method":"x","params":{"jsonrpc":"2.0","id":2,"method":"y"}}'),
        id="message-in-message",
    ),
    pytest.param(b"content-length: 2\r\n\r\n{}", id="lower-case-header"),
]

ENDED = [
    pytest.param(b"Content-Length: -1\r\n\r\n{}", id="negative"),
    pytest.param(b"Content-Length: 2\n\n{}", id="lf-only"),
    pytest.param(b"Content-Length: 1000000000000\r\n\r\n", id="10^12"),
    pytest.param(b"Content-Length: 10\r\n\r\n" + b'{"jsonrpc":"2.0","id":1,"method":"x"}', id="too-short"),
    pytest.param(b'{"jsonrpc":"2.0"}', id="no-header"),
    pytest.param(b"A: " + b"b" * 9_000 + b"\r\n", id="long-header"),
    pytest.param(b"\x16\x03\x01\x02\x00", id="tls-hello"),
]


@pytest.fixture(autouse=True, scope="module")
def limits() -> Iterator[None]:
    """A server that asks for all memory fails its own test."""
    with bounded_memory():
        yield


@pytest.fixture(scope="module")
def survivor(tmp_path_factory: pytest.TempPathFactory) -> Client:
    with Client(tmp_path_factory.mktemp("hostile") / "home") as client:
        client.initialize()
        yield client  # type: ignore[misc]


@pytest.mark.parametrize("data", SURVIVED)
def test_bad_messages_are_survived(survivor: Client, data: bytes) -> None:
    survivor.send_bytes(data)
    assert survivor.ask("scoredock/document/explain", {"code": "SD101"}, SECONDS)["code"] == "SD101"


@pytest.mark.parametrize("data", ENDED)
def test_a_stream_out_of_step_ends_the_process(start: Callable[..., Client], data: bytes) -> None:
    client = start()
    client.initialize()
    client.send_bytes(data)
    assert client.exit_code(SECONDS) == 1
    said = [line for line in client.log if "out of step" in line]
    assert len(said) == 1, client.log


@pytest.mark.parametrize(
    ("method", "params"),
    [
        pytest.param("textDocument/codeAction", {}, id="empty"),
        pytest.param("textDocument/codeAction", {"textDocument": {"uri": 5}}, id="wrong-type"),
        pytest.param("textDocument/codeAction", None, id="none"),
        pytest.param("textDocument/codeAction", [], id="list"),
    ],
)
def test_a_standard_request_that_does_not_fit_is_answered(survivor: Client, method: str, params: object) -> None:
    """pygls alone would leave the client waiting for ever."""
    assert survivor.error(method, params, SECONDS)["code"] == -32602


@pytest.mark.parametrize(
    ("method", "params", "said"),
    [
        ("textDocument/hover", {}, "textDocument is missing @ $.params.textDocument; position is missing"),
        ("textDocument/hover", [], "expected another kind of value @ $.params.textDocument"),
        ("textDocument/documentSymbol", {"textDocument": {}}, "uri is missing @ $.params.textDocument.uri"),
        ("workspace/executeCommand", {"command": "x.y"}, "there is no command x.y"),
    ],
)
def test_what_does_not_fit_is_told_in_one_sentence(
    start: Callable[..., Client], method: str, params: object, said: str
) -> None:
    """In the answer and in one line of the log, with no trace of the frames of pygls."""
    client = start()
    client.initialize()
    error = client.error(method, params, SECONDS)
    assert (error["code"], said in error["message"]) == (-32602, True), error
    client.send_bytes(framed(b'{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{}}'))
    assert client.ask("scoredock/document/explain", {"code": "SD101"}, SECONDS)["code"] == "SD101"
    assert client.shut_down() == 0
    lines = [line for line in client.log if "WARNING" in line or "ERROR" in line or "Traceback" in line]
    assert len(lines) == 2, client.log
    assert all("scoredock.lsp.endpoint" in line for line in lines), lines


def test_requests_before_initialize_are_answered(start: Callable[..., Client]) -> None:
    client = start()
    assert client.error("scoredock/workspace/list", {"folders": []})["code"] == -32002
    assert client.error("textDocument/hover", {})["code"] == -32002


def test_a_cut_message_and_the_end_is_an_end(start: Callable[..., Client]) -> None:
    client = start()
    client.initialize()
    client.send_bytes(b"Content-Length: 100\r\n\r\n{")
    client.process.stdin.close()  # type: ignore[union-attr]
    assert client.exit_code(SECONDS) == 1


BASE = framed(
    json.dumps({"jsonrpc": "2.0", "id": 9, "method": "scoredock/workspace/show", "params": {"id": "local"}}).encode()
)


@pytest.mark.slow
@pytest.mark.timeout(rounds(gate=300, long=1800))
@settings(max_examples=rounds(gate=6, long=200), suppress_health_check=list(HealthCheck))
@given(st.integers(0, len(BASE) - 1), st.binary(min_size=0, max_size=4), st.integers(0, 6))
def test_mutated_frames(tmp_path_factory: pytest.TempPathFactory, at: int, put: bytes, cut: int) -> None:
    """Whatever is done to a frame: a later request is answered, or the process ends; it never hangs."""
    client = _mutated(tmp_path_factory)
    client.send_bytes(BASE[:at] + put + BASE[at + cut :])
    # A mutated length may ask for more than the probes bring; the server waits for it until the stream ends.
    client.send(PROBE)
    client.send(PROBE)
    try:
        client.answer("probe", 1.0)
    except Gone:
        assert client.process.wait(SECONDS) == 1
    except TimeoutError:
        client.process.stdin.close()  # type: ignore[union-attr]
        assert client.process.wait(SECONDS) == 1
    client.forget("probe")


PROBE = {"jsonrpc": "2.0", "id": "probe", "method": "scoredock/document/explain", "params": {"code": "SD101"}}
_running: list[Client] = []


def _mutated(factory: pytest.TempPathFactory) -> Client:
    if not _running or _running[-1].process.poll() is not None:
        client = Client(factory.mktemp("mutated") / "home")
        client.initialize()
        _running.append(client)
    return _running[-1]


def teardown_module() -> None:
    for client in _running:
        client.__exit__()


BARE = (
    "from pygls.lsp.server import LanguageServer\nfrom lsprotocol import types\ns = LanguageServer('bare',"
    " '1')\n@s.feature(types.TEXT_DOCUMENT_HOVER)\ndef hover(params):\n    return None\ns.start_io()\n"
)


@pytest.mark.long("a test of the tests: what it shows does not change with the project")
def test_a_bare_server_does_not_pass_these_tests(start: Callable[..., Client]) -> None:
    """The probes are worth something: without our own end of the connection they find a silent and a deaf server."""
    client = start(command=[sys.executable, "-I", "-c", BARE])
    client.initialize()
    with pytest.raises(TimeoutError):
        client.error("textDocument/hover", {}, 0.5)
    client.send_bytes(b"Content-Length: -1\r\n\r\n{}")
    with pytest.raises(subprocess.TimeoutExpired):
        client.process.wait(1.0)
