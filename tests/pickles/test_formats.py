"""Where pickles are found: packed, in archives, in files of numpy, joblib and PyTorch; and what real models come to."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scoredock
from scoredock.errors import ScoredockError
from scoredock.pickles.budget import Budget
from scoredock.pickles.scan import scan
from scoredock.progress import CancelToken
from scoredock.registry.records import PickleFindings

from depth import rounds
from pickle_writing import PROTO4, by_framed, by_stack, text

EVIL = by_stack("os", "system", ("id",))
PLAIN = pickle.dumps({"a": [1, 2.5, "x"]}, 4)
REAL = sorted((Path(__file__).parent / "files").iterdir())


def look(content: bytes, name: str = "data", **limits: float) -> tuple[str, PickleFindings]:
    return scan([(lambda: io.BytesIO(content), name)], budget=Budget(**limits))  # type: ignore[arg-type]


def zipped(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return made.getvalue()


def tarred(name: str, content: bytes, form: int = tarfile.PAX_FORMAT) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=form) as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return made.getvalue()


def npy(array: np.ndarray) -> bytes:
    made = io.BytesIO()
    np.save(made, array, allow_pickle=True)
    return made.getvalue()


# ---------------------------------------------------------------------------------------------- real models


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_real_models_hold_known_names_only(path: Path) -> None:
    """Saved by pickle and joblib of three years; read to the end, or there would be a note."""
    assert scan([(path, path.name)]) == ("known", PickleFindings())


def test_a_folder_of_real_models() -> None:
    assert len(REAL) == 45
    assert scan((path, f"models/{path.name}") for path in REAL) == ("known", PickleFindings())


@pytest.mark.parametrize("path", [path for path in REAL if path.suffix == ".joblib"], ids=lambda path: path.name)
def test_names_after_the_arrays_of_joblib_are_seen(path: Path) -> None:
    content = path.read_bytes()
    if path.name.startswith("packed"):
        content = lzma.decompress(content)
    assert content.endswith(b".")
    assert look(content[:-1] + EVIL[2:])[0] == "bad"
    assert look(lzma.compress(content[:-1] + EVIL[2:]))[0] == "bad"


# ---------------------------------------------------------------------------------------------- wrappings

WRAPPED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "two gzip members": lambda content: gzip.compress(content[:9]) + gzip.compress(content[9:]),
    "zlib": zlib.compress,
    "zlib of a text": lambda content: zlib.compress(content, 0),
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda content: lzma.compress(content, lzma.FORMAT_ALONE),
    "twice": lambda content: gzip.compress(bz2.compress(content)),
    "zip": lambda content: zipped(("deep/er/x", content)),
    "stored zip": lambda content: zipped(("x", content), method=zipfile.ZIP_STORED),
    "bz2 zip": lambda content: zipped(("x", content), method=zipfile.ZIP_BZIP2),
    "zip in a zip": lambda content: zipped(("inner.zip", zipped(("x", content)))),
    "zip in a stored zip": lambda content: zipped(("inner", zipped(("x", content))), method=zipfile.ZIP_STORED),
    "zip in gzip": lambda content: gzip.compress(zipped(("x", content))),
    "zip behind other bytes": lambda content: b"#!/bin/sh\n" + zipped(("x", content)),
    "second entry of a name": lambda content: _twice(content),
    "tar": lambda content: tarred("x", content),
    "old tar": lambda content: tarred("x", content, tarfile.USTAR_FORMAT),
    "long name in tar": lambda content: tarred("x" * 300, content, tarfile.GNU_FORMAT),
    "tar.gz": lambda content: gzip.compress(tarred("x", content)),
    "wrong checksum": lambda content: _other_checksum(zipped(("x", content))),
    "other local name": lambda content: zipped(("abcdefgh", content)).replace(b"abcdefgh", b"ABCDEFGH", 1),
}


def _twice(content: bytes) -> bytes:
    with pytest.warns(UserWarning, match="Duplicate name"):
        return zipped(("x", PLAIN), ("x", content))


def _other_checksum(archive: bytes) -> bytes:
    return archive.replace(struct.pack("<I", zlib.crc32(EVIL)), b"\1\2\3\4")


@pytest.mark.parametrize("wrap", WRAPPED.values(), ids=WRAPPED)
def test_wrapped(wrap: Callable[[bytes], bytes]) -> None:
    assert look(wrap(EVIL))[0] == "bad"
    assert look(wrap(by_stack("mine", "Model", ())))[1].unknown == ("mine.Model",)
    assert look(wrap(PLAIN)) == ("known", PickleFindings())


@pytest.mark.parametrize("cut", [20, 40, -1])
@pytest.mark.parametrize("wrap", [gzip.compress, zlib.compress, bz2.compress, lzma.compress])
def test_packed_files_that_end_early_are_told(wrap: Callable[[bytes], bytes], cut: int) -> None:
    state, found = look(wrap(pickle.dumps(os.urandom(1000)))[:cut], "m.pkl")
    assert state == "unknown"
    assert found.notes


@pytest.mark.parametrize(
    "content", [b"7z\xbc\xaf\x27\x1c rest", b"Rar!\x1a\x07 rest", b"\x28\xb5\x2f\xfd rest", b"PK\x03\x04" + bytes(100)]
)
def test_archives_that_are_not_looked_into_are_told(content: bytes) -> None:
    state, found = look(content, "model.7z")
    assert (state, len(found.notes)) == ("unknown", 1)


# ---------------------------------------------------------------------------------------------- numpy and PyTorch


def test_numpy_files() -> None:
    assert look(npy(np.arange(5.0)))[0] == "none"
    assert look(npy(np.array([("a", 1)], dtype=[("Open", "U3"), ("b", "i4")])))[0] == "none"
    objects = npy(np.array(["a", None], dtype=object))
    assert look(objects) == ("known", PickleFindings())
    at = objects.index(b"\n") + 1
    assert look(objects[:at] + EVIL)[0] == "bad"
    assert look(objects.replace(b"'|O'", b"'\\x4f'")[:at] + EVIL)[0] == "bad"
    assert look(zipped(("a.npy", npy(np.arange(3))), ("o.npy", objects[:at] + EVIL)))[0] == "bad"


@pytest.mark.parametrize(
    "array",
    [
        np.arange(5.0),
        np.zeros((3, 0, 2)),
        np.zeros(()),
        np.asfortranarray(np.ones((2, 3), "i2")),
        np.array([True]),
        np.array(["aé", "b"]),
        np.array([b"abc"]),
        np.array(["2020-01-01"], "M8[ns]"),
        np.zeros(2, "m8[25s]"),
        np.zeros(2, "c16"),
        np.zeros(3, "V5"),
        np.zeros(2, [("a", "U3"), ("b", "i4", (2, 3)), (("title", "c"), ">f4")]),
        np.zeros(2, np.dtype([("a", "i1"), ("b", "f8")], align=True)),
        np.zeros(1, [("n", [("x", "f4"), ("y", "S3")])]),
    ],
    ids=str,
)
def test_what_follows_the_first_array_is_looked_at(array: np.ndarray) -> None:
    """A program that calls numpy.load a second time on the open file gets it."""
    plain = npy(array)
    assert look(plain)[0] == "none"
    assert look(plain + EVIL)[0] == "bad"
    assert look(plain + npy(np.arange(3)) + EVIL)[0] == "bad"
    assert look(plain + plain)[0] == "none"
    assert array.nbytes == 0 or look(plain[:-1])[0] == "none"


def torch_pickle(extra: bytes = b"") -> bytes:
    """The state of a layer as `torch.save` writes it: tensors by persistent id."""
    storage = text("storage") + text("torch") + text("FloatStorage") + b"\x93" + text("0") + text("cpu") + b"K\x04t"
    tensor = (
        text("torch._utils")
        + text("_rebuild_tensor_v2")
        + b"\x93(("
        + storage
        + b"QK\x00K\x02K\x02\x86K\x02K\x01\x86\x89"
        + text("collections")
        + text("OrderedDict")
        + b"\x93)RtR"
    )
    return (
        PROTO4 + text("collections") + text("OrderedDict") + b"\x93)R(" + text("weight") + tensor + b"u" + extra + b"."
    )


def test_checkpoints_of_pytorch() -> None:
    entries = [
        ("m/data.pkl", torch_pickle()),
        ("m/version", b"3\n"),
        ("m/data/0", os.urandom(16)),
        ("m/byteorder", b"little"),
    ]
    assert look(zipped(*entries, method=zipfile.ZIP_STORED), "m.pt") == ("known", PickleFindings())
    entries[0] = ("m/data.pkl", torch_pickle(EVIL[2:-1]))
    assert look(zipped(*entries, method=zipfile.ZIP_STORED), "m.pt")[1].bad == ("os.system",)


def test_older_checkpoints_of_pytorch() -> None:
    magic = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
    front = magic + pickle.dumps(1001, 2) + pickle.dumps({"little_endian": True}, 2)
    back = pickle.dumps(["0"], 2) + struct.pack("<Q", 4) + os.urandom(16)
    assert look(front + torch_pickle() + back) == ("known", PickleFindings())
    assert look(front + torch_pickle(EVIL[2:-1]) + back)[0] == "bad"
    assert look(magic + EVIL + front)[0] == "bad"


# ---------------------------------------------------------------------------------------------- what is not a pickle


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"cat\ndog\nfish\n",
        b"csv,of,numbers\n1,2\n",
        b'{"a": 1}',
        b"(some text)\n",
        b"import os\nos.system('x')\n",
        b"x = 1\n",
        b"\x89PNG\r\n\x1a\n" + bytes(50),
        b"\x89HDF\r\n\x1a\n" + bytes(50),
        b"GIF89a" + bytes(40),
        b"N.\n",
        b"]",
        bytes(100),
        b"\x80\x02\xff\xff",
    ],
)
def test_other_files_are_not_taken_for_pickles(content: bytes) -> None:
    assert look(content, "labels.txt") == ("none", PickleFindings())


def test_a_file_that_is_named_as_a_pickle_and_is_none_is_told() -> None:
    for content in (b"weights" * 10, b"\x00\x01", b"\x80\x05\x95"):
        state, found = look(content, "model.pkl")
        assert state == "unknown"
        assert found.notes[0].startswith("model.pkl: ")


# ---------------------------------------------------------------------------------------------- bounds


def test_what_is_beyond_a_bound_is_told() -> None:
    many = pickle.dumps(list(range(100_000)))
    for limits in ({"opcodes": 10_000}, {"seconds": 0.0}):
        state, found = look(many, "m.pkl", **limits)
        assert (state, len(found.notes)) == ("unknown", 1)
    bomb = gzip.compress(pickle.dumps(bytes(20 << 20)))
    assert look(bomb)[0] == "known"
    assert look(bomb, unpacked=1 << 20)[0] == "unknown"
    assert look(zipped(*((f"{number}", b"") for number in range(20))), entries=10)[0] == "unknown"
    assert look(EVIL[:-1] + b"0" + many[2:], opcodes=5000)[0] == "bad"


HOSTILE = """
import io, json, struct, sys
sys.path[:0] = sys.argv[1:]
from depth import limit_memory
from pickle_writing import PROTO4, text
from scoredock.pickles.scan import scan

hostile = [
    b"\\x80\\x04" + b"(" * (5_000_000 // LESS),
    b"\\x80\\x04" + b"}" * (2_000_000 // LESS),
    b"\\x80\\x04" + b"N\\x94" * (4_000_000 // LESS),
    b"\\x80\\x04" + b"N\\x85" * (2_000_000 // LESS),
    PROTO4 + text("collections") + text("OrderedDict") + b"\\x93\\x94" + b"h\\x00)R" * (1_200_000 // LESS),
    b"\\x80\\x04\\x8e" + struct.pack("<Q", 1 << 62),
    b"\\x80\\x04\\x96" + struct.pack("<Q", (1 << 64) - 1),
    b"\\x80\\x04X\\xff\\xff\\xff\\xff",
    b"\\x80\\x04\\x95" + struct.pack("<Q", (1 << 64) - 1) + b"N.",
    b"I" + b"1" * 100_000 + b"\\n.",
    b"(" * 100_000 + b"t" * 100_000 + b".",
]
limit_memory(MEGABYTES)
print(json.dumps([scan([(lambda: io.BytesIO(content), "m.pkl")])[0] for content in hostile]))
"""


def scanned(megabytes: int) -> subprocess.CompletedProcess[str]:
    """What a process says of the hostile files that may have so much memory."""
    folders = [str(Path(__file__).parents[1]), str(Path(scoredock.__file__).parents[1])]
    program = HOSTILE.replace("MEGABYTES", str(megabytes)).replace("LESS", str(rounds(gate=8, long=1)))
    return subprocess.run([sys.executable, "-c", program, *folders], capture_output=True, text=True, timeout=280)


def test_memory_and_time_stay_small_for_hostile_files() -> None:
    """In a process of its own, which may have little memory, and of which a hang is the end."""
    done = scanned(700)
    assert done.returncode == 0, done.stderr[-3000:]
    states = json.loads(done.stdout)
    assert len(states) == 11
    assert set(states) <= {"unknown", "known"}


def test_large_blocks_are_passed_over(tmp_path: Path) -> None:
    """A gigabyte of weights between two names costs no reading of them."""

    class Counted(io.FileIO):
        count = 0

        def readinto(self, buffer: Any) -> int:
            read = super().readinto(buffer)
            Counted.count += read or 0
            return read or 0

    path = tmp_path / "m.pkl"
    with path.open("wb") as stream:
        stream.write(b"\x80\x04\x8e" + struct.pack("<Q", 4 << 30))
        stream.seek(4 << 30, os.SEEK_CUR)
        stream.write(b"0" + EVIL[2:])
    assert scan([(lambda: io.BufferedReader(Counted(path)), "m.pkl")])[0] == "bad"
    assert 0 < Counted.count < 10 << 20
    assert scan([(path, "m.pkl")])[0] == "bad"


def test_cancelled() -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(ScoredockError) as caught:
        scan([(lambda: io.BytesIO(PLAIN), "m.pkl")], cancel=cancel)
    assert caught.value.code == "cancelled"


def test_what_cannot_be_opened_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("pipe", "link", "missing"):
        state, found = scan([(tmp_path / name, name)])
        assert (state, len(found.notes)) == ("unknown", 1)


def test_notes_and_names_are_one_plain_line() -> None:
    state, found = look(by_framed("os\u202e\n", "sys\u0435m", ())[:-1], "a\nb\u202e.pkl")
    assert state == "unknown"
    assert found.unknown == ("os\\u202e\\u000a.sys\\u0435m",)
    assert all(line.isprintable() for line in (*found.unknown, *found.notes))


@pytest.mark.parametrize("content", [b"x", b"x\x9c", b"x,y\n1,2\n", b"BZh", b"\x80", b""])
def test_short_plain_files_are_no_pickles(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "points.dat"
    file.write_bytes(content)
    state, findings = scan([(file, file.name)])
    assert (state, findings.notes) == ("none", ())
