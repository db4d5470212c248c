"""The walk beside Python's own two unpicklers, which ask for stand-ins in a process of their own.

Whatever name either of them asks for must have been told, for plain data, for opcodes in any order, and for pickles with
bytes changed. The stand-ins do nothing, so that the changed pickles cannot either.
"""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import io
import json
import pathlib
import pickle
import pickletools
import struct
import subprocess
import sys
import uuid
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scoredock.pickles import findings as pickle_findings
from scoredock.pickles.machine import UNTOLD, Machine
from scoredock.pickles.names import Names
from scoredock.pickles.scan import scan

from pickle_writing import FORMS, GADGETS, by_stack, text

ORACLE = """
import io, json, pickle, struct, sys

class Stand:
    def __init__(self, *a, **k): pass
    def __new__(cls, *a, **k): return object.__new__(cls)
    def __call__(self, *a, **k): return Stand()
    def __setitem__(self, k, v): pass
    def append(self, v): pass
    def extend(self, v): pass
    def add(self, v): pass
    def __setstate__(self, s): pass
    def __hash__(self): return 1

def recorder(base):
    class Recorder(base):
        def find_class(self, module, name):
            asked.add(f"{module}.{name}")
            return Stand
        def persistent_load(self, pid):
            return Stand()
        def get_extension(self, code):
            asked.add("copyreg extension")
            return self.append(Stand)
    return Recorder

while True:
    head = sys.stdin.buffer.read(4)
    if not head:
        break
    content = sys.stdin.buffer.read(struct.unpack("<I", head)[0])
    asked = set()
    for base in (pickle.Unpickler, pickle._Unpickler):
        stream = io.BytesIO(content)
        try:
            while True:
                recorder(base)(stream).load()
        except Exception:
            pass
    print(json.dumps(sorted(asked)), flush=True)
"""


class Oracle:
    """Answers which names the unpicklers of Python ask for."""

    def __init__(self) -> None:
        self._process = subprocess.Popen([sys.executable, "-c", ORACLE], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __call__(self, content: bytes) -> set[str]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(struct.pack("<I", len(content)) + content)
        self._process.stdin.flush()
        return set(json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    oracle = Oracle()
    yield oracle
    oracle.close()


@pytest.fixture(scope="module", autouse=True)
def _no_lists() -> Iterator[None]:
    """Without lists every name is an unknown one, and so all of them are told."""
    empty = Names(frozenset(), frozenset(), frozenset(), {}, {})
    kept = pickle_findings.names
    pickle_findings.names = lambda: empty
    yield
    pickle_findings.names = kept


def missed(oracle: Oracle, content: bytes) -> set[str]:
    """Names that are asked for and were not told."""
    state, found = scan([(lambda: io.BytesIO(content), "m.pkl")])
    asked = oracle(content)
    told = {*found.unknown, *found.bad}
    if UNTOLD in told or any(each.startswith("copyreg extension") for each in told):
        assert state in ("unknown", "bad")
        asked.discard("copyreg extension")  # told with its number
    if asked:
        assert state in ("unknown", "bad"), (state, found, asked)
    if any("frame" in note for note in found.notes):
        # The two unpicklers differ in what they read there; nothing but that it was not followed is told.
        return set()
    plain = {pickle_findings._plain(name) for name in asked}
    return plain - told if len(told) < 200 else set()


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=300) | st.binary(max_size=300)
    | st.decimals() | st.fractions() | st.uuids() | st.datetimes() | st.dates() | st.timedeltas() | st.complex_numbers()
    | st.sampled_from([np.float64(1.5), np.arange(4), np.array(["a", None], dtype=object), np.dtype("f8"), np.zeros((2, 0)),
                       pathlib.PurePosixPath("a/b"), decimal.Decimal, fractions.Fraction, uuid.UUID, datetime.date, pickle.Pickler]),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=9), inner, max_size=5) | st.tuples(inner, inner)
    | st.builds(collections.OrderedDict, st.dictionaries(st.text(max_size=5), inner, max_size=3))
    | st.builds(collections.deque, st.lists(inner, max_size=3)) | st.builds(lambda x: [x, x], inner) | st.frozensets(st.text(max_size=5)),
    max_leaves=12,
)  # fmt: skip

WORDS = ("os", "system", "numpy", "core.x", "collections", "OrderedDict", "a.b.c", "eval", "")
_word = st.sampled_from(WORDS)
_small = st.integers(0, 4)
OPCODE = (
    st.sampled_from([bytes((code,)) for code in b"(0122N)]}\x88\x89\x8f\x81\x85\x86\x87\x90\x91\x92\x93\x93\x93\x94\x94\x97\x98tdlaesubRoQRR."])
    | _word.map(text) | _word.map(text)
    | _word.map(lambda word: b"X" + struct.pack("<I", len(word)) + word.encode())
    | _word.map(lambda word: b"U" + bytes((len(word),)) + word.encode())
    | _word.map(lambda word: b"T" + struct.pack("<i", len(word)) + word.encode())
    | _word.map(lambda word: f"V{word}\n".encode()) | _word.map(lambda word: f"S'{word}'\n".encode())
    | _word.map(lambda word: b"\x8d" + struct.pack("<Q", len(word)) + word.encode())
    | st.tuples(_word, _word).map(lambda pair: f"c{pair[0]}\n{pair[1]}\n".encode())
    | st.tuples(_word, _word).map(lambda pair: f"i{pair[0]}\n{pair[1]}\n".encode())
    | _small.map(lambda place: b"q" + bytes((place,))) | _small.map(lambda place: b"h" + bytes((place,)))
    | _small.map(lambda place: b"r" + struct.pack("<I", place)) | _small.map(lambda place: b"j" + struct.pack("<I", place))
    | _small.map(lambda place: f"p{place}\n".encode()) | _small.map(lambda place: f"g{place}\n".encode())
    | _small.map(lambda value: b"K" + bytes((value,))) | _small.map(lambda value: f"I{value}\n".encode())
    | _small.map(lambda value: f"L{value}L\n".encode()) | _small.map(lambda value: b"\x8a\x01" + bytes((value,)))
    | st.sampled_from([b"P1\n", b"F1.5\n", b"I01\n", b"M\1\0", b"J\1\0\0\0", b"G" + bytes(8), b"C\x02os", b"B\x02\0\0\0os", b"\x80\x02",
                       b"\x80\x04", b"\x8e\x02" + bytes(7) + b"os", b"\x96\x02" + bytes(7) + b"os", b"\x95" + struct.pack("<Q", 3)])
)  # fmt: skip
MANY = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


@given(value=PLAIN, protocol=st.integers(0, 5), short=st.booleans())
@settings(MANY, max_examples=150)
def test_plain_data(oracle: Oracle, value: object, protocol: int, short: bool) -> None:
    content = pickle.dumps(value, protocol)
    content = pickletools.optimize(content) if short else content
    assert missed(oracle, content) == set()
    state, found = scan([(lambda: io.BytesIO(content), "m.pkl")])
    assert not found.notes
    assert {*found.unknown} == oracle(content)
    assert state == ("unknown" if found.unknown else "known")


@given(opcodes=st.lists(OPCODE, max_size=25), front=st.sampled_from([b"", b"\x80\x04", b"\x80\x02(NN"]))
@MANY
def test_opcodes_in_any_order(oracle: Oracle, opcodes: list[bytes], front: bytes) -> None:
    assert missed(oracle, front + b"".join(opcodes)) == set()


@given(data=st.data())
@MANY
def test_changed_pickles(oracle: Oracle, data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(FORMS))
    module, attribute, values = data.draw(st.sampled_from(GADGETS[:40]))
    content = bytearray(form(module, attribute, values))
    for _ in range(data.draw(st.integers(0, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        kind = data.draw(st.sampled_from(("change", "insert", "remove", "repeat")))
        byte = data.draw(st.integers(0, 255) | st.sampled_from(list(b"\x93\x94h0(.2tR\x8cqjrc")))
        if kind == "change":
            content[place] = byte
        elif kind == "insert":
            content.insert(place, byte)
        elif kind == "remove" and len(content) > 1:
            del content[place]
        else:
            content[place:place] = content[place : place + 6]
    assert missed(oracle, bytes(content)) == set()


def test_the_oracle_asks_as_unpickling_does(oracle: Oracle) -> None:
    assert oracle(by_stack("os", "system", ("x",))) == {"os.system"}
    assert oracle(pickle.dumps(collections.OrderedDict(), 0)) == {"collections.OrderedDict"}
    assert oracle(b"junk") == set()


@pytest.mark.parametrize("bug", ["recall", "dup", "mark", "memoize"])
def test_planted_bugs_are_found(oracle: Oracle, bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each breaks the walk in one place, and some pickle then names what was not told."""
    from scoredock.pickles import opcodes as opcodes
    from scoredock.pickles.values import OTHER

    handlers = list(opcodes._HANDLERS)
    wrong = text("wrong")
    if bug == "recall":
        recall = Machine.recall
        monkeypatch.setattr(Machine, "recall", lambda self, place: recall(self, max(0, place - 1)))
        witness = b"\x80\x04" + text("os") + b"\x94" + text("system") + b"\x94" + wrong + b"\x94" + b"h\x00h\x01\x93."
    elif bug == "dup":
        monkeypatch.setattr(opcodes, "_HANDLERS", handlers)
        handlers[ord("2")] = lambda machine: machine.stack.append("wrong")
        witness = b"\x80\x04" + text("os") + b"2\x93."
    elif bug == "mark":
        monkeypatch.setattr(opcodes, "_HANDLERS", handlers)
        handlers[ord("1")] = lambda machine: None
        witness = b"\x80\x04" + text("os") + text("system") + b"(K\x01K\x021\x93."
    else:
        monkeypatch.setattr(Machine, "remember", lambda self, place: self._memo.__setitem__(place, OTHER))
        witness = b"\x80\x04" + text("os") + b"\x94" + text("system") + b"\x94" + b"h\x00h\x01\x93."
    assert oracle(witness)
    assert missed(oracle, witness)
