"""Incremental edits against a plain text model, in the units of each encoding."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from scoredock.protocol.documents import Document, Encoding
from scoredock.text import Position, Range

ALPHABET = "ab \t\n\r\u00e9\u20ac\U0001f600\x0b\x0c\x1c\x85\u2028"
TEXT = st.text(alphabet=ALPHABET, max_size=40)
ENCODINGS = st.sampled_from(["utf-8", "utf-16", "utf-32"])


def units(text: str, encoding: Encoding) -> int:
    width = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
    return len(text.encode(encoding + ("-le" if width > 1 else ""))) // width


def place(text: str, offset: int, encoding: Encoding) -> tuple[int, int]:
    """Line and column of an offset as a client counts: an independent, slow model."""
    lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", text)
    for number, line in enumerate(lines):
        content = line.rstrip("\r\n") if line else line
        if offset <= len(content) or number == len(lines) - 1:
            return number, units(content[:offset], encoding)
        if offset < len(line):
            return number, units(content, encoding)
        offset -= len(line)
    raise AssertionError


@given(TEXT, TEXT, st.data(), ENCODINGS)
def test_edits_give_what_slicing_gives(text: str, new: str, data: st.DataObject, encoding: Encoding) -> None:
    inside = [offset for offset in range(len(text) + 1) if text[offset - 1 : offset + 1] != "\r\n" or offset == 0]
    first, last = sorted((data.draw(st.sampled_from(inside)), data.draw(st.sampled_from(inside))))
    document = Document("u", 1, text, encoding)
    edited = document.replaced(place(text, first, encoding), place(text, last, encoding), new, 2)
    assert edited.text == text[:first] + new + text[last:]
    assert edited.version == 2


@given(TEXT, ENCODINGS, st.integers(-3, 60), st.integers(-3, 60), st.integers(-3, 60), st.integers(-3, 60))
def test_wild_positions_are_moved_inside(text: str, encoding: Encoding, a: int, b: int, c: int, d: int) -> None:
    document = Document("u", 1, text, encoding)
    edited = document.replaced((a, b), (c, d), "NEW", 2).text
    assert "NEW" in edited
    head, _, tail = edited.partition("NEW")
    assert text.startswith(head)
    assert text.endswith(tail)


@given(TEXT, ENCODINGS, st.data())
def test_positions_there_and_back(text: str, encoding: Encoding, data: st.DataObject) -> None:
    document = Document("u", 1, text, encoding)
    offset = data.draw(st.integers(0, len(text)))
    line, character = place(text, offset, encoding)
    position = document.position(line, character)
    assert document.client_position(position) == (line, character)


def test_an_astral_character_is_two_units_of_utf_16() -> None:
    document = Document("u", 1, "x\U0001f600y\n", "utf-16")
    assert document.client_position(Position(0, 2)) == (0, 3)
    assert document.position(0, 3) == Position(0, 2)
    assert document.position(0, 2) == Position(0, 1), "between the halves counts as before the character"


def test_form_feeds_end_no_line() -> None:
    document = Document("u", 1, "a\x0cb\nc", "utf-16")
    assert document.line(0) == "a\x0cb"
    assert document.replaced((1, 0), (1, 1), "d", 2).text == "a\x0cb\nd"


def test_a_backward_range_of_a_finding_is_turned_empty() -> None:
    document = Document("u", 1, "abc\n", "utf-16")
    assert document.client_range(Range(Position(0, 3), Position(0, 1))) == ((0, 3), (0, 3))
