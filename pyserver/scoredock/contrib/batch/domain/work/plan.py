"""The mini-batches of a job, one after the other and in the order of the input, never all of them in memory.

Those of files follow from the listing alone. Where the rows of tables are divided is written down as it goes on: a
file that changes afterwards takes nothing from the numbers of the others, and a job that goes on searches nothing
twice.
"""

from __future__ import annotations

import itertools
import json
import os
import re
from array import array
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.contrib.batch.domain.work.configuration import BatchConfiguration
from scoredock.contrib.batch.domain.work.csv_rows import RowTooLong, header_end, split
from scoredock.contrib.batch.domain.work.csv_text import text_fault
from scoredock.contrib.batch.domain.work.inputs import InputFile, problem_of, read_listing
from scoredock.contrib.batch.domain.work.parquet_rows import Footer, NoParquet, read_footer
from scoredock.contrib.batch.domain.work.sizes import MiniBatchSize
from scoredock.late_dataclass import dataclass

_NONE = InputFile("", 0, 0)
_WHOLE = MiniBatchSize(1 << 60, "bytes")
"""All rows of a file."""


@dataclass(frozen=True, slots=True)
class MiniBatch:
    """The input of one call of run()."""

    index: int
    """From 0, in the order of the input."""
    files: tuple[InputFile, ...]
    """For run(); of a table its one file."""
    items: int
    """Files; of a table the rows that were counted, 0 where nobody could."""
    start: int = 0
    """Of a CSV file the first byte, of a Parquet file the first row."""
    end: int = 0
    """Behind the last one; 0 for a list of files."""
    head: int = 0
    """Of a CSV file: bytes of its header."""
    row: int = 0
    """Number of the first row in the file, from 0."""
    keys: tuple[tuple[str, str], ...] = ()
    """Values of the partition keys."""
    fault: str = ""
    """Why it cannot be divided or read; run() is not called."""

    @property
    def problem(self) -> str:
        """Reason why run() cannot be called for it now; empty if it can."""
        return self.fault or next(filter(None, map(problem_of, self.files)), "")

    def name(self) -> str:
        """Name for people: `part-1.csv, rows 200 to 299`."""
        first = os.path.basename(self.files[0].path)  # noqa: PTH119 (a million of them)
        if self.end and self.keys:
            return ", ".join(f"{key}={value}" for key, value in self.keys)
        if self.end:
            return l10n.t("{file}, rows {first} to {last}", file=first, first=self.row, last=self.row + self.items - 1)
        count = len(self.files)
        return first if count == 1 else l10n.t("{file} and {count} more", file=first, count=count - 1)


class BatchPlan:
    """Mini-batches of one job. Each walk over it gives the same mini-batches under the same numbers."""

    def __init__(
        self, configuration: BatchConfiguration, listing: Path, table: Path, values: Path | None = None
    ) -> None:
        """`table` is where the parts of tables are kept; it need not be there. `values` has those of the partition
        keys, a line for each file, where the files were made by them."""
        self._configuration = configuration
        self._listing = listing
        self._table = table
        self._values = values if values is not None and values.exists() else None

    def __iter__(self) -> Iterator[MiniBatch]:
        """Raises OSError for the job's own files."""
        if self._configuration.input_format != "files":
            return self._keyed_parts() if self._configuration.partition_keys else self._parts()
        return self._partitions() if self._configuration.partition_keys else self._lists()

    def _lists(self) -> Iterator[MiniBatch]:
        files: list[InputFile] = []
        index = 0
        for _, file in read_listing(self._listing):
            files.append(file)
            if len(files) == self._configuration.size.count:
                yield MiniBatch(index, tuple(files), len(files))
                index, files = index + 1, []
        if files:
            yield MiniBatch(index, tuple(files), len(files))

    def _partitions(self) -> Iterator[MiniBatch]:
        """Groups in the order of their first files; only where the lines of each begin is kept."""
        keys = self._configuration.partition_keys
        pattern = self._configuration.key_pattern
        groups: dict[tuple[str, ...] | None, array[int]] = {}
        for offset, file in read_listing(self._listing):
            groups.setdefault(_key_of(pattern, keys, file.path), array("Q")).append(offset)
        for index, (values, offsets) in enumerate(groups.items()):
            files = tuple(next(read_listing(self._listing, each))[1] for each in offsets)
            yield self._with_keys(MiniBatch(index, files, len(files)), values)

    def _with_keys(self, batch: MiniBatch, values: tuple[str, ...] | None) -> MiniBatch:
        keys = self._configuration.partition_keys
        if values is None:
            fault = l10n.t("The path does not have the partition keys {keys}.", keys=", ".join(keys))
            return replace(batch, fault=batch.fault or fault)
        return replace(batch, keys=tuple(zip(keys, values, strict=True)))

    # Tables

    def _keyed_parts(self) -> Iterator[MiniBatch]:
        """Each table whole, with its keys or those of its path."""
        keys = self._configuration.partition_keys
        if self._values is not None:
            with self._values.open("rb") as lines:
                for part, line in zip(self._parts(), lines, strict=True):
                    yield self._with_keys(part, tuple(json.loads(line)))
            return
        pattern = self._configuration.key_pattern
        for part in self._parts():
            yield self._with_keys(part, _key_of(pattern, keys, part.files[0].path))

    @property
    def _size(self) -> MiniBatchSize:
        return _WHOLE if self._configuration.partition_keys else self._configuration.size

    def _parts(self) -> Iterator[MiniBatch]:
        files = (file for _, file in read_listing(self._listing))
        index, number, file = 0, -1, _NONE
        after: tuple[int, int] | None = None  # where the last part ends, and its next row
        columns: tuple[str, ...] | None = None
        kept, size = _kept(self._table)
        for record in kept:
            while number < record[0]:
                number, file = number + 1, next(files)
            part = _part(index, file, record)
            columns = columns or self._columns(file, part)
            yield part
            index += 1
            after = (part.end, part.row + part.items) if part.end else None
        self._table.touch(mode=0o600)
        with self._table.open("ab") as stream:
            stream.truncate(size)
            while True:
                if after is None:
                    following = next(files, None)
                    if following is None:
                        return
                    number, file = number + 1, following
                for part in self._divided(index, file, after, columns):
                    record = [number, part.items, part.start, part.end, part.head, part.row, part.fault]
                    stream.write(json.dumps(record, ensure_ascii=True).encode() + b"\n")
                    stream.flush()
                    columns = columns or self._columns(file, part)
                    yield part
                    index = part.index + 1
                after = None

    def _columns(self, file: InputFile, part: MiniBatch) -> tuple[str, ...] | None:
        """Columns of the first file that can be read, which all others must have; None if it cannot be read."""
        if part.fault:
            return None
        try:
            with open(file.path, "rb") as stream:  # noqa: PTH123
                return _csv_columns(stream.read(part.head)) if part.head else read_footer(stream).columns
        except (OSError, NoParquet):
            return None

    def _divided(
        self, index: int, file: InputFile, after: tuple[int, int] | None, columns: tuple[str, ...] | None
    ) -> Iterator[MiniBatch]:
        """The parts of one file, from a place on; what is wrong with it is a mini-batch that fails."""
        fault = problem_of(file)
        if not fault:
            divided = self._of_csv if self._configuration.input_format == "csv" else self._of_parquet
            try:
                for part in divided(index, file, after, columns):
                    yield part
                    index = part.index + 1
            except OSError as error:
                fault = l10n.t("{path} cannot be read: {reason}.", path=file.path, reason=error.strerror or str(error))
            except (NoParquet, RowTooLong, _OtherColumns, _OtherText) as error:
                fault = _said(file, error)
        if fault:
            yield MiniBatch(index, (file,), 0, fault=fault)

    def _of_csv(
        self, index: int, file: InputFile, after: tuple[int, int] | None, columns: tuple[str, ...] | None
    ) -> Iterator[MiniBatch]:
        with open(file.path, "rb") as stream:  # noqa: PTH123
            head = header_end(stream)
            stream.seek(0)
            header = stream.read(head)
            fault = text_fault(header)
            if fault:
                raise _OtherText(fault.reason)
            _require_same(columns, _csv_columns(header))
            start, row = after or (head, 0)
            for part in split(stream, start, self._size):
                yield MiniBatch(index, (file,), part.rows, part.start, part.end, head, row)
                index, row = index + 1, row + part.rows

    def _of_parquet(
        self, index: int, file: InputFile, after: tuple[int, int] | None, columns: tuple[str, ...] | None
    ) -> Iterator[MiniBatch]:
        with open(file.path, "rb") as stream:  # noqa: PTH123
            footer = read_footer(stream)
        _require_same(columns, footer.columns)
        step = _rows_of(footer, self._size)
        for start in range(after[0] if after else 0, footer.rows, step):
            end = min(footer.rows, start + step)
            yield MiniBatch(index, (file,), end - start, start, end, row=start)
            index += 1


class PlanAhead:
    """A plan whose next mini-batch is there before a worker waits for it."""

    def __init__(self, plan: Iterator[MiniBatch]) -> None:
        self._plan = plan
        self._next: list[MiniBatch] = []

    def __iter__(self) -> Iterator[MiniBatch]:
        return self

    def __next__(self) -> MiniBatch:
        return self._next.pop() if self._next else next(self._plan)

    def look(self) -> None:
        """While all workers have one. Raises what the plan raises."""
        if not self._next:
            self._next.extend(itertools.islice(self._plan, 1))


class _OtherText(ValueError):
    """The header of a file is not UTF-8."""


class _OtherColumns(ValueError):
    """The columns of a file are not those of the first one."""


def _key_of(pattern: re.Pattern[str], keys: tuple[str, ...], path: str) -> tuple[str, ...] | None:
    match = pattern.match(path.replace(os.sep, "/"))
    return tuple(match[key] for key in keys) if match else None


def _rows_of(footer: Footer, size: MiniBatchSize) -> int:
    if size.unit == "items":
        return size.count
    return max(1, footer.rows * size.count // max(1, footer.bytes))


def _csv_columns(head: bytes) -> tuple[str, ...]:
    """Columns as the head names them; a mark of the order of bytes and the line end are not part of it."""
    return tuple(head.decode("utf-8-sig", "replace").strip("\r\n").split(","))


def _require_same(first: tuple[str, ...] | None, columns: tuple[str, ...]) -> None:
    if first is not None and columns != first:
        raise _OtherColumns(", ".join(columns)[:200], ", ".join(first)[:200])


def _said(file: InputFile, error: ValueError) -> str:
    if isinstance(error, _OtherColumns):
        return l10n.t(
            "{path} has the columns {columns}, and the first file has {first}.",
            path=file.path,
            columns=error.args[0],
            first=error.args[1],
        )
    if isinstance(error, _OtherText):
        return l10n.t("{path} is not comma-separated UTF-8: {reason}.", path=file.path, reason=error)
    reason = str(error) or l10n.t("a row is longer than 256 MB; is a quote never closed?")
    return l10n.t("{path} cannot be read: {reason}.", path=file.path, reason=reason)


def _kept(table: Path) -> tuple[list[list[Any]], int]:
    """The parts that were written down, and how many bytes of the file they are; a torn line at its end counts not."""
    records: list[list[Any]] = []
    size = 0
    try:
        with table.open("rb") as stream:
            for line in stream:
                record = json.loads(line) if line.endswith(b"\n") else None
                if not isinstance(record, list) or len(record) != 7:
                    break
                records.append(record)
                size += len(line)
    except (FileNotFoundError, ValueError):
        pass
    return records, size


def _part(index: int, file: InputFile, record: list[Any]) -> MiniBatch:
    _, items, start, end, head, row, fault = record
    return MiniBatch(index, (file,), items, start, end, head, row, fault=fault)
