"""Mini-batches: each file and each row in exactly one, in their order, the same ones at every walk."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scoredock.contrib.batch.domain.work.configuration import BatchConfiguration
from scoredock.contrib.batch.domain.work.csv_rows import header_end, split
from scoredock.contrib.batch.domain.work.inputs import read_listing, write_listing
from scoredock.contrib.batch.domain.work.plan import BatchPlan, MiniBatch
from scoredock.contrib.batch.domain.work.sizes import MiniBatchSize, parse_size
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken

import hypothesis_profiles as hypothesis_profiles
from depth import rounds

EXAMPLES = rounds(gate=60, long=2_000)
FIELDS = st.text(alphabet='a1,"\n\u00e9', max_size=6)
ROWS = st.lists(st.lists(FIELDS, min_size=2, max_size=2), max_size=30)
SIZES = st.builds(MiniBatchSize, st.integers(1, 40), st.sampled_from(["items", "bytes"]))


def written(rows: list[list[str]], end: str = "\n") -> bytes:
    stream = io.StringIO()
    csv.writer(stream, lineterminator=end).writerows([["id", "text"], *rows])
    return stream.getvalue().encode()


def parsed(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


@given(ROWS, SIZES, st.sampled_from(["\n", "\r\n"]), st.booleans())
@settings(max_examples=EXAMPLES)
def test_parts_of_a_csv_file_are_its_rows(rows: list[list[str]], size: MiniBatchSize, end: str, last: bool) -> None:
    data = written(rows, end)
    data = data if last else data.removesuffix(end.encode())
    stream = io.BytesIO(data)
    head = header_end(stream)
    parts = list(split(stream, head, size))
    assert [part.start for part in parts] == [head, *(part.end for part in parts)][: len(parts)]
    assert (parts[-1].end if parts else head) == len(data)
    seen = [parsed(data[part.start : part.end]) for part in parts]
    assert [row for part in seen for row in part] == parsed(data)[1:]
    assert [len(part) for part in seen] == [part.rows for part in parts]
    if size.unit == "items":
        assert all(part.rows == size.count for part in parts[:-1])


def test_a_quote_within_a_field_is_a_character() -> None:
    data = b'size,name\n5" pipe,a\n6,"b\nc"\n7" pipe,d\n'
    parts = list(split(io.BytesIO(data), 10, MiniBatchSize(1, "items")))
    assert [data[part.start : part.end] for part in parts] == [
        b'5" pipe,a\n',
        b'6,"b\nc"\n',
        b'7" pipe,d\n',
    ]


def test_rows_that_cross_blocks_stay_whole() -> None:
    """The scanner reads a megabyte at a time."""
    long = "x" * 100_000
    rows = [[str(number), f'{long}\n"{number}'] for number in range(41)]
    data = written(rows)
    parts = list(split(io.BytesIO(data), header_end(io.BytesIO(data)), MiniBatchSize(2, "items")))
    assert [part.rows for part in parts] == [*[2] * 20, 1]
    assert [row for part in parts for row in parsed(data[part.start : part.end])] == rows


def make_plan(folder: Path, inputs: list[Path], configuration: BatchConfiguration) -> BatchPlan:
    write_listing(
        list(map(str, inputs)),
        configuration.input_format,
        folder / "listing",
        CancelToken(),
    )
    return BatchPlan(configuration, folder / "listing", folder / "parts")


def summary(plan: BatchPlan) -> list[MiniBatch]:
    return list(plan)


@given(st.lists(ROWS, min_size=1, max_size=4), SIZES, st.integers(0, 400))
@settings(max_examples=EXAMPLES)
def test_a_plan_goes_on_where_it_was_cut(tables: list[list[list[str]]], size: MiniBatchSize, cut: int) -> None:
    """Its file may end anywhere: in the middle of a line, of a table, between two."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, rows in enumerate(tables):
            (folder / f"{number}.csv").write_bytes(written(rows))
        plan = make_plan(
            folder,
            [folder],
            BatchConfiguration(input_format="csv", mini_batch_size=str(size)),
        )
        whole = summary(plan)
        assert [each.index for each in whole] == list(range(len(whole)))
        assert sum(each.items for each in whole) == sum(map(len, tables))
        kept = folder / "parts"
        os.truncate(kept, min(cut, kept.stat().st_size))
        assert summary(plan) == whole
        assert summary(plan) == whole


@given(st.integers(0, 40), st.integers(1, 12))
@settings(max_examples=EXAMPLES)
def test_every_file_is_in_one_mini_batch(count: int, size: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in" / "b\nc").mkdir(parents=True)
        paths = [folder / "in" / f"{number:02d}" for number in range(count)]
        paths.append(folder / "in" / "b\nc" / "back\\slash")
        for path in paths:
            path.touch()
        plan = make_plan(
            folder,
            [folder / "in"],
            BatchConfiguration(mini_batch_size=str(size)),
        )
        found = [file.path for batch in plan for file in batch.files]
        assert found == sorted(map(str, paths))
        assert all(batch.items == len(batch.files) <= size for batch in plan)


def test_a_file_that_is_named_twice_counts_once(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a.txt", "b.txt"):
        (tmp_path / "in" / name).touch()
    plan = make_plan(
        tmp_path,
        [tmp_path / "in" / "b.txt", tmp_path / "in", tmp_path / "in" / "*"],
        BatchConfiguration(),
    )
    assert [Path(file.path).name for batch in plan for file in batch.files] == [
        "b.txt",
        "a.txt",
    ]


def test_a_changed_file_takes_nothing_from_the_others(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.csv").write_bytes(written([["1", name]] * 3))
    configuration = BatchConfiguration(input_format="csv", mini_batch_size="2")
    plan = make_plan(tmp_path, [tmp_path], configuration)
    before = summary(plan)
    (tmp_path / "b.csv").write_bytes(written([["1", "other"]] * 9))
    after = summary(plan)
    assert after == before
    assert [bool(batch.problem) for batch in after] == [
        False,
        False,
        True,
        True,
        False,
        False,
    ]
    (tmp_path / "parts").unlink()
    assert [bool(batch.problem) for batch in summary(plan)] == [
        False,
        False,
        True,
        False,
        False,
    ]


def test_other_columns_are_a_mini_batch_that_fails(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    (tmp_path / "b.csv").write_text("x,z\n1,2\n")
    first, second = summary(make_plan(tmp_path, [tmp_path], BatchConfiguration(input_format="csv")))
    assert not first.problem
    assert "x, z" in second.problem
    assert "x, y" in second.problem


def test_a_damaged_parquet_file_is_a_mini_batch_that_fails(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1" + b"\xff" * 40 + (30).to_bytes(4, "little") + b"PAR1")
    (tmp_path / "b.parquet").write_bytes(b"short")
    found = summary(make_plan(tmp_path, [tmp_path], BatchConfiguration(input_format="parquet")))
    assert ["damaged" in batch.problem or "shorter" in batch.problem for batch in found] == [True, True]


@pytest.mark.parametrize(
    ("text", "bare", "size"),
    [
        ("100", "items", (100, "items")),
        ("1024", "bytes", (1024, "bytes")),
        ("1KB", "items", (1024, "bytes")),
        ("10mb", "items", (10 << 20, "bytes")),
        (" 2 GB ", "items", (2 << 30, "bytes")),
    ],
)
def test_sizes(text: str, bare: str, size: tuple[int, str]) -> None:
    found = parse_size(text, bare)  # type: ignore[arg-type]
    assert (found.count, found.unit) == size


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5MB", "ten", "1TB"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ScoredockError) as caught:
        parse_size(text, "items")
    assert caught.value.code == "batch-option-invalid"


MANY = r"""
import re, sys
from pathlib import Path
from scoredock.contrib.batch.domain.work.configuration import BatchConfiguration
from scoredock.contrib.batch.domain.work.inputs import write_listing
from scoredock.contrib.batch.domain.work.plan import BatchPlan
from scoredock.progress import CancelToken
folder = Path(sys.argv[1])
write_listing([str(folder / "in")], "files", folder / "listing", CancelToken())
batches = files = 0
for batch in BatchPlan(BatchConfiguration(), folder / "listing", folder / "parts"):
    batches, files = batches + 1, files + len(batch.files)
# Not ru_maxrss, which has what the process had that forked this one.
most = int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])
print(batches, files, most // 1024)
"""


@pytest.mark.timeout(1200)  # a million files on a disk that is shared
def test_many_files_need_little_memory(tmp_path: Path) -> None:
    """A million in the long run, a fiftieth of that at the gate; 300 MB are the limit for a million."""
    count = rounds(gate=20_000, long=1_000_000)
    for number in range(count):
        folder = tmp_path / "in" / f"{number // 10_000:03d}"
        if number % 10_000 == 0:
            folder.mkdir(parents=True)
        os.close(os.open(folder / f"image-{number:07d}.txt", os.O_CREAT | os.O_WRONLY))
    done = subprocess.run(
        [sys.executable, "-c", MANY, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=280,
        check=True,
    )
    batches, files, megabytes = map(int, done.stdout.split())
    assert (batches, files) == (count // 10, count)
    assert megabytes < 300
    assert sum(1 for _ in read_listing(tmp_path / "listing")) == count


BLANK_LINES = st.sampled_from(["", " ", "\t ", "\r"])
NUMBERS = st.integers(0, 99).map(lambda number: f"{number},{number}")


@given(st.lists(NUMBERS | BLANK_LINES, max_size=30), SIZES, st.booleans())
@settings(max_examples=EXAMPLES)
def test_blank_lines_are_no_rows(lines: list[str], size: MiniBatchSize, last: bool) -> None:
    """As pandas reads them, so that numbers of rows are those of its index."""
    data = "id,text\n" + "\n".join(lines) + "\n" * last
    stream = io.BytesIO(data.encode())
    for part in split(stream, header_end(stream), size):
        piece = data.encode()[part.start : part.end].decode()
        assert part.rows == sum(1 for line in piece.split("\n") if line.strip())
