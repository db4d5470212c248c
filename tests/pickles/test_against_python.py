"""The walk beside Python's own two unpicklers, which ask for stand-ins in a process of their own.

Whatever name either of them asks for must have been told, for plain data, for opcodes in any order, and for pickles
with bytes changed. The stand-ins do nothing, so that the changed pickles cannot either.
"""

from __future__ import annotations

import collections
import contextlib
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
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scoredock.pickles import findings as pickle_findings
from scoredock.pickles.machine import UNTOLD, Machine
from scoredock.pickles.names import Names
from scoredock.pickles.scan import scan

from depth import rounds
from pickle_writing import FORMS, GADGETS, by_stack, text

TESTS = pathlib.Path(__file__).resolve().parents[1]
ORACLE = """
import io, json, pickle, struct, sys
sys.path.insert(0, sys.argv[1])
from depth import limit_memory
limit_memory(int(sys.argv[2]))

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

def ask(name):
    # At once: whatever the pickle does next, this is known.
    if name not in asked:
        asked.add(name)
        print(json.dumps(["asked", name]), flush=True)

def recorder(base):
    class Recorder(base):
        def find_class(self, module, name):
            ask(f"{module}.{name}")
            return Stand
        def persistent_load(self, pid):
            return Stand()
        def get_extension(self, code):
            ask("copyreg extension")
            return self.append(Stand)
    return Recorder

print("begun", flush=True)
while True:
    head = sys.stdin.buffer.read(5)
    if not head:
        break
    which, length = struct.unpack("<BI", head)
    stream = io.BytesIO(sys.stdin.buffer.read(length))
    asked = set()
    try:
        while True:
            recorder((pickle.Unpickler, pickle._Unpickler)[which])(stream).load()
    except Exception as fault:
        ended = type(fault).__name__
    print(json.dumps(["ended", ended]), flush=True)
"""
MEGABYTES = 512
SECONDS = 60.0
"""Far more than any pickle of these tests takes on a busy machine."""
DIED = "died"


@dataclass
class Asked:
    """What one of the two unpicklers did with a pickle."""

    names: set[str]
    ended: str
    """The exception it ended with, which for bytes of any kind may be MemoryError; `died: ...` when its process did."""


class Oracle:
    """Answers which names the unpicklers of Python ask for.

    They run foreign bytes: in a process with limits of memory and time, which is started anew after it died.
    """

    def __init__(self, program: str = ORACLE, seconds: float = SECONDS) -> None:
        self._program, self._seconds = program, seconds
        self._process: subprocess.Popen[bytes] | None = None
        self.answered = 0
        self.died: list[str] = []

    def __call__(self, content: bytes) -> set[str]:
        """The names that either of them asks for, until it ended or died."""
        return set().union(*(each.names for each in self.both(content)))

    def both(self, content: bytes) -> tuple[Asked, Asked]:
        """What the unpickler in C does, and the one in Python."""
        return self.ask(0, content), self.ask(1, content)

    def ask(self, which: int, content: bytes) -> Asked:
        if self._process is None:
            words = [sys.executable, "-c", self._program, str(TESTS), str(MEGABYTES)]
            self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            assert self._process.stdout is not None
            assert self._process.stdout.readline() == b"begun\n"
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        over = threading.Event()
        names: set[str] = set()

        def stop() -> None:
            over.set()
            process.kill()

        limit = threading.Timer(self._seconds, stop)
        limit.start()
        try:
            with contextlib.suppress(OSError):  # it has died already, which the answer tells
                process.stdin.write(struct.pack("<BI", which, len(content)) + content)
                process.stdin.flush()
            for line in process.stdout:
                kind, word = json.loads(line)
                if kind == "ended":
                    self.answered += 1
                    return Asked(names, word)
                names.add(word)
        finally:
            limit.cancel()
        self.close()
        why = f"no end within {self._seconds:g} s" if over.is_set() else f"exit code {process.returncode}"
        self.died.append(f"{why} at {content.hex()}")
        return Asked(names, f"{DIED}: {why}")

    def close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    oracle = Oracle()
    yield oracle
    oracle.close()


@pytest.fixture(autouse=True)
def _nearly_all_are_answered(oracle: Oracle) -> Iterator[None]:
    """What Python dies of is not ours, but where it dies too often, nothing is compared."""
    answered, died = oracle.answered, len(oracle.died)
    yield
    deaths = oracle.died[died:]
    assert len(deaths) <= (oracle.answered - answered) // 100, deaths[:5]


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
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=300)
    | st.binary(max_size=300)
    | st.decimals()
    | st.fractions()
    | st.uuids()
    | st.datetimes()
    | st.dates()
    | st.timedeltas()
    | st.complex_numbers()
    | st.sampled_from(
        [
            np.float64(1.5),
            np.arange(4),
            np.array(["a", None], dtype=object),
            np.dtype("f8"),
            np.zeros((2, 0)),
            pathlib.PurePosixPath("a/b"),
            decimal.Decimal,
            fractions.Fraction,
            uuid.UUID,
            datetime.date,
            pickle.Pickler,
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.text(max_size=9), inner, max_size=5)
        | st.tuples(inner, inner)
        | st.builds(collections.OrderedDict, st.dictionaries(st.text(max_size=5), inner, max_size=3))
        | st.builds(collections.deque, st.lists(inner, max_size=3))
        | st.builds(lambda x: [x, x], inner)
        | st.frozensets(st.text(max_size=5))
    ),
    max_leaves=12,
)

WORDS = ("os", "system", "numpy", "core.x", "collections", "OrderedDict", "a.b.c", "eval", "")
_word = st.sampled_from(WORDS)
_small = st.integers(0, 4)
OPCODE = (
    st.sampled_from(
        [
            bytes((code,))
            for code in b"(0122N)]}\x88\x89\x8f\x81\x85\x86\x87\x90\x91\x92\x93\x93\x93\x94\x94\x97\x98tdlaesubRoQRR."
        ]
    )
    | _word.map(text)
    | _word.map(text)
    | _word.map(lambda word: b"X" + struct.pack("<I", len(word)) + word.encode())
    | _word.map(lambda word: b"U" + bytes((len(word),)) + word.encode())
    | _word.map(lambda word: b"T" + struct.pack("<i", len(word)) + word.encode())
    | _word.map(lambda word: f"V{word}\n".encode())
    | _word.map(lambda word: f"S'{word}'\n".encode())
    | _word.map(lambda word: b"\x8d" + struct.pack("<Q", len(word)) + word.encode())
    | st.tuples(_word, _word).map(lambda pair: f"c{pair[0]}\n{pair[1]}\n".encode())
    | st.tuples(_word, _word).map(lambda pair: f"i{pair[0]}\n{pair[1]}\n".encode())
    | _small.map(lambda place: b"q" + bytes((place,)))
    | _small.map(lambda place: b"h" + bytes((place,)))
    | _small.map(lambda place: b"r" + struct.pack("<I", place))
    | _small.map(lambda place: b"j" + struct.pack("<I", place))
    | _small.map(lambda place: f"p{place}\n".encode())
    | _small.map(lambda place: f"g{place}\n".encode())
    | _small.map(lambda value: b"K" + bytes((value,)))
    | _small.map(lambda value: f"I{value}\n".encode())
    | _small.map(lambda value: f"L{value}L\n".encode())
    | _small.map(lambda value: b"\x8a\x01" + bytes((value,)))
    | st.sampled_from(
        [
            b"P1\n",
            b"F1.5\n",
            b"I01\n",
            b"M\1\0",
            b"J\1\0\0\0",
            b"G" + bytes(8),
            b"C\x02os",
            b"B\x02\0\0\0os",
            b"\x80\x02",
            b"\x80\x04",
            b"\x8e\x02" + bytes(7) + b"os",
            b"\x96\x02" + bytes(7) + b"os",
            b"\x95" + struct.pack("<Q", 3),
        ]
    )
)
MANY = settings(max_examples=rounds(gate=200, long=5000), suppress_health_check=list(HealthCheck))


@given(value=PLAIN, protocol=st.integers(0, 5), short=st.booleans())
@settings(MANY, max_examples=rounds(gate=100, long=2000))
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


_ASKS = b"\x80\x04" + text("os") + text("system") + b"\x93"
_ASKS_MORE = text("some") + text("more") + b"\x93."
HUGE = {
    "a place of the memo": b"r" + struct.pack("<I", 0xFFFFFFFF),
    "bytes": b"\x8e" + struct.pack("<Q", 1 << 40),
    "a bytearray": b"\x96" + struct.pack("<Q", 1 << 40),
    "text": b"\x8d" + struct.pack("<Q", 1 << 40),
    "a frame": b"\x95" + struct.pack("<Q", 1 << 40),
    "a length beyond all": b"\x8e" + struct.pack("<Q", (1 << 64) - 1),
    "a number": b"\x8b" + struct.pack("<i", 0x7FFFFFFF),
}
"""What asks for more memory than a machine has, when a reader believes it."""


@pytest.mark.parametrize("what", HUGE)
def test_a_huge_length_costs_one_pickle_and_not_the_machine(oracle: Oracle, what: str) -> None:
    content = _ASKS + HUGE[what] + _ASKS_MORE
    for asked in oracle.both(content):
        assert not asked.ended.startswith(DIED)
        assert "os.system" in asked.names
    assert missed(oracle, content) == set()
    assert oracle(by_stack("os", "system", ("x",))) == {"os.system"}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux is known to hold the limit")
def test_the_limit_of_memory_holds(oracle: Oracle) -> None:
    """A place of the memo far behind makes the unpickler in C fill all places before it."""
    in_c, in_python = oracle.both(_ASKS + HUGE["a place of the memo"] + _ASKS_MORE)
    assert in_c == Asked({"os.system"}, "MemoryError")
    assert in_python == Asked({"os.system", "some.more"}, "EOFError")


@pytest.mark.parametrize(
    ("planted", "seconds", "told"),
    [
        ("__import__('os')._exit(7)", SECONDS, "exit code 7"),
        ("__import__('time').sleep(1000)", 2.0, "no end within 2 s"),
    ],
)
def test_a_process_that_died_is_told_and_replaced(planted: str, seconds: float, told: str) -> None:
    """What was asked for until then is known, and the next pickle finds another process."""
    program = ORACLE.replace(
        "            return Stand\n", f"            return {planted} if name == 'end' else Stand\n"
    )
    assert program != ORACLE
    oracle = Oracle(program, seconds)
    try:
        dying = oracle.ask(0, _ASKS + text("the") + text("end") + b"\x93" + _ASKS_MORE)
        assert dying == Asked({"os.system", "the.end"}, f"{DIED}: {told}")
        assert len(oracle.died) == 1
        assert oracle(_ASKS + _ASKS_MORE) == {"os.system", "some.more"}
    finally:
        oracle.close()


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
