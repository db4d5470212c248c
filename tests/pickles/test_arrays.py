"""Files of joblib, where arrays stand between the opcodes: what comes after them is found, and no trick hides it."""

from __future__ import annotations

import io
import os
import pickle
import struct

import numpy as np
import pytest
from scoredock.pickles.scan import scan
from scoredock.registry.records import PickleFindings

from pickle_writing import PROTO4, by_stack, text

EVIL = by_stack("os", "system", ("id",))[2:-1]
WRAPPER = ("joblib.numpy_pickle", "NumpyArrayWrapper")


def named(module: str, attribute: str) -> bytes:
    return text(module) + text(attribute) + b"\x93"


def dtype(code: str) -> bytes:
    return pickle.dumps(np.dtype(code), 4)[2 + 9 : -1]


def wrapper(
    count: int,
    code: str = "f8",
    *,
    maker: bytes = named(*WRAPPER) + b")\x81",
    shape: bytes | None = None,
    more: bytes = b"",
    aligned: bool = True,
) -> bytes:
    """The opcodes before an array."""
    state = (
        text("subclass")
        + named("numpy", "ndarray")
        + text("shape")
        + (shape or b"J" + struct.pack("<i", count) + b"\x85")
    )
    state += text("order") + text("C") + text("dtype") + dtype(code) + text("allow_mmap") + b"\x89"
    if aligned:
        state += text("numpy_array_alignment_bytes") + b"K\x10"
    return maker + b"}(" + state + more + b"ub"


def look(content: bytes) -> tuple[str, PickleFindings]:
    return scan([(lambda: io.BytesIO(PROTO4 + content), "m.joblib")])


def filled(data: bytes, padding: int = 4) -> bytes:
    return bytes((padding,)) + b"\xff" * padding + data


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize(
    ("count", "code"), [(0, "f8"), (7, "f8"), (3, "<U5"), (4, "S3"), (5, ">i4"), (2, "?"), (9, "c16"), (3, "M8[D]")]
)
def test_arrays_are_passed_over(count: int, code: str, aligned: bool) -> None:
    data = np.zeros(count, code).tobytes()
    array = wrapper(count, code, aligned=aligned) + (filled(data) if aligned else data)
    assert look(array + b".") == ("known", PickleFindings())
    assert look(array + b"0" + array + b"0" + EVIL + b".")[0] == "bad"


def test_arrays_of_objects_are_pickles_of_their_own() -> None:
    objects = np.array(["a", None, 3], dtype=object)
    assert look(wrapper(3, "O") + pickle.dumps(objects, 5) + b".") == ("known", PickleFindings())
    assert look(wrapper(3, "O") + PROTO4 + EVIL + b"..")[0] == "bad"
    assert look(wrapper(3, "O") + pickle.dumps(objects, 5) + b"0" + EVIL + b".")[0] == "bad"


def test_random_bytes_in_arrays_do_not_matter() -> None:
    for _ in range(200):
        data = os.urandom(80)
        assert look(wrapper(10) + filled(data) + b".") == ("known", PickleFindings())


def skipping(count: int) -> bytes:
    """An opcode that takes so many bytes for a block, so that a walk which does not know of the array passes over
    them."""
    return b"B" + struct.pack("<I", count)


HIDDEN = b"0" + EVIL + b"."
TRICKS = {
    # What pickle.load would run, as it takes the array for opcodes.
    "opcodes in an array": wrapper(len(EVIL) + 20, "S1", aligned=False)
    + (b"0" + EVIL + b"." + bytes(50))[: len(EVIL) + 20]
    + b".",
    "opcodes behind more than is kept in mind": wrapper(1_100_000, "S1", aligned=False)
    + (b"}" * 1_050_000 + HIDDEN).ljust(1_100_000, b"\0")
    + b".",
    "opcodes behind more than is read ahead": wrapper(5_000_000, "S1", aligned=False)
    + (b"N0" * 2_300_000 + HIDDEN).ljust(5_000_000, b"\0")
    + b".",
    "opcodes in the filling": wrapper(0) + b"\x8f" + (b"0" + EVIL + b".").ljust(0x8F, b"\0") + b".",
    # The wrapper reached or made in other ways, with a decoy that swallows what joblib would read.
    "by a dotted name": wrapper(
        5, "S1", maker=named("joblib", "numpy_pickle.NumpyArrayWrapper") + b")\x81", aligned=False
    )
    + skipping(len(HIDDEN))
    + HIDDEN
    + b".",
    "by a function of pandas": wrapper(
        5, "S1", maker=named("pandas.core.indexes.base", "_new_Index") + named(*WRAPPER) + b"}\x86R", aligned=False
    )
    + skipping(len(HIDDEN))
    + HIDDEN
    + b".",
    "by partial": wrapper(5, "S1", maker=named("functools", "partial") + named(*WRAPPER) + b"\x85R)R", aligned=False)
    + skipping(len(HIDDEN))
    + HIDDEN
    + b".",
    "by a list of arguments": wrapper(
        5, "S1", maker=named("copyreg", "__newobj__") + b"](" + named(*WRAPPER) + b"eR", aligned=False
    )
    + skipping(len(HIDDEN))
    + HIDDEN
    + b".",
    # A length that is not the one joblib sees.
    "two states": wrapper(400, "S1", aligned=False)[:-1] + b"0" + HIDDEN,
    "shape as a list": wrapper(0, shape=b"](J\xff\0\0\0e") + HIDDEN,
    "negative shape": wrapper(-5) + filled(b"") + HIDDEN,
    "huge shape": wrapper(0, shape=b"\x8a\x08" + b"\xff" * 7 + b"\x7f" + b"\x85") + filled(b"") + HIDDEN,
    "another key": wrapper(400, "S1", aligned=False, more=text("read") + b"N") + b"0" + HIDDEN,
    "key that is not text": wrapper(400, "S1", aligned=False, more=b"C\x05shapeK\0\x85") + b"0" + HIDDEN,
    "longer than the file": wrapper(400) + filled(b"0" + HIDDEN),
    # joblib goes on after the frame, so what lies in its rest is read after the array.
    "in a frame": b"\x95"
    + struct.pack("<Q", len(wrapper(400, "S1", aligned=False) + HIDDEN))
    + wrapper(400, "S1", aligned=False)
    + HIDDEN,
    "old wrapper": named("joblib.numpy_pickle", "NDArrayWrapper")
    + b")\x81}("
    + text("filename")
    + text("../x.npy")
    + b"ub.",
}


@pytest.mark.parametrize("content", TRICKS.values(), ids=TRICKS)
def test_no_trick_with_arrays_passes(content: bytes) -> None:
    state, found = look(content)
    assert state in ("unknown", "bad"), found


@pytest.mark.parametrize(
    ("opcodes", "bad"),
    [
        (named("builtins", "getattr") + named("os", "path") + text("x") + b"\x86R", True),
        (named("builtins", "getattr") + named("numpy", "ndarray") + text("tofile") + b"\x86R", True),
        (
            named("builtins", "getattr")
            + b"\x94"
            + named("mine", "Colour")
            + text("RED")
            + b"\x86R0h\x00"
            + named("mine", "Colour")
            + text("BLUE")
            + b"\x86R",
            False,
        ),
        (named("builtins", "getattr"), True),
        (named("functools", "partial") + named("builtins", "getattr") + b"\x85R", True),
        (named("builtins", "getattr") + named("numpy", "ndarray") + text("__class__") + b"\x86R", True),
        (named("builtins", "getattr") + named("mine", "x") + named("mine", "y") + b"\x86R", True),
        (named("numpy.core", "_ufunc_reconstruct") + text("numpy") + text("log1p") + b"\x86R", None),
        (named("numpy.core", "_ufunc_reconstruct") + text("os") + text("system") + b"\x86R", True),
        (named("numpy.core", "_ufunc_reconstruct") + named("mine", "x") + text("system") + b"\x86R", True),
        (b"\x82\x05", False),
        (named("builtins", "str") + text("os") + b"\x85R" + text("system") + b"\x93", False),
        (named("collections", "OrderedDict") + b")R)R", False),
        (named("collections", "OrderedDict") + b"N}" + text("x") + named("numpy", "asarray") + b"s\x86b", False),
    ],
)
def test_names_by_detours(opcodes: bytes, bad: bool | None) -> None:
    """`getattr` counts by what it gives where that can be followed; what changes or calls objects of its own is
    told."""
    state, _ = look(opcodes + b".")
    assert state == {True: "bad", False: "unknown", None: "known"}[bad]
