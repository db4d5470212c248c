"""Datasets of sample requests: one request body a row, stored so that every body comes back byte for byte."""

from __future__ import annotations

import codecs
import contextlib
import csv
import hashlib
import io
import itertools
import json
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress, Silent
from scoredock.registry.assets.assets import Assets
from scoredock.registry.blobs.plain_files import open_regular, too_large
from scoredock.registry.grammar import printable
from scoredock.registry.records import AssetRecord

FILE = "rows.jsonl"
"""Where the rows of a version lie: each line is one JSON string, the body."""
_ENDINGS = (".jsonl", ".json", ".txt")
"""Of the files that count in a folder."""
_STEP = 1000
"""The place of every so many rows is remembered, so that a page reads at most so many rows it does not show."""
_PIECE_BYTES = 1 << 20
_PAGE_BYTES = 8_000_000
_PAGE_ROWS = 1000


@dataclass(frozen=True, slots=True)
class DatasetLimits:
    """Limits of the size of a dataset."""

    bytes: int = 100_000_000
    """Of the file."""
    row_bytes: int = 1_000_000
    rows: int = 100_000


@dataclass(frozen=True, slots=True)
class DatasetPage:
    """Rows that follow one another."""

    rows: tuple[str, ...]
    total: int
    """Rows of the whole dataset."""


def register(
    assets: Assets,
    path: Path,
    name: str,
    *,
    description: str = "",
    tags: Mapping[str, str] | None = None,
    limits: DatasetLimits | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> AssetRecord:
    """The next version of a dataset, from a text file with one body a line, a JSON file with a list of bodies,
    or a table (.csv, .tsv).

    Raises dataset-invalid with the line, file-not-found, file-unreadable, file-too-large, and what `Assets.add` raises.
    """
    assets.require("dataset", name, description, tags or {})
    token = cancel or CancelToken()
    (progress or Silent()).report(l10n.t("Reading {name}", name=path.name))
    content, files = stored_bodies(read_bodies(path, limits or DatasetLimits(), token), path.name)
    return assets.add("dataset", name, content, files, description=description, tags=tags, cancel=token)


def stored_bodies(
    bodies: Iterable[str], source: str
) -> tuple[Callable[[], Mapping[str, object]], dict[str, Iterable[bytes]]]:
    """Arguments of `Assets.add` for a dataset of request bodies: facts that are known when they are written, and the
    file. `source` says where they are from."""
    stored = _CountingWriter()

    def facts() -> Mapping[str, object]:
        return {"rows": stored.rows, "size": stored.size, "index": stored.index, "source": source}

    return facts, {FILE: stored.lines(bodies)}


class _CountingWriter:
    """Counts what goes by on its way into the store."""

    def __init__(self) -> None:
        self.rows = 0
        self.size = 0
        """Bytes of all bodies."""
        self.index: list[int] = []
        """Where row 0, 1000, 2000, … begin in the stored file."""

    def lines(self, bodies: Iterable[str]) -> Iterator[bytes]:
        """The stored form of the bodies, in pieces that are worth a write."""
        piece = bytearray()
        written_bytes = 0
        for body in bodies:
            if self.rows % _STEP == 0:
                self.index.append(written_bytes + len(piece))
            piece += json.dumps(body, ensure_ascii=False).encode() + b"\n"
            self.rows += 1
            self.size += len(body.encode())
            if len(piece) >= _PIECE_BYTES:
                yield bytes(piece)
                written_bytes += len(piece)
                piece.clear()
        yield bytes(piece)


def read_bodies(path: Path, limits: DatasetLimits, cancel: CancelToken) -> Iterator[str]:
    """The request bodies of a file, or of such files in a folder by their names, in order. Raises as `register` does;
    what has no body is refused at its end."""
    count = 0
    for file in _files_of(path, limits):
        with open_regular(file, limits.bytes) as stream:
            for line, body in _READERS.get(file.suffix.lower(), _of_lines)(file, stream, limits, cancel):
                count += 1
                if count > limits.rows:
                    raise _invalid(
                        file,
                        l10n.t("has more than {count} rows, which is the most a dataset may have", count=limits.rows),
                        line,
                    )
                yield body
    if not count:
        raise _invalid(path, l10n.t("contains no request bodies"), None)


def _files_of(path: Path, limits: DatasetLimits) -> list[Path]:
    """Raises `dataset-invalid` for a folder without such files, `file-too-large`, `file-unreadable`."""
    if not os.path.isdir(path):  # noqa: PTH112 (never raises, whatever the name)
        return [path]
    try:
        files = sorted(each for each in path.iterdir() if each.suffix.lower() in _ENDINGS and each.is_file())
    except OSError as error:
        text = l10n.t("{path} cannot be read: {strerror}.", path=printable(str(path)), strerror=error.strerror)
        raise ScoredockError("file-unreadable", text, place=Place(str(path))) from None
    if not files:
        raise _invalid(path, l10n.t("is a folder without a file {names}", names=", ".join(_ENDINGS)), None)
    if sum(each.stat().st_size for each in files) > limits.bytes:
        raise too_large(path, limits.bytes)
    return files


def rows(assets: Assets, record: AssetRecord, offset: int = 0, limit: int = 100) -> DatasetPage:
    """Up to `limit` rows from `offset` on (at most 1,000, and about 8 MB), without reading those far before or behind.

    Raises model-damaged.
    """
    total, index = _facts(record)
    file = record.files[0]
    offset, limit = max(0, offset), min(max(0, limit), _PAGE_ROWS)
    if offset >= total or limit == 0:
        return DatasetPage((), total)
    bodies: list[str] = []
    read = 0
    try:
        with assets.path(record, file).open("rb") as stream:
            stream.seek(index[offset // _STEP])
            for _ in range(offset % _STEP):
                stream.readline()
            while len(bodies) < min(limit, total - offset) and (not bodies or read < _PAGE_BYTES):
                line = stream.readline()
                read += len(line)
                body = json.loads(line)
                if not isinstance(body, str):
                    raise ValueError("not a text")
                bodies.append(body)
    except (OSError, ValueError, RecursionError, IndexError) as error:
        raise assets.damaged(record, file) from error
    return DatasetPage(tuple(bodies), total)


def every_row(assets: Assets, record: AssetRecord) -> Iterator[str]:
    """All rows, a page at a time. Raises model-damaged."""
    offset = 0
    while (page := rows(assets, record, offset, _PAGE_ROWS)).rows:
        yield from page.rows
        offset += len(page.rows)


def summary(record: AssetRecord) -> str:
    """`12 rows · 1.4 kB`."""
    count, _ = _facts(record)
    size = record.content.get("size")
    rows = l10n.t("1 row") if count == 1 else l10n.t("{count:,} rows", count=count)
    return f"{rows} · {_size(size if isinstance(size, int) else 0)}"


def _facts(record: AssetRecord) -> tuple[int, list[int]]:
    total, index = record.content.get("rows"), record.content.get("index")
    return total if isinstance(total, int) else 0, index if isinstance(index, list) else []


def _of_lines(path: Path, stream: BinaryIO, limits: DatasetLimits, cancel: CancelToken) -> Iterator[tuple[int, str]]:
    from scoredock.file_text import UTF_8, file_text, marked_codec

    number = read = 0
    if (codec := marked_codec(stream.read(4))) not in ("", UTF_8):
        stream = io.BytesIO(_whole(path, stream, codec, limits))  # lines end otherwise there
    stream.seek(0)
    longest = limits.row_bytes + 5  # a byte order mark and the line end do not count
    while line := stream.readline(longest):
        number += 1
        read += len(line)
        if read > limits.bytes:  # it grows while it is read
            raise too_large(path, limits.bytes)
        if number % 1000 == 0:
            cancel.raise_if_cancelled()
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        line = line.removesuffix(b"\n").removesuffix(b"\r")
        if len(line) > limits.row_bytes:
            raise _too_long(path, number, limits)
        try:
            body = line.decode("utf-8")
        except UnicodeDecodeError:
            encoding = file_text(line, path.name).encoding.name
            raise _invalid(
                path, l10n.t("is not UTF-8; by its look it is {encoding}", encoding=encoding), number
            ) from None
        if body.strip():
            yield number, body


def _whole(path: Path, stream: BinaryIO, codec: str, limits: DatasetLimits) -> bytes:
    """Content of the file as UTF-8."""
    stream.seek(0)
    content = stream.read(limits.bytes + 1)
    if len(content) > limits.bytes:  # it grows while it is read
        raise too_large(path, limits.bytes)
    try:
        return content.decode(codec).encode()
    except UnicodeError:
        raise _invalid(path, l10n.t("has bytes that are not {encoding}", encoding=codec.upper()), None) from None


def _of_json(path: Path, stream: BinaryIO, limits: DatasetLimits, cancel: CancelToken) -> Iterator[tuple[int, str]]:
    """The items of a list, each exactly as it is written; a text stands for the body that it spells. Anything but a
    list is one body.
    """
    content = stream.read(limits.bytes + 1)
    if len(content) > limits.bytes:
        raise too_large(path, limits.bytes)
    from scoredock.file_text import file_text

    read = file_text(content, path.name)
    if not read.encoding.is_readable:
        raise _invalid(path, l10n.t("cannot be read: {reason}", reason=read.fault), None)
    text = read.text
    decoder = json.JSONDecoder()
    position = _blank(text, 0)
    line = 1 + text.count("\n", 0, position)
    if text[position : position + 1] != "[":
        value, end = _value(path, text, position, line, decoder)
        if _blank(text, end) != len(text):
            raise _invalid(path, l10n.t("continues after its JSON value"), 1 + text.count("\n", 0, _blank(text, end)))
        yield line, _body(path, text[position:end], value, line, limits)
        return
    line_position = position
    position = _blank(text, position + 1)
    if text[position : position + 1] == "]":
        position += 1
    else:
        while True:
            cancel.raise_if_cancelled()
            line += text.count("\n", line_position, position)
            line_position = position
            value, end = _value(path, text, position, line, decoder)
            yield line, _body(path, text[position:end], value, line, limits)
            position = _blank(text, end)
            mark = text[position : position + 1]
            position = _blank(text, position + 1)
            if mark == "]":
                break
            if mark != ",":
                raise _invalid(
                    path, l10n.t("is not JSON: a comma or ] is missing"), line + text.count("\n", line_position, end)
                )
    rest = _blank(text, position)
    if rest != len(text):
        raise _invalid(path, l10n.t("continues after its list"), 1 + text.count("\n", 0, rest))


def _of_table(path: Path, stream: BinaryIO, limits: DatasetLimits, cancel: CancelToken) -> Iterator[tuple[int, str]]:
    """Rows as JSON objects with the names of the first line, each column of one type, as `from_delimited_files` of the
    SDK reads them."""
    lines = (f"{body}\n" for _, body in _of_lines(path, stream, limits, cancel))
    header = next(lines, "")
    separator = next((each for each in "\t;|" if each in header and "," not in header), ",")
    reader = csv.DictReader(itertools.chain([header], lines), delimiter=separator, skipinitialspace=True)
    rows: list[tuple[int, dict[str, str]]] = []
    try:
        for row in reader:
            cells = {name.strip(): text or "" for name, text in row.items() if name is not None}
            rows.append((reader.line_num, cells))
            if len(rows) > limits.rows:  # who takes them says so
                break
    except csv.Error as error:
        raise _invalid(path, l10n.t("cannot be read: {reason}", reason=error), reader.line_num) from None
    names = dict.fromkeys(name for _, row in rows for name in row)
    kinds = {name: _kind(row.get(name, "").strip() for _, row in rows) for name in names}
    for number, row in rows:
        values = {name: kinds[name](text.strip()) if text.strip() else None for name, text in row.items()}
        yield number, json.dumps(values, ensure_ascii=False)


def _kind(words: Iterable[str]) -> Callable[[str], object]:
    """Function that makes the values of a column from its texts."""
    filled = [word for word in words if word and word.lower() != "nan"]  # which is null, as JSON has none
    kinds = (_TRUTH.get, _whole_number, _number)
    return next((kind for kind in kinds if filled and all(kind(word) is not None for word in filled)), str)


def _whole_number(word: str) -> int | None:
    with contextlib.suppress(ValueError):
        return int(word)
    return None


def _number(word: str) -> float | None:
    with contextlib.suppress(ValueError):
        if math.isfinite(number := float(word)):
            return number
    return None


_TRUTH: dict[str, bool] = {
    **dict.fromkeys(("true", "True", "TRUE", "t", "T", "Yes", "YES", "Y"), True),
    **dict.fromkeys(("false", "False", "FALSE", "f", "F", "No", "NO", "N"), False),
}
_READERS = {".json": _of_json, ".csv": _of_table, ".tsv": _of_table}
"""By the ending of a file; other files have one body a line."""


def _value(path: Path, text: str, position: int, line: int, decoder: json.JSONDecoder) -> tuple[object, int]:
    try:
        return decoder.raw_decode(text, position)
    except json.JSONDecodeError as error:
        raise _invalid(path, l10n.t("is not JSON: {reason}", reason=error.msg), error.lineno) from None
    except (RecursionError, ValueError):
        raise _invalid(path, l10n.t("is nested too deeply or has a number that is too long"), line) from None


def _body(path: Path, source_text: str, value: object, line: int, limits: DatasetLimits) -> str:
    body = value if isinstance(value, str) else source_text
    try:
        size = len(body.encode())
    except UnicodeEncodeError:
        raise _invalid(path, l10n.t("contains half a character, which cannot be sent in a request"), line) from None
    if size > limits.row_bytes:
        raise _too_long(path, line, limits)
    return body


def _blank(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    return position


def _too_long(path: Path, line: int, limits: DatasetLimits) -> ScoredockError:
    return _invalid(path, l10n.t("has a row of more than {size}", size=_size(limits.row_bytes)), line)


def _invalid(path: Path, what: str, line: int | None) -> ScoredockError:
    shown = printable(str(path))
    return ScoredockError(
        "dataset-invalid",
        l10n.t("{path} {problem} (line {line}).", path=shown, problem=what, line=line)
        if line is not None
        else l10n.t("{path} {problem}.", path=shown, problem=what),
        place=Place(str(path), line - 1 if line is not None else None),
    )


def _size(count: int) -> str:
    amount = float(count)
    for unit in ("B", "kB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} MB"


def files_of_dataset(workspace: Path, reference: str) -> list[str]:
    """Files that a script of the SDK made the dataset `name:version` of, where it did."""
    mark = hashlib.sha256(reference.encode()).hexdigest()[:16]
    try:
        document = json.loads((workspace / "sdk" / f"dataset.{mark}" / "files.json").read_text("utf-8"))
        return [str(path) for path, _ in document["files"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []
