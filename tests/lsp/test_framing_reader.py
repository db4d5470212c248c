"""The reader of messages on bytes, without a server: hostile headers end the connection at once."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scoredock.lsp.framing import BODY_LIMIT, HEADER_LIMIT, FramingError, read_message


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(b"Content-Length: 2\r\n\r\n", id="plain"),
        pytest.param(b"content-length: 2\r\n\r\n", id="lower-case"),
        pytest.param(b"CONTENT-LENGTH:2\r\n\r\n", id="upper-case-no-space"),
        pytest.param(b"Content-Length:   2  \r\n\r\n", id="spaces"),
        pytest.param(
            b"Content-Length: 2\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n", id="type-after"
        ),
        pytest.param(
            b"Content-Type: application/vscode-jsonrpc; charset=utf8\r\nContent-Length: 2\r\n\r\n", id="type-before"
        ),
        pytest.param(b"X-Whatever: yes\r\nContent-Length: 2\r\n\r\n", id="unknown-header"),
    ],
)
def test_good_headers(header: bytes) -> None:
    assert read_message(io.BytesIO(header + b"{}")) == b"{}"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"Content-Length: -5\r\n\r\n", "not a length", id="negative"),
        pytest.param(b"Content-Length: +5\r\n\r\n", "not a length", id="plus"),
        pytest.param(b"Content-Length: 5.0\r\n\r\n", "not a length", id="decimal"),
        pytest.param(b"Content-Length: 0x5\r\n\r\n", "not a length", id="hex"),
        pytest.param(b"Content-Length: \xd9\xa5\r\n\r\n", "not a length", id="arabic-digit"),
        pytest.param(b"Content-Length: \r\n\r\n", "not a length", id="empty"),
        pytest.param(b"Content-Length: 1000000000000\r\n\r\n", "larger than", id="10^12"),
        pytest.param(b"Content-Length: %d\r\n\r\n" % (BODY_LIMIT + 1), "larger than", id="one-too-large"),
        pytest.param(b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", "two lengths", id="twice"),
        pytest.param(b"Content-Length: 2\n\n{}", "does not end with CR LF", id="lf-only"),
        pytest.param(b"Content-Type: text/plain\r\n\r\n{}", "no Content-Length", id="none"),
        pytest.param(b"\r\n\r\n{}", "no Content-Length", id="only-an-empty-line"),
        pytest.param(b"{}", "not a header", id="json-without-header"),
        pytest.param(b"\x00\x01", "not a header", id="binary"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", "not a header", id="http"),
        pytest.param(b"Content-Length: 5\r\n\r\n{}", "ended after 2 of 5", id="cut-body"),
        pytest.param(b"Content-Len", "ended in a header", id="cut-header"),
        pytest.param(b"Content-Length: 2\r\n", "ended in a header", id="cut-after-header"),
        pytest.param(b"X: " + b"y" * HEADER_LIMIT + b"\r\n", "too long", id="long-value"),
        pytest.param(b"x" * (HEADER_LIMIT + 1), "too long", id="long-name"),
        pytest.param(b"A: b\r\n" * 2000, "too long", id="many-headers"),
        pytest.param(b"Content-Length: 2\r\nContent-Type: a; charset=utf-16\r\n\r\n{}", "only UTF-8", id="utf-16"),
        pytest.param(b"\rX", "not CR LF", id="lonely-cr"),
    ],
)
def test_bad_streams_are_refused(data: bytes, said: str) -> None:
    with pytest.raises(FramingError, match=said):
        read_message(io.BytesIO(data))


def test_the_end_between_messages_is_an_end() -> None:
    stream = io.BytesIO(b"Content-Length: 2\r\n\r\n{}")
    assert read_message(stream) == b"{}"
    assert read_message(stream) is None


class _NoMore(io.BytesIO):
    """Reading past what is there would block for ever on a pipe; here it fails the test."""

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        if size and not data:
            raise AssertionError("waits for more")
        return data


def test_too_short_a_length_is_noticed_at_the_next_byte() -> None:
    """Without waiting for a line end that may never come."""
    stream = _NoMore(b'Content-Length: 1\r\n\r\n{"jsonrpc"')
    assert read_message(stream) == b"{"
    with pytest.raises(FramingError):
        read_message(stream)


@given(st.binary(max_size=200))
def test_no_bytes_hang_or_crash(data: bytes) -> None:
    stream = io.BytesIO(data)
    try:
        while read_message(stream) is not None:
            pass
    except FramingError:
        pass
