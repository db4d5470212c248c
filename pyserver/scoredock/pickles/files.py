"""Finds the pickles in a file, by its bytes and not by its name: packed, in archives, in files of numpy and
PyTorch."""

from __future__ import annotations

import ast
import io
import math
import operator
import re
from typing import BinaryIO

from scoredock.pickles.archives import Window, is_zip, read_tar, read_zip
from scoredock.pickles.budget import Budget, Damaged, NotRead
from scoredock.pickles.findings import VersionReport
from scoredock.pickles.model_code import code_of, is_hdf5, may_hold_code
from scoredock.pickles.opcodes import OPCODES
from scoredock.pickles.packed import UnpackedInput, packing_of
from scoredock.pickles.reading import Ended, Input, of_bytes, of_file
from scoredock.pickles.stream import TORCH_LEGACY, follow, starts_pickle

_SUFFIXES = ("pkl", "pickle", "joblib", "sav", "pt", "pth", "pck", "pcl", "dill", "cloudpickle")
"""A file of this kind that cannot be followed is reported, whatever it looks like."""
_NUMPY = b"\x93NUMPY"
_HEAD = 64 << 10
_NESTED = 64 << 20
"""Bytes of an archive inside a packed file; an archive is read from its end, so all of it is kept."""
_DEEPEST = 4
_NUMPY_HEADER = 10_000
"""The longest that numpy reads unasked."""
_LARGEST_ARRAY = 1 << 60
_ELEMENT = re.compile(r"[<>=|]?([?bBiufcmMSUV])([0-9]{0,9})(?:\[[^\]]{0,20}\])?")
"""The code of an element type without objects, as a header holds it: `<f8`, `|S3`, `<M8[ns]`."""
_CLOSED = (
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"ZF0x", "joblib before 0.10"),
)
"""Packed in ways that are not looked into."""


def look_into(stream: BinaryIO, stored: str, collected: VersionReport, budget: Budget) -> None:
    """Adds what one seekable file holds. Raises OSError, `cancelled`; all else becomes a note."""
    try:
        _look(stream, stored, collected, budget, 0)
    except NotRead as stop:
        collected.note(stored, str(stop))
    except RecursionError:
        collected.note(stored, "its parts lie inside one another too deeply")


def _look(stream: BinaryIO, stored: str, collected: VersionReport, budget: Budget, depth: int) -> None:
    stream.seek(0)
    head = stream.read(_HEAD)
    if may_hold_code(head, stored):
        _look_for_code(of_file(stream), stored, collected, budget)
    # What ends as an archive is one, whatever it begins with: both kinds of readers may be tried on it.
    if is_zip(stream):
        _look_into_zip(stream, stored, collected, budget, depth)
        if head[:2] == b"PK":
            return
    stream.seek(0)
    _look_at(of_file(stream), head, stored, collected, budget, depth)


def _look_for_code(source: Input, stored: str, collected: VersionReport, budget: Budget) -> None:
    """Looks for code; what cannot be read is a note, as the file may be a pickle all the same."""
    try:
        for clause in code_of(source, stored, budget):
            collected.add_code(stored, clause)
    except NotRead as stop:
        collected.note(stored, str(stop))


def _look_at(source: Input, head: bytes, stored: str, collected: VersionReport, budget: Budget, depth: int) -> None:
    """Looks into what can only be read from the front to the back."""
    if head.startswith(TORCH_LEGACY):
        collected.add(stored, follow(source, budget, torch=True))
    elif head.startswith(_NUMPY):
        _look_into_numpy(source, stored, collected, budget, depth)
    elif (packing := packing_of(head)) is not None:
        _look_into_packed(UnpackedInput(source, packing, budget, members=True), stored, collected, budget, depth)
    elif head[257:262] == b"ustar":
        _look_into_tar(source, stored, collected, budget, depth)
    elif kind := next((name for magic, name in _CLOSED if head.startswith(magic)), ""):
        collected.note(stored, f"it is packed as {kind}, which is not looked into")
    elif head[:4] == b"PK\x03\x04":
        collected.note(stored, "it begins as a zip file but has no list of its content")
    elif head and head[0] in OPCODES:
        _look_at_pickle(source, head, stored, collected, budget)
    elif _claims(stored) and head:
        collected.note(stored, "it is named as a pickle but is none that can be followed")


def _look_at_pickle(source: Input, head: bytes, stored: str, collected: VersionReport, budget: Budget) -> None:
    """Other files may begin with the same bytes: what stops before it names anything would not be unpickled either."""
    follower = follow(source, budget)
    if isinstance(follower.stop, Damaged):
        framed = starts_pickle(head) and head[1] >= 4 and head[2:3] == b"\x95"
        names_objects = follower.named and (follower.effects or starts_pickle(head))
        if not (follower.telling or names_objects or framed or _claims(stored)):
            return
    elif follower.whole and not (follower.named or starts_pickle(head) or _claims(stored)):
        return  # a text such as "N." that unpickles to something plain
    collected.add(stored, follower)


def _claims(stored: str) -> bool:
    return stored.lower().rpartition(".")[2] in _SUFFIXES


def _look_into_numpy(source: Input, stored: str, collected: VersionReport, budget: Budget, depth: int) -> None:
    """`.npy`: a text header tells the element type; objects are a pickle, everything else plain bytes.

    A program may read on after the first array, so what follows it is looked at as well.
    """
    head = _NUMPY
    while head.startswith(_NUMPY):
        budget.spend_entry()
        version = source.take(8)[6]
        length = int.from_bytes(source.take(2 if version == 1 else 4), "little")
        if version not in (1, 2, 3) or length > _NUMPY_HEADER:
            raise NotRead("its header is not one that numpy reads")
        try:
            header = ast.literal_eval(source.take(length).decode("utf-8" if version == 3 else "latin-1").strip())
            kind = header["descr"]
            size = None if _holds_objects(kind) else _size(kind) * math.prod(map(operator.index, header["shape"]))
        except (ValueError, SyntaxError, TypeError, KeyError, IndexError, MemoryError, RecursionError):
            raise NotRead("its header is not one that numpy reads") from None
        if size is None:
            collected.add(stored, follow(source, budget))
            return
        if not 0 <= size < _LARGEST_ARRAY:
            raise NotRead("its header is not one that numpy reads")
        try:
            source.skip(size)
        except Ended:
            return  # numpy refuses it
        head = source.peek(_HEAD)
    if head:
        _look_at(source, head, stored, collected, budget, depth + 1)


def _size(kind: object) -> int:
    """Bytes of an element of this type, which holds no objects. Raises ValueError, TypeError, IndexError."""
    if isinstance(kind, str):
        found = _ELEMENT.fullmatch(kind)
        if found is None:
            raise ValueError(kind)
        return int(found[2] or "1") * (4 if found[1] == "U" else 1)
    if isinstance(kind, list):
        return sum(_size(tuple(field[1:])) if len(field) > 2 else _size(field[1]) for field in kind)
    if isinstance(kind, tuple):
        shape = kind[1] if isinstance(kind[1], tuple) else (kind[1],)
        return _size(kind[0]) * math.prod(map(operator.index, shape))
    raise TypeError(kind)


def _holds_objects(kind: object) -> bool:
    """True if the element type in a header has objects: a code, a pair of code and shape, or a list of fields (name,
    type, …)."""
    if isinstance(kind, str):
        return "O" in kind or "object" in kind
    if isinstance(kind, list):
        return any(_holds_objects(field[1]) for field in kind)
    return _holds_objects(kind[0]) if isinstance(kind, tuple) and kind else True


def _look_into_packed(
    unpacked: UnpackedInput, stored: str, collected: VersionReport, budget: Budget, depth: int
) -> None:
    if depth >= _DEEPEST:
        raise NotRead("it is packed more often than is followed")
    _look_forward(Input(unpacked), stored, collected, budget, depth)


def _look_forward(source: Input, stored: str, collected: VersionReport, budget: Budget, depth: int) -> None:
    head = source.peek(_HEAD)
    if head[:4] == b"PK\x03\x04":
        content = source.peek(_NESTED + 1)
        if len(content) > _NESTED:
            raise NotRead("it holds an archive that is too large to be looked into")
        _look(io.BytesIO(content), stored, collected, budget, depth + 1)
        return
    if is_hdf5(head):
        _look_for_code(source, stored, collected, budget)
        return
    if may_hold_code(head, stored):
        _look_for_code(of_bytes(source.peek(_NESTED)), stored, collected, budget)
    _look_at(source, head, stored, collected, budget, depth + 1)


def _look_into_zip(stream: BinaryIO, stored: str, collected: VersionReport, budget: Budget, depth: int) -> None:
    if depth >= _DEEPEST:
        raise NotRead("it is packed more often than is followed")
    for entry in read_zip(stream):
        budget.spend_entry()
        name = f"{stored}/{entry.name}"
        try:
            if entry.problem:
                raise NotRead(entry.problem)
            window = Window(stream, entry.start, entry.size)
            if entry.packing is None:
                _look(io.BufferedReader(window), name, collected, budget, depth + 1)
            else:
                unpacked = UnpackedInput(Input(window), entry.packing, budget, members=False)
                _look_into_packed(unpacked, name, collected, budget, depth + 1)
        except NotRead as stop:
            collected.note(name, str(stop))


def _look_into_tar(source: Input, stored: str, collected: VersionReport, budget: Budget, depth: int) -> None:
    if depth >= _DEEPEST:
        raise NotRead("it is packed more often than is followed")
    for member, content in read_tar(source):
        budget.spend_entry()
        name = f"{stored}/{member}"
        try:
            _look_forward(Input(content), name, collected, budget, depth)
        except NotRead as stop:
            collected.note(name, str(stop))
