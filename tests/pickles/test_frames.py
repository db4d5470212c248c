"""Pickles that end inside a frame: whoever reads on does so here or behind it."""

from __future__ import annotations

import io
import pickle
import struct

import pytest
from scoredock.pickles.scan import scan

from pickle_writing import by_stack

CALL = by_stack("os", "system", ("true",))


def framed(inside: bytes, more: bytes = b"") -> bytes:
    """A pickle of protocol 4 whose frame holds `more` behind its end."""
    return b"\x80\x04\x95" + struct.pack("<Q", len(inside) + len(more)) + inside + more


def look(content: bytes) -> tuple[str, set[str], list[str]]:
    state, found = scan([(lambda: io.BytesIO(content), "m.pkl")])
    return state, {*found.bad}, list(found.notes)


@pytest.mark.parametrize(
    "content",
    [
        framed(b"N.", b"\x8c\x01a") + CALL,
        framed(b"N.", CALL),
        framed(b"N.", b"N.") + CALL,
        framed(b"N.", framed(b"N.", b"N.")) + CALL,
        framed(b"N.", b"\xff" * 70_000) + CALL,
    ],
    ids=["behind what is not a pickle", "inside the frame", "behind a pickle", "twice", "behind a long frame"],
)
def test_what_follows_is_found_wherever_it_is_read(content: bytes) -> None:
    """The unpicklers read a frame as a whole, and go on behind it, or take back what they had read too much."""
    state, bad, notes = look(content)
    assert (state, bad) == ("bad", {"os.system"})
    assert any("ends inside a frame" in note for note in notes)


def test_what_python_does_with_it() -> None:
    """Without going back in the file the next pickle begins behind the frame, with it behind the end."""
    content = framed(b"N.", b"K\x01.") + b"K\x02."
    stream = io.BytesIO(content)
    assert [pickle.load(stream), pickle.load(stream)] == [None, 2]
    peeking = io.BufferedReader(io.BytesIO(content))  # type: ignore[arg-type]
    assert [pickle.load(peeking), pickle.load(peeking)] == [None, 1]


def test_frames_behind_frames_end() -> None:
    content = b"".join(framed(b"N.", b"N." * 3) for _ in range(2_000)) + CALL
    state, _, notes = look(content)
    assert state in ("unknown", "bad")
    assert notes


def test_a_frame_that_ends_with_its_pickle_is_nothing_odd() -> None:
    state, _, notes = look(framed(b"N.") + framed(b"]."))
    assert (state, notes) == ("known", [])
