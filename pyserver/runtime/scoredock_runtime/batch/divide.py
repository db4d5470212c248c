"""`python divide.py SPEC`: rows of tables into one file for each combination of values of some columns.

SPEC is a JSON file: `kind`, `files`, their `names`, `keys`, the `folder` for the files, `index` for the values of each,
and whether each row says where it comes from (`origin`). Groups stand in the order of their first rows, and rows in
that of the input. In memory are the values of the keys and some 64 MB of rows, however large the tables are.

It runs by the interpreter of a script, which reads Parquet, and needs nothing else of this package. What it prints is
JSON, one document a line: `bytes` that are behind it, `fault` for a file that is no such table, `package` for one that
is missing.
"""

import csv
import json
import os
import shutil
import sys
from typing import IO, Any, Dict, List, Tuple

FILE, ROW = "scoredock.input_file", "scoredock.input_row"
"""Columns of the files that say where a row comes from; run() does not get them."""
_MOST = 64 << 20
_FOLDER = 1000
_ROWS = 1 << 16
_LONGEST_FIELD = 1 << 28


class UnusableTable(ValueError):
    """A file that is not a table, or not one with these columns."""


class Groups:
    """Numbers of the combinations of values, and the files of them."""

    def __init__(self, spec: Dict[str, Any], suffix: str) -> None:
        self._folder = spec["folder"]
        self._suffix = suffix
        self._numbers = {}  # type: Dict[Tuple[str, ...], int]
        self._index = open(spec["index"], "w", encoding="ascii")  # noqa: SIM115 (until `close`)

    def number(self, values: Tuple[str, ...]) -> int:
        """The same for the same values; from 0."""
        number = self._numbers.get(values)
        if number is None:
            number = self._numbers[values] = len(self._numbers)
            self._index.write(json.dumps(values) + "\n")
            os.makedirs(os.path.dirname(self.path(number)), exist_ok=True)
        return number

    def path(self, number: int) -> str:
        return os.path.join(self._folder, f"{number // _FOLDER:06d}", f"{number:09d}{self._suffix}")

    def __len__(self) -> int:
        return len(self._numbers)

    def close(self) -> None:
        """Raises OSError where the index cannot be written."""
        self._index.flush()
        os.fsync(self._index.fileno())
        self._index.close()


class CsvTables:
    """Comma-separated UTF-8 with a header."""

    def __init__(self, spec: Dict[str, Any]) -> None:
        csv.field_size_limit(_LONGEST_FIELD)
        self._keys = spec["keys"]
        self._origin = spec["origin"]
        self._groups = Groups(spec, ".csv")
        self._columns = []  # type: List[str]
        self._rows = {}  # type: Dict[int, List[List[str]]]
        self._size = 0
        self._begun = 0
        """Groups whose files are there."""

    def add(self, path: str, name: str) -> None:
        """Raises OSError, UnusableTable."""
        with _text(path, "r") as stream:
            reader = csv.reader(stream)
            try:
                self._take(name, reader)
            except csv.Error as fault:
                raise UnusableTable(f"line {reader.line_num}: {fault}") from None

    def _take(self, name: str, reader: Any) -> None:
        columns = next(reader, [])  # type: List[str]
        places = _places(self._keys, columns, self._columns)
        self._columns = self._columns or columns
        width = len(columns)
        rows = (row for row in reader if row)
        for number, row in enumerate(rows):
            row = row[:width] + [""] * (width - len(row))
            group = self._groups.number(tuple(row[place] for place in places))
            if self._origin:
                row += [name, str(number)]
            self._rows.setdefault(group, []).append(row)
            self._size += sum(map(len, row)) + 50 * width
            if self._size > _MOST:
                self._flush()

    def _flush(self) -> None:
        for group in sorted(self._rows):
            with _text(self._groups.path(group), "a") as stream:
                # With this line end older Pythons, too, put a field in quotes that holds half of it.
                writer = csv.writer(stream, lineterminator="\r\n")
                if group >= self._begun:
                    writer.writerow(self._columns + [FILE, ROW] * self._origin)
                writer.writerows(self._rows[group])
        self._begun, self._size = len(self._groups), 0
        self._rows.clear()

    def finish(self) -> None:
        """Raises OSError."""
        self._flush()
        self._groups.close()


class ParquetTables:
    """Written as they are read, with the types of the first file."""

    def __init__(self, spec: Dict[str, Any]) -> None:
        import pyarrow.parquet  # noqa: F401

        self._keys = spec["keys"]
        self._origin = spec["origin"]
        self._groups = Groups(spec, ".parquet")
        self._pieces = os.path.join(spec["folder"], "pieces")
        self._counts = {}  # type: Dict[int, int]
        """Of the pieces of a group."""
        self._schema = None  # type: Any
        self._tables = {}  # type: Dict[int, List[Any]]
        self._size = 0

    def add(self, path: str, name: str) -> None:
        """Raises OSError, UnusableTable."""
        import pyarrow
        import pyarrow.parquet

        try:
            file = pyarrow.parquet.ParquetFile(path)
            schema = file.schema_arrow.remove_metadata()
            _places(self._keys, schema.names, self._schema.names if self._schema is not None else [])
            self._schema = schema if self._schema is None else self._schema
            first = 0
            for batch in file.iter_batches(batch_size=_ROWS):
                table = pyarrow.Table.from_batches([batch]).replace_schema_metadata(None).cast(self._schema)
                self._take(name, first, table)
                first += len(table)
        except pyarrow.ArrowException as fault:
            raise UnusableTable(str(fault)) from None

    def _take(self, name: str, first: int, table: Any) -> None:
        import pyarrow

        if not len(table):
            return
        columns = [["" if each is None else str(each) for each in table[key].to_pylist()] for key in self._keys]
        if self._origin:
            table = table.append_column(FILE, pyarrow.array([name] * len(table), pyarrow.string()))
            table = table.append_column(ROW, pyarrow.array(range(first, first + len(table)), pyarrow.int64()))
        places = {}  # type: Dict[int, List[int]]
        for place, values in enumerate(zip(*columns)):
            places.setdefault(self._groups.number(values), []).append(place)
        for group, chosen in places.items():
            part = table.take(pyarrow.array(chosen))
            self._tables.setdefault(group, []).append(part)
            self._size += part.nbytes
        if self._size > _MOST:
            self._flush()

    def _flush(self) -> None:
        import pyarrow
        import pyarrow.parquet

        os.makedirs(self._pieces, exist_ok=True)
        for group, tables in self._tables.items():
            number = self._counts.get(group, 0)
            pyarrow.parquet.write_table(pyarrow.concat_tables(tables), self._piece(group, number))
            self._counts[group] = number + 1
        self._tables.clear()
        self._size = 0

    def _piece(self, group: int, number: int) -> str:
        return os.path.join(self._pieces, f"{group}-{number}")

    def finish(self) -> None:
        """Raises OSError."""
        import pyarrow
        import pyarrow.parquet

        for group in range(len(self._groups)):
            writer = None
            for number in range(self._counts.get(group, 0)):
                table = pyarrow.parquet.read_table(self._piece(group, number))
                writer = writer or pyarrow.parquet.ParquetWriter(self._groups.path(group), table.schema)
                writer.write_table(table)
            rest = self._tables.pop(group, [])
            if rest:
                writer = writer or pyarrow.parquet.ParquetWriter(self._groups.path(group), rest[0].schema)
                writer.write_table(pyarrow.concat_tables(rest))
            if writer is not None:
                writer.close()
        shutil.rmtree(self._pieces, ignore_errors=True)
        self._groups.close()


def _places(keys: List[str], columns: List[str], first: List[str]) -> List[int]:
    """Positions of the keys among the columns. Raises UnusableTable."""
    if first and columns != first:
        raise UnusableTable(f"it has the columns {', '.join(columns)}, and the first file has {', '.join(first)}")
    missing = [key for key in keys if key not in columns]
    if missing:
        raise UnusableTable(f"it has no column {missing[0]!r}, only {', '.join(columns)}")
    return [columns.index(key) for key in keys]


def _text(path: str, mode: str) -> IO[str]:
    """File open for text, in which bytes that are not UTF-8 stay as they are."""
    encoding = "utf-8-sig" if mode == "r" else "utf-8"
    return open(path, mode, encoding=encoding, errors="surrogateescape", newline="")


def main(arguments: List[str]) -> int:
    """The exit code."""
    with open(arguments[0], encoding="utf-8") as stream:
        spec = json.load(stream)
    try:
        tables = CsvTables(spec) if spec["kind"] == "csv" else ParquetTables(spec)  # type: Any
    except ImportError as fault:
        return _tell(package=str(fault))
    size = 0
    for path, name in zip(spec["files"], spec["names"]):
        try:
            tables.add(path, name)
            size += os.path.getsize(path)
        except (UnusableTable, OSError) as fault:
            return _tell(fault=str(fault) if isinstance(fault, UnusableTable) else fault.strerror, path=path)
        _tell(bytes=size)
    tables.finish()
    return 0


def _tell(**facts: Any) -> int:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()
    return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
