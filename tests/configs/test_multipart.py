"""Forms of several parts: read from what is sent and from `.http` files, and written back."""

from __future__ import annotations

import email
from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scoredock.formats.http_file.multipart import FormPart, form_body, form_text, parts_of_body, parts_of_request
from scoredock.formats.http_file.parsing import parse_http_file
from scoredock.formats.http_file.sending import sent_request
from scoredock.formats.http_file.variables import VariableResolver
from scoredock.formats.http_file.writing import WrittenRequest, request_text

FILES = {"cat.png": b"\x89PNG\r\n--scoredock-form\xff", "note.txt": b"a note"}
PARTS = [
    FormPart("title", "A cat\n{{x}}"),
    FormPart("meta", '{"a": 1}', content_type="application/json"),
    FormPart("image", path="cat.png", is_file=True, file_name="cat.png"),
    FormPart("bytes", content=b"\x00\xff", is_file=True, file_name='a "b".bin', content_type="image/x-own"),
]


def judged(body: bytes, kind: str) -> list[tuple[object, ...]]:
    """By Python's own reader of such messages."""
    message: Message = email.message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    return [
        (
            part.get_param("name", header="content-disposition"),
            part.get_filename(),
            part.get_content_type() if "content-type" in part else "",
            part.get_payload(decode=True),
        )
        for part in message.get_payload()
        if isinstance(part, Message)
    ]


def test_what_is_sent_is_what_others_read() -> None:
    body, kind = form_body(PARTS, FILES.__getitem__)
    assert judged(body, kind) == [
        ("title", None, "", b"A cat\r\n{{x}}"),
        ("meta", None, "application/json", b'{"a": 1}'),
        ("image", "cat.png", "image/png", FILES["cat.png"]),
        ("bytes", "a %22b%22.bin", "image/x-own", b"\x00\xff"),
    ]
    found = parts_of_body(body, kind)
    assert found is not None
    assert found[:2] == PARTS[:2]
    assert found[2] == FormPart(
        "image", content=FILES["cat.png"], is_file=True, file_name="cat.png", content_type="image/png"
    )
    assert found[3] == PARTS[3]


def test_a_form_in_a_file_is_read_again_and_sent_as_it_was() -> None:
    parts = [PARTS[1], PARTS[2], FormPart("empty")]
    text, kind = form_text(parts)
    written = request_text(WrittenRequest("t", "POST", "/score", {"Content-Type": kind}, text))
    (request,) = parse_http_file(written).requests
    assert [line for line in written.splitlines() if line.startswith("< ")] == ["< cat.png"]
    read = parts_of_request(request, lambda part: part)
    assert read == [
        parts[0],
        FormPart("image", path="cat.png", is_file=True, file_name="cat.png", content_type="image/png"),
        parts[2],
    ]
    assert form_text(parts, "own")[1] == "multipart/form-data; boundary=own"
    # The boundary that a file holds is no longer one, as another is chosen.
    sent = sent_request(request, VariableResolver(), FILES.__getitem__)
    assert [part[0] for part in judged(sent.body, kind)][:2] == ["meta", "image"]


@pytest.mark.parametrize(
    "text",
    [
        "POST /score\nContent-Type: multipart/form-data\n\n--a\n",
        "POST /score\nContent-Type: application/json\n\n{}\n",
        "POST /score\nContent-Type: multipart/form-data; boundary=a\n\n--a\nno headers\n--a--\n",
        "POST /score\nContent-Type: multipart/form-data; boundary=a\n\n"
        '--a\nContent-Disposition: form-data; name="x"\n\n<@ note.txt\n--a--\n',
    ],
)
def test_what_is_no_form_of_plain_parts_stays_a_body(text: str) -> None:
    (request,) = parse_http_file(text).requests
    assert parts_of_request(request, lambda part: part) is None


def test_a_broken_form_is_none() -> None:
    assert parts_of_body(b"--a\r\nhello\r\n--a--", "multipart/form-data; boundary=a") is None
    assert parts_of_body(b"{}", "application/json") is None
    assert parts_of_body(b"", "multipart/form-data; boundary=a") == []


@given(st.lists(st.tuples(st.text("ab \"'=;", min_size=1, max_size=5), st.text(max_size=20)), min_size=1, max_size=4))
def test_texts_come_back(fields: list[tuple[str, str]]) -> None:
    parts = [FormPart(name, text.replace("\r", "")) for name, text in fields]
    body, kind = form_body(parts, FILES.__getitem__)
    assert parts_of_body(body, kind) == parts
