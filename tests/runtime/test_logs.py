"""The log of a service: bounded, numbered, printable, never in the worker's way."""

from __future__ import annotations

import json
import os
import threading
import time
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pace import within
from scoredock_runtime.contract import LOG_FILE
from scoredock_runtime.log import log_reader, log_writer
from scoredock_runtime.log.log_lines import LINE_LIMIT, Levels, LineSplitter, neutral
from scoredock_runtime.log.log_reader import lines_after
from scoredock_runtime.log.log_writer import LogWriter, last_number


def split(*pieces: bytes) -> list[str]:
    splitter = LineSplitter()
    return [line for piece in pieces for line in splitter.feed(piece)] + splitter.end()


@given(st.lists(st.binary(max_size=30), max_size=20))
def test_lines_do_not_depend_on_how_the_bytes_arrive(pieces: list[bytes]) -> None:
    pieces = [piece.replace(b"\r", b"") for piece in pieces]
    assert split(*pieces) == split(b"".join(pieces))
    for line in split(*pieces):
        assert line.isprintable() or "\t" in line or " " in line or neutral(line) == line
        assert "\n" not in line
        assert "\x1b" not in line


LINES: dict[str, tuple[bytes, list[str]]] = {
    "plain": (b"a\nb\n", ["a", "b"]),
    "no end": (b"a\nb", ["a", "b"]),
    "windows": (b"a\r\nb\r\n", ["a", "b"]),
    "progress": (b"1%\r2%\r3%\n", ["1%", "2%", "3%"]),
    "empty line": (b"\n\n", ["", ""]),
    "not utf-8": (b"\xff\xfea\n", ["\\xff\\xfea"]),
    "colours": (b"\x1b[31mred\x1b[0m\n", ["\\x1b[31mred\\x1b[0m"]),
    "title and link": (b"\x1b]0;x\x07\x1b]8;;http://e\x1b\\y\n", ["\\x1b]0;x\\x07\\x1b]8;;http://e\\x1b\\y"]),
    "zero and tab": (b"a\0b\tc\n", ["a\\x00b\tc"]),
    "one-byte controls": ("\x9b31m\x85".encode(), ["\\x9b31m\\x85"]),
    "direction": ("a\u202eb".encode(), ["a\\u202eb"]),
    "letters of the world": ("žluťoučký 機械 🐍\n".encode(), ["žluťoučký 機械 🐍"]),
}


@pytest.mark.parametrize("name", LINES)
def test_lines(name: str) -> None:
    raw, expected = LINES[name]
    assert split(raw) == expected


def test_a_line_without_end_costs_little() -> None:
    splitter = LineSplitter()
    for _ in range(2000):
        assert splitter.feed(b"x" * 65536) == []
    (line,) = splitter.end()
    assert len(line) == LINE_LIMIT
    kept = line.index(" … (")
    assert line.endswith(f"({2000 * 65536 - kept} more)")


LEVELS = [
    ("stdout", "hello", "I"),
    ("stderr", "hello", "W"),
    ("stdout", "2026-11-20 06:04:43,011 W [5] azmlinfsrv - careful", "W"),
    ("stdout", "2026-11-20 06:04:43,011 C [5] azmlinfsrv - gone", "E"),
    ("stderr", "INFO:root:fine", "I"),
    ("stderr", "x.py:3: DeprecationWarning: old", "W"),
    ("stdout", "ERROR something", "E"),
    ("stderr", "DEBUG x", "D"),
]


@pytest.mark.parametrize(("stream", "line", "level"), LEVELS)
def test_levels(stream: str, line: str, level: str) -> None:
    assert Levels(stream).of(line) == level


def test_a_traceback_is_an_error_to_its_last_line() -> None:
    levels = Levels("stdout")
    lines = ["Traceback (most recent call last):", '  File "x"', "    y()", "ValueError: no", "and on"]
    assert [levels.of(line) for line in lines] == ["E", "E", "E", "E", "I"]


def records(folder: Path) -> list[dict[str, Any]]:
    files = sorted(
        folder.glob("service.jsonl*"), key=lambda path: -int(path.suffix[1:]) if path.suffix != ".jsonl" else 0
    )
    return [json.loads(line) for path in files for line in path.read_text().splitlines()]


def test_numbers_go_on_over_rotation_and_restart(tmp_path: Path) -> None:
    for start in (0, 5000):
        writer = LogWriter(str(tmp_path), 64 * 1024, 3)
        for block in range(50):
            writer.take("stdout", [f"line {start + block * 100 + i}" for i in range(100)], Levels("stdout"))
        writer.close()
    numbers = [record["n"] for record in records(tmp_path)]
    assert numbers[-1] == 10_000
    assert numbers == list(range(numbers[0], 10_001))
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert len(sizes) == 3
    assert max(sizes) <= 64 * 1024
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in tmp_path.iterdir())


@pytest.mark.parametrize("place", range(6))
def test_a_file_that_is_turned_over_while_it_is_read_is_read_whole(
    place: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name is another then, and what has its name is another file."""
    writer = LogWriter(str(tmp_path), 64 * 1024, 5)
    writer.take("stdout", ["x" * 1000] * 160, Levels("stdout"))
    assert writer.await_record(159, 60)
    opened = count()

    def turning(path: str, mode: str) -> Any:
        stream = Path(path).open(mode)  # noqa: SIM115 (the reader closes it)
        if next(opened) == place:
            writer.take("stdout", ["x" * 1000] * 62, Levels("stdout"))
            assert writer.await_record(221, 60)
        return stream

    monkeypatch.setattr(log_reader, "open", turning, raising=False)
    page = lines_after(str(tmp_path / LOG_FILE), 0, 1_000)
    writer.close()
    numbers = [json.loads(line)["n"] for line in page.splitlines()]
    assert len(numbers) >= 160
    assert numbers == [*range(1, len(numbers) + 1)]


@pytest.mark.parametrize(
    "torn", [b"", b"{", b'{"n":3,"t":1', b"\xff", b"x" * 300_000], ids=["whole", "1", "part", "noise", "long"]
)
def test_a_torn_last_line_is_cut_off(torn: bytes, tmp_path: Path) -> None:
    path = tmp_path / LOG_FILE
    path.write_bytes(b'{"n":1,"t":1,"s":"server","l":"I","m":"a"}\n' + torn)
    writer = LogWriter(str(tmp_path), 1_000_000, 3)
    writer.tell("next")
    writer.close()
    if len(torn) < 200_000:
        assert [record["n"] for record in records(tmp_path)] == [1, 2]
    assert last_number(str(path), 3) >= 1


def test_a_slow_disk_holds_nobody_up_and_losses_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = threading.Event()
    write = os.write

    waited: list[bool] = []

    def waiting(descriptor: int, data: Any) -> int:
        waited.append(slow.wait(60))
        return write(descriptor, data)

    monkeypatch.setattr(log_writer.os, "write", waiting)
    monkeypatch.setattr(log_writer, "QUEUE_LIMIT", 1000)
    writer = LogWriter(str(tmp_path), 10_000_000, 3)
    for _ in range(100):
        writer.take("stdout", ["x"] * 100, Levels("stdout"))
    slow.set()
    writer.close()
    assert all(waited), "who writes does not wait until the disk is ready"
    told = records(tmp_path)
    dropped = [int(r["m"].split()[0]) for r in told if "dropped" in r["m"]]
    assert sum(dropped) + len(told) - len(dropped) == 10_000


def test_a_full_disk_loses_lines_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wait_for: Any) -> None:
    full = True
    write = os.write

    def refusing(descriptor: int, data: Any) -> int:
        if full and bytes(data):
            raise OSError(28, "No space left on device")
        return write(descriptor, data)

    monkeypatch.setattr(log_writer.os, "write", refusing)
    writer = LogWriter(str(tmp_path), 10_000_000, 3)
    writer.tell("lost")
    wait_for(lambda: writer._dropped == 1)
    full = False
    writer.tell("kept")
    writer.close()
    assert [record["m"] for record in records(tmp_path)] == [
        "kept",
        "1 lines dropped: they came faster than the disk takes them.",
    ]


@pytest.mark.timed
def test_fifty_thousand_lines_a_second_are_taken(tmp_path: Path) -> None:
    writer = LogWriter(str(tmp_path), 10_000_000, 3)
    levels, splitter = Levels("stdout"), LineSplitter()
    data = b"some line of a usual length, with a number 12345\n" * 1000
    begun = time.process_time()
    for _ in range(50):
        writer.take("stdout", splitter.feed(data), levels)
    writer.close()
    assert within(time.process_time() - begun, 3.0)


def test_output_of_a_service_is_told_in_order(service: Any) -> None:
    service.up(
        "import sys, os\ndef init():\n    for i in range(2000): print('line', i)\n    os.write(2,"
        " b'\\xff\\x1b[0m\\n')\n    print('to stderr', file=sys.stderr)\n    print('x' * 40000, end='')\n   "
        " print('two\\nlines')\ndef run(d): pass\n"
    )
    service.stop()
    told = service.log()
    assert [r["n"] for r in told] == list(range(1, len(told) + 1))
    printed = [int(r["m"].rsplit(" ", 1)[1]) for r in told if " azmlinfsrv.print - line " in r["m"]]
    assert printed == list(range(2000))
    errors = [r["m"] for r in told if r["s"] == "stderr"]
    assert errors[:2] == ["\\xff\\x1b[0m", "to stderr"]
    assert max(len(r["m"]) for r in told) == LINE_LIMIT
    assert told[0]["s"] == "server"


REPLACED = {
    "another stream": "import io, sys\nsys.stdout = io.StringIO()\n",
    "standard error": "import sys\nsys.stdout = sys.stderr\n",
    "without its buffer": "import io, sys\nsys.stdout = io.TextIOWrapper(sys.stdout.detach(), line_buffering=True)\n",
    "closed": "import os, sys\nsys.stdout = os.fdopen(os.dup(1), 'w', 1)\nsys.__stdout__.close()\n",
    "root handlers": "import logging\nlogging.getLogger().handlers.clear()\nlogging.basicConfig(level=40)\n",
}


@pytest.mark.parametrize("name", REPLACED)
def test_what_is_printed_is_logged_whatever_stands_for_standard_output(name: str, service: Any) -> None:
    service.up(REPLACED[name] + "def init():\n    print('up')\ndef run(data):\n    print('request')\n    return 1\n")
    service.score({})
    service.stop()
    messages = [record["m"] for record in service.log()]
    for line in ("up", "request"):
        assert sum(each.endswith(f" azmlinfsrv.print - {line}") for each in messages) == 1, messages


def test_print_is_no_part_of_what_a_script_redirects(service: Any) -> None:
    service.up(
        "import contextlib, io\ndef init(): pass\ndef run(data):\n    text = io.StringIO()\n"
        "    with contextlib.redirect_stdout(text):\n        print('request')\n    return text.getvalue()\n"
    )
    assert service.score({}).json() == ""
    service.stop()
    assert any(record["m"].endswith(" azmlinfsrv.print - request") for record in service.log())


EMPTY = {
    "caught": ("try:\n        model = open('/none/m')\n    except Exception as error:\n        print(error)", True),
    "absent": ("if os.path.exists('/none/m'):\n        model = open('/none/m')", True),
    "nothing from a function": ("model = os.environ.get('NOT_THERE')", True),
    "there": ("model = str(5)", False),
    "nothing on purpose": ("model = None", False),
    "a fault that is not there": ("try:\n        pass\n    except Exception as e:\n        model = str(e)", False),
}


@pytest.mark.parametrize("name", EMPTY)
@pytest.mark.parametrize("before", ["", "model = None\n"])
def test_an_init_that_leaves_its_model_without_a_value_says_so(name: str, before: str, service: Any) -> None:
    body, is_said = EMPTY[name]
    service.up(f"import os\n{before}def init():\n    global model\n    {body}\ndef run(data):\n    return 1\n")
    service.stop()
    lines = [each for each in service.log() if "“model”, which it sets, has no value" in each["m"]]
    assert [each["l"] for each in lines] == (["W"] if is_said else [])
