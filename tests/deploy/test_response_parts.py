"""What a response is made of, as it is shown: rows, images, text, bytes; and how much of one is taken."""

from __future__ import annotations

import contextlib
import gzip
import json
import re
import socket
import threading
import tracemalloc
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from scoredock.engines.probe import Address
from scoredock.errors import ScoredockError
from scoredock.services.access import receiving
from scoredock.services.access.calls import OutgoingCall, send
from scoredock.services.access.receiving import BodyReceiver
from scoredock.services.access.reporting import ReportingReceiver
from scoredock.services.access.response_table import MOST_COLUMNS, MOST_ROWS, table_of
from scoredock.services.access.shown_body import shown_body

from scoredock_runtime.contract import CHALLENGE_HEADER, PROOF_HEADER, proof

NONCE = "0123"
PNG = b"\x89PNG\r\n\x1a\n rest"


@pytest.mark.parametrize(
    ("body", "path", "columns", "rows"),
    [
        (
            '[{"a": 1.0, "b": "x"}, {"b": null, "c": [1e5, {"d": true}]}]',
            "$",
            "a b c",
            [["1.0", "x", ""], ["", "null", '[1e5, {"d": true}]']],
        ),
        (
            '{"model": "m", "result": [[0.10, 2], [3]]}',
            "$.result",
            "0 1",
            [["0.10", "2"], ["3", ""]],
        ),
        (
            '{"ids": [1, 2], "rows": [{"n": 12345678901234567890}]}',
            "$.rows",
            "n",
            [["12345678901234567890"]],
        ),
    ],
)
def test_rows_are_found_and_keep_how_they_are_written(
    body: str, path: str, columns: str, rows: list[list[str]]
) -> None:
    found = table_of(body)
    assert found is not None
    assert (found.path, found.columns) == (path, tuple(columns.split()))
    assert [list(row) for row in found.rows] == rows


@pytest.mark.parametrize(
    "body",
    [
        "[1, 2]",
        "{}",
        "[]",
        "[[]]",
        "[{}]",
        "[[[1]]]",
        "{broken",
        "[" * 100_000,
        "text",
        "[1, [2]]",
    ],
)
def test_what_has_no_rows_is_no_table(body: str) -> None:
    assert table_of(body) is None


def test_a_table_of_any_size_is_bounded_and_says_how_large_it_is() -> None:
    found = table_of(json.dumps([[0] * 60] * 2000))
    assert found is not None
    assert (len(found.rows), len(found.rows[0])) == (MOST_ROWS, MOST_COLUMNS)
    assert (found.row_count, found.column_count) == (2000, 60)


@pytest.mark.parametrize(
    ("content", "headers", "whole", "media", "name"),
    [
        (
            b"{}",
            {"content-type": "application/json; charset=utf-8"},
            True,
            "json",
            "response.json",
        ),
        (b"a,b", {"content-type": "text/csv"}, True, "text", "response.csv"),
        (PNG, {"content-type": "image/png"}, True, "image", "response.png"),
        (PNG, {"content-type": "application/json"}, True, "image", "response.json"),
        (PNG, {}, True, "image", "response.png"),
        (PNG, {"content-type": "image/png"}, False, "binary", "response.png"),
        (b"\xff\x00", {}, True, "binary", "response.bin"),
        (b"", {"content-type": "text/plain"}, True, "empty", "response.txt"),
        ("ü".encode()[:1], {}, True, "binary", "response.bin"),
        (b"a" + "ü".encode()[:1], {}, False, "text", "response.txt"),
        (
            b"x",
            {"content-disposition": 'attachment; filename="../../rows.csv"'},
            True,
            "text",
            "rows.csv",
        ),
    ],
)
def test_a_body_is_shown_as_what_it_is(
    content: bytes, headers: dict[str, str], whole: bool, media: str, name: str
) -> None:
    shown = shown_body(content, headers, whole=whole)
    assert shown.media == media
    assert shown.file_name == name


@pytest.mark.parametrize(
    ("content", "charset", "text"),
    [
        ("Zoë".encode("latin-1"), "ISO-8859-1", "Zoë"),
        ("日本".encode("shift_jis"), '"shift_jis"', "日本"),
        ("価格".encode("utf-16"), "utf-16", "価格"),
        ("Zoë".encode(), "no-such-encoding", "Zoë"),
        ("Zoë".encode(), "rot13", "Zoë"),
    ],
)
def test_a_text_is_read_in_the_encoding_that_it_names(content: bytes, charset: str, text: str) -> None:
    headers = {"content-type": f"text/plain; charset={charset}"}
    shown = shown_body(content, headers, whole=True)
    assert (shown.media, shown.text) == ("text", text)
    told: list[tuple[int, str, int]] = []
    receiver = ReportingReceiver(Path("unused"), lambda *more: told.append(more))
    receiver.begin(200, headers)
    receiver.take(content)
    receiver.break_off()
    assert "".join(part for _, part, _ in told) == text, "what comes bit by bit, too"


@contextlib.contextmanager
def answering(*responses: bytes) -> Iterator[tuple[Address, list[bytes]]]:
    """A service of one answer a connection, and the requests that it got."""
    requests: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            for response in responses:
                connection, _ = listening.accept()
                with connection:
                    challenge = re.search(
                        rf"{CHALLENGE_HEADER}: (\S+)",
                        connection.recv(65536).decode(),
                        re.IGNORECASE,
                    )
                    proven = f"{PROOF_HEADER}: {proof(NONCE, challenge[1] if challenge else '')}"
                    connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n{proven}\r\n\r\n".encode())
                    requests.append(connection.recv(65536))
                    with contextlib.suppress(OSError):  # who has enough hangs up
                        connection.sendall(response)

        thread = threading.Thread(target=answer)
        thread.start()
        yield Address(listening.getsockname()[1], NONCE), requests
        thread.join()


def response(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def test_a_response_that_ends_in_the_middle_is_told_as_far_as_it_came() -> None:
    begun = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + b'{"rows": ['
    told: list[tuple[int, str, int]] = []
    receiver = ReportingReceiver(Path("unused"), lambda *more: told.append(more))
    with (
        answering(begun) as (address, _),
        pytest.raises(ScoredockError, match="broke off its response after 10 bytes"),
    ):
        send("churn", address, OutgoingCall("/score"), receiver)
    assert told[-1][0::2] == (200, 10)
    assert "".join(text for _, text, _ in told) == '{"rows": ['


BODY = json.dumps({"result": [0.5] * 400}).encode()
BARE = zlib.compressobj(wbits=-15)


@pytest.mark.parametrize(
    ("header", "sent", "body", "encoding", "advice"),
    [
        ("gzip", gzip.compress(BODY), BODY, "gzip", ""),
        (
            "X-GZIP",
            gzip.compress(BODY[:99]) + gzip.compress(BODY[99:]),
            BODY,
            "x-gzip",
            "",
        ),
        ("deflate", zlib.compress(BODY), BODY, "deflate", ""),
        ("deflate", BARE.compress(BODY) + BARE.flush(), BODY, "deflate", ""),
        ("identity", BODY, BODY, "", ""),
        ("gzip", b"", b"", "gzip", ""),
        ("gzip", BODY, BODY, "", "but it is not"),
        ("gzip", gzip.compress(BODY)[:-9], BODY, "gzip", "damaged"),
        ("br", b"\x8b\x03", b"\x8b\x03", "", "compressed with br"),
        ("gzip, gzip", b"\x8b\x03", b"\x8b\x03", "", "compressed with gzip, gzip"),
    ],
)
def test_a_compressed_body_is_what_it_was(header: str, sent: bytes, body: bytes, encoding: str, advice: str) -> None:
    with answering(response(sent, f"Content-Encoding: {header}")) as (
        address,
        requests,
    ):
        answer = send("churn", address, OutgoingCall("/score"))
    assert b"Accept-Encoding: identity" in requests[0], "nobody asked for it"
    assert (answer.body[:90], answer.encoding) == (body[:90], encoding)
    assert (answer.wire_size, answer.size) == (len(sent), len(answer.body))
    assert advice in answer.advice
    assert bool(advice) == bool(answer.advice)
    assert answer.body == body or "damaged" in advice


def test_a_bomb_is_cut_where_any_long_body_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """10 GB of zeros in 10 MB: what is kept is bounded, and no more is decoded than is kept."""
    monkeypatch.setattr(receiving, "MOST_BYTES", 3_000_000)
    part = gzip.compress(bytes(1 << 27), 9)
    tracemalloc.start()
    try:
        with answering(response(part * 80, "Content-Encoding: gzip")) as (address, _):
            receiver = BodyReceiver(tmp_path / "responses" / "bomb", in_memory=1_000)
            answer = send("churn", address, OutgoingCall("/score"), receiver)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (answer.size, answer.is_cut) == (3_000_000, True)
    assert answer.wire_size < 1_000_000
    assert peak < 40_000_000, "the bomb itself is 10 MB"


FOLLOWING = OutgoingCall("/a", "POST", b"{}", {"Authorization": "Bearer secret"}, 5.0, follows=True)


@pytest.mark.parametrize(
    ("status", "line", "has_body"),
    [
        (307, b"POST /b?c=1 HTTP/1.1", True),
        (302, b"POST /b?c=1 HTTP/1.1", True),
        (303, b"GET /b?c=1 HTTP/1.1", False),
    ],
)
def test_a_redirect_within_the_service_is_followed_as_rest_client_does(
    status: int, line: bytes, has_body: bool
) -> None:
    onward = response(b"moved", "Location: b?c=1", status=f"{status} Moved")
    with answering(onward, response(b"there")) as (address, requests):
        answer = send("churn", address, FOLLOWING)
    assert (answer.status, answer.body, answer.redirects) == (
        200,
        b"there",
        (f"{status} /b?c=1",),
    )
    assert requests[1].startswith(line)
    assert (b"Content-Length: 2" in requests[1]) == has_body
    assert b"Bearer secret" in requests[1], "it is the same service"


@pytest.mark.parametrize(
    "location",
    ["http://127.0.0.1:{other}/b", "//example.com/b", "http://[", "https://localhost/"],
)
def test_a_redirect_to_anybody_else_is_shown_and_no_key_goes_there(
    location: str,
) -> None:
    with answering(response(b"stolen")) as (other, elsewhere):
        target = location.format(other=other.port)
        onward = response(b"moved", f"Location: {target}", status="307 Moved")
        with answering(onward) as (address, requests):
            answer = send("churn", address, FOLLOWING)
        assert elsewhere == []
        send("churn", other, OutgoingCall("/end"))
    assert (answer.status, answer.body, len(requests)) == (307, b"moved", 1)
    assert answer.advice == f"The redirect to {target} is not followed, as that is another server."


def test_a_redirect_is_shown_where_nobody_wants_to_follow_and_a_circle_ends() -> None:
    onward = response(b"", "Location: /a", status="302 Moved")
    with answering(onward) as (address, _):
        answer = send("churn", address, replace(FOLLOWING, follows=False))
    assert (answer.status, answer.advice, answer.redirects) == (302, "", ())
    with answering(*[onward] * 11) as (address, requests):
        answer = send("churn", address, FOLLOWING)
    assert (answer.status, len(answer.redirects), len(requests)) == (302, 10, 11)


def test_a_long_body_lies_in_a_file_and_an_endless_one_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "MOST_BYTES", 50)
    receiver = BodyReceiver(tmp_path / "responses" / "one", in_memory=10)
    assert receiver.take(b"0123456789")
    assert receiver.take(b"x" * 40)
    found = receiver.received()
    assert (found.body, found.size, found.is_cut) == (b"0123456789", 50, False)
    assert found.file is not None
    assert found.file.read_bytes() == b"0123456789" + b"x" * 40
    assert found.file.stat().st_mode & 0o077 == 0, "of its owner only"

    receiver = BodyReceiver(tmp_path / "responses" / "two", in_memory=10)
    while receiver.take(b"y" * 7):
        pass
    found = receiver.received()
    assert (found.size, found.is_cut) == (50, True)
    for number in range(9):
        receiver = BodyReceiver(tmp_path / "responses" / str(number), in_memory=1)
        receiver.take(b"zz")
        receiver.close()
    assert len(list((tmp_path / "responses").iterdir())) == 3, "only the newest are kept"


def test_a_disk_that_cannot_be_written_costs_the_end_of_the_response_only(
    tmp_path: Path,
) -> None:
    (tmp_path / "responses").write_text("in the way")
    receiver = BodyReceiver(tmp_path / "responses" / "one", in_memory=3)
    assert receiver.take(b"abc")
    assert receiver.take(b"defg")
    found = receiver.received()
    assert (found.body, found.size, found.is_cut, found.file) == (b"abc", 7, True, None)
