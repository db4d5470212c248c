"""Datasets of sample requests: every body comes back as it was, whatever it holds; what is not a dataset is refused."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken
from scoredock.registry import Registry
from scoredock.registry.assets import datasets
from scoredock.registry.assets.names import parse_reference

from depth import rounds

Refused = Callable[..., ScoredockError]

BODIES = st.text(st.characters(exclude_categories=("Cs",)), max_size=200)
LINES = BODIES.filter(lambda text: "\n" not in text and not text.endswith("\r") and text.strip() != "")


def written(tmp_path: Path, name: str, content: bytes | str) -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def bodies(registry: Registry, path: Path, name: str = "requests") -> list[str]:
    record = datasets.register(registry.assets, path, name)
    found = list(datasets.every_row(registry.assets, record))
    assert record.content["rows"] == len(found)
    assert record.content["size"] == sum(len(body.encode()) for body in found)
    return found


# ------------------------------------------------------------------------------------------------ round trips


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return Registry(tmp_path_factory.mktemp("datasets") / "workspace")


@settings(max_examples=rounds(gate=30, long=400), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(BODIES, min_size=1, max_size=30))
def test_any_body_of_a_json_list_comes_back_byte_for_byte(shared: Registry, tmp_path: Path, rows: list[str]) -> None:
    path = written(tmp_path, "rows.json", json.dumps(rows))
    assert bodies(shared, path) == rows


@settings(max_examples=rounds(gate=30, long=400), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(LINES, min_size=1, max_size=30),
    ends=st.sampled_from(["\n", "\r\n", "\n\n", "\n \t\n"]),
    mark=st.sampled_from(["", "\ufeff"]),
    last=st.booleans(),
)
def test_any_line_comes_back_byte_for_byte(
    shared: Registry, tmp_path: Path, rows: list[str], ends: str, mark: str, last: bool
) -> None:
    rows = [rows[0].removeprefix("\ufeff") or "x", *rows[1:]]
    path = written(tmp_path, "rows.jsonl", mark + ends.join(rows) + (ends if last else ""))
    assert bodies(shared, path) == rows


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | BODIES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(BODIES, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=rounds(gate=30, long=400), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(JSON.filter(lambda value: not isinstance(value, str)), min_size=1, max_size=10),
    indent=st.none() | st.integers(0, 3),
)
def test_what_is_no_text_in_a_list_is_kept_as_it_was_written(
    shared: Registry, tmp_path: Path, values: list[object], indent: int | None
) -> None:
    text = json.dumps(values, indent=indent)
    found = bodies(shared, written(tmp_path, "rows.json", text))
    assert [json.loads(body) for body in found] == values
    position = 0
    for body in found:  # each is a piece of the file
        position = text.index(body, position) + len(body)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(1, 3500), offset=st.integers(-2, 3600), limit=st.integers(-2, 1200))
def test_a_page_is_a_slice(shared: Registry, tmp_path: Path, count: int, offset: int, limit: int) -> None:
    path = written(tmp_path, "rows.txt", "".join(f"row {number} {'é' * (number % 7)}\n" for number in range(count)))
    record = datasets.register(shared.assets, path, "pages")
    page = datasets.rows(shared.assets, record, offset, limit)
    every = path.read_text().splitlines()
    start = max(0, offset)
    assert page.total == count
    assert list(page.rows) == every[start : start + min(max(0, limit), 1000)]


def test_numbers_keep_their_digits(registry: Registry, tmp_path: Path) -> None:
    path = written(tmp_path, "rows.json", '[{"x": 1.0000, "y":1e400} , [1,\n 2]]')
    assert bodies(registry, path) == ['{"x": 1.0000, "y":1e400}', "[1,\n 2]"]


def test_one_json_object_is_one_row(registry: Registry, tmp_path: Path) -> None:
    assert bodies(registry, written(tmp_path, "one.json", '\n{"data": [[1, 2]]}\n')) == ['{"data": [[1, 2]]}']


def test_large_rows_are_paged_by_their_size(registry: Registry, tmp_path: Path) -> None:
    path = written(tmp_path, "rows.txt", "".join(f"{number:02}{'x' * 900_000}\n" for number in range(20)))
    record = datasets.register(registry.assets, path, "large")
    page = datasets.rows(registry.assets, record, 0, 20)
    assert 1 <= len(page.rows) < 20
    assert [row[:2] for row in datasets.every_row(registry.assets, record)] == [f"{n:02}" for n in range(20)]


def test_a_page_does_not_read_the_rows_far_behind(registry: Registry, tmp_path: Path) -> None:
    path = written(tmp_path, "rows.txt", "".join(f"{number}\n" for number in range(5000)))
    record = datasets.register(registry.assets, path, "many")
    blob = registry.blobs.path(record.files[0].sha256)
    blob.chmod(0o600)
    content = bytearray(blob.read_bytes())
    content[-3:] = b"\xff\xff\n"  # the last row is broken
    blob.write_bytes(content)
    assert datasets.rows(registry.assets, record, 3990, 5).rows == ("3990", "3991", "3992", "3993", "3994")
    with pytest.raises(ScoredockError) as broken:
        datasets.rows(registry.assets, record, 4999, 1)
    assert broken.value.code == "model-damaged"


@pytest.mark.parametrize(("count", "told"), [(1, "1 row · 3 B"), (2, "2 rows · 6 B"), (1500, "1,500 rows · 4.5 kB")])
def test_the_summary(registry: Registry, tmp_path: Path, count: int, told: str) -> None:
    record = datasets.register(registry.assets, written(tmp_path, "r.txt", "abc\n" * count), "sum")
    assert datasets.summary(record) == told


def test_the_summary_is_in_the_language_of_the_person(registry: Registry, tmp_path: Path) -> None:
    record = datasets.register(registry.assets, written(tmp_path, "r.txt", "abc\n" * 2), "sum")
    l10n.use("zh-tw")
    try:
        assert datasets.summary(record) == "2 列 · 6 B"
    finally:
        l10n.use(l10n.ENGLISH)


def test_equal_rows_are_stored_once(registry: Registry, tmp_path: Path) -> None:
    path = written(tmp_path, "r.txt", "abc\n")
    first, second = (datasets.register(registry.assets, path, "twice") for _ in range(2))
    assert (first.version, second.version) == (1, 2)
    assert first.files == second.files


# ------------------------------------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("empty.jsonl", b"", None),
        ("blank.jsonl", b"\n \n\t\n", None),
        ("empty.json", b"", 1),
        ("none.json", b"[]", None),
        ("cut.json", b'[{"a": 1},\n{"b": ', 2),
        ("comma.json", b"[1,\n\n2 3]", 3),
        ("open.json", b"[1, 2", 1),
        ("behind.json", b"[1]\nmore", 2),
        ("two.json", b'{"a": 1}\n{"b": 2}\n', 2),
        ("half.json", b'[1,\n"\\ud800"]', 2),
        ("latin.txt", b"one\ntwo\ncaf\xe9\n", 3),
        ("latin.json", b'["caf\xe9"]', None),
        ("deep.json", b"[" * 100_000, 1),
        ("digits.json", b"[1" + b"0" * 10_000 + b"]", 1),
    ],
)
def test_what_is_no_dataset_is_refused_with_its_line(
    registry: Registry, tmp_path: Path, refused: Refused, name: str, content: bytes, line: int | None
) -> None:
    path = written(tmp_path, name, content)
    error = refused("dataset-invalid", datasets.register, registry.assets, path, "bad")
    assert error.place is not None
    assert error.place.path == str(path)
    assert error.place.line == (None if line is None else line - 1)
    assert line is None or f"line {line}" in error.message
    assert registry.assets.records() == []
    assert left(registry) == []


LIMITS = datasets.DatasetLimits(bytes=1000, row_bytes=100, rows=20)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("file.txt", "x" * 90 + "\n" + "y\n" * 500, "file-too-large"),
        ("row.txt", "short\n" + "x" * 101 + "\n", "dataset-invalid"),
        ("row.json", json.dumps(["x" * 101]), "dataset-invalid"),
        ("wide.txt", "é" * 51 + "\n", "dataset-invalid"),
        ("rows.txt", "x\n" * 21, "dataset-invalid"),
        ("rows.json", json.dumps([1] * 21), "dataset-invalid"),
    ],
)
def test_limits(registry: Registry, tmp_path: Path, refused: Refused, name: str, content: str, code: str) -> None:
    path = written(tmp_path, name, content)
    refused(code, datasets.register, registry.assets, path, "bad", limits=LIMITS)
    assert left(registry) == []


def test_exactly_at_the_limits(registry: Registry, tmp_path: Path) -> None:
    path = written(tmp_path, "rows.txt", "\ufeff" + "x" * 100 + "\r\n" + "y\n" * 19)
    assert datasets.register(registry.assets, path, "edge", limits=LIMITS).content["rows"] == 20


def test_files_that_are_none(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path, code in (
        (tmp_path / "gone.jsonl", "file-not-found"),
        (tmp_path / "gone" / "a.jsonl", "file-not-found"),
        (tmp_path, "dataset-invalid"),
        (tmp_path / "pipe", "file-unreadable"),
        (tmp_path / "loop", "file-unreadable"),
        (Path("/dev/zero"), "file-unreadable"),
        (tmp_path / ("x" * 300), "file-unreadable"),
        (tmp_path / "a\0b", "file-not-found"),
    ):
        refused(code, datasets.register, registry.assets, path, "bad")
    assert registry.assets.records() == []


def test_a_link_to_a_file_is_followed(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "link.txt").symlink_to(written(tmp_path, "real.txt", "one\n"))
    assert bodies(registry, tmp_path / "link.txt") == ["one"]


@pytest.mark.parametrize("name", ["", "a/b", "../x", "-a", "a ", " a", "a\tb", "ä", "a:1", "x" * 256, "a\n"])
def test_names(registry: Registry, tmp_path: Path, refused: Refused, name: str) -> None:
    path = written(tmp_path, "r.txt", "one\n")
    refused("asset-name-invalid", datasets.register, registry.assets, path, name)


def test_cancelled_leaves_nothing(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    token = CancelToken()
    token.cancel()
    path = written(tmp_path, "r.txt", "one\n" * 2000)
    refused("cancelled", datasets.register, registry.assets, path, "late", cancel=token)
    assert registry.assets.records() == []
    assert left(registry) == []


def left(registry: Registry) -> list[str]:
    """Scratch files and blobs that nobody needs."""
    scratch = registry.blobs.scratch
    return [str(path) for path in (*(scratch.iterdir() if scratch.is_dir() else ()), *registry.blobs.all())]


def test_a_name_may_have_blanks_between_words_as_in_azure(registry: Registry, tmp_path: Path) -> None:
    made = datasets.register(registry.assets, written(tmp_path, "r.txt", "one\n"), "diabetes dataset")
    assert made.name == "diabetes dataset"
    assert parse_reference("dataset", "diabetes dataset:1") == ("diabetes dataset", 1)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_lines_behind_a_mark_are_read_as_it_says(registry: Registry, tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, "requests.jsonl", '{"a": "é"}\r\n{"a": "ь"}\r\n'.encode(encoding))
    assert bodies(registry, path) == ['{"a": "é"}', '{"a": "ь"}']


def test_another_encoding_is_named_by_its_look(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    path = written(tmp_path, "requests.jsonl", '{"a": 1}\n{"a": "été"}\n'.encode("cp1252"))
    error = refused("dataset-invalid", datasets.register, registry.assets, path, "r")
    assert "is not UTF-8; by its look it is Windows-1252 (line 2)" in error.message


def test_a_folder_of_files_is_one_dataset(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    folder = tmp_path / "requests"
    folder.mkdir()
    error = refused("dataset-invalid", datasets.register, registry.assets, folder, "r")
    assert "is a folder without a file .jsonl, .json, .txt" in error.message
    written(folder, "b.jsonl", "3\n")
    written(folder, "a.json", "[1, 2]")
    written(folder, "notes.md", "none")
    assert bodies(registry, folder) == ["1", "2", "3"]
