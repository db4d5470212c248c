"""Ways to make a dataset: `Dataset.Tabular.from_…` and `Dataset.File.from_files`."""

from __future__ import annotations

import datetime
import decimal
import glob
import json
import math
import os
import urllib.request
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from azureml._scoredock.failures import not_here
from azureml._scoredock.paths import here
from azureml.data import _column_types
from azureml.data._delimited import Delimited, header_of, typed, with_columns
from azureml.data._partition_format import PartitionFormat
from azureml.data.data_reference import DataReference, on_store
from azureml.data.file_dataset import FileDataset
from azureml.data.tabular_dataset import RegisteredDataset, TabularDataset
from azureml.exceptions import UserErrorException

_CODECS = {"utf8": "utf-8-sig", "utf8bom": "utf-8-sig", "iso88591": "latin-1", "windows1252": "cp1252"}
"""Encodings as the SDK names them, where Python has another name, or takes the mark of the order of bytes for text."""
_SHOWN = {"utf-8-sig": "UTF-8"}
_SECONDS = 60
_ROWS_BYTES = 100_000_000
"""The most that a dataset of rows may have; files of more are never read as text."""
_PATH = "Path"
"""The column that `include_path` adds."""
_NOTHING = object()
"""A line without a value: null is one."""
_INSTEAD = "Write one request body a line into a text file, and use Dataset.Tabular.from_delimited_files."


class DataType:
    """Type that the values of a column are converted to."""

    def __init__(self, convert: Callable[[str], Any]) -> None:
        self.convert = convert

    def of_any(self, value: Any) -> Any:
        """Converted value of a column; `value` need not be text."""
        return self.convert(value if isinstance(value, str) else json.dumps(value))

    @staticmethod
    def to_string() -> "DataType":
        """Text as it is written."""
        return DataType(str)

    @staticmethod
    def to_stream(workspace: Any = None, escaped: bool = False) -> "DataType":
        """The path of a file, as it is written."""
        return DataType(str)

    @staticmethod
    def to_datetime(formats: Any = None) -> "DataType":
        """A moment, by one of the formats; other text is null."""
        given = [formats] if isinstance(formats, str) else list(formats or ())
        return DataType(lambda text: _column_types.to_moment(text, given))

    @staticmethod
    def to_long() -> "DataType":
        """A whole number; other text is null."""
        return DataType(_column_types.to_whole)

    @staticmethod
    def to_float(decimal_mark: str = ".") -> "DataType":
        """A number; other text is null."""
        return DataType(lambda text: _column_types.to_number(text, decimal_mark))

    @staticmethod
    def to_bool() -> "DataType":
        """True or False; other text is null."""
        return DataType(_column_types.to_truth)


class TabularDatasetFactory:
    """Rows of text files: each is one request body of a sample."""

    @staticmethod
    def from_delimited_files(
        path: Any,
        validate: bool = True,
        include_path: bool = False,
        infer_column_types: bool = True,
        set_column_types: Any = None,
        separator: str = ",",
        header: Any = True,
        partition_format: Any = None,
        support_multi_line: bool = False,
        empty_as_string: bool = False,
        encoding: str = "utf8",
    ) -> TabularDataset:
        """Lines of the files; without NO_HEADERS the first line of each is none. Lines of several columns become JSON
        objects, with the names of the first line or Column1, Column2, …, each column of one type: of words such as Yes
        and No truth values, else numbers, moments or texts. Columns of the path come first. Raises UserErrorException
        for a file of another encoding, and for files without a row."""
        partition = PartitionFormat(partition_format)
        files = Delimited(separator, header_of(header))
        rows: List[Any] = []
        for place, text in _texts(path, _codec(encoding)):
            own = {**({_PATH: place} if include_path else {}), **partition.values(place)}
            found = files.rows(text, as_table=bool(own))
            rows += [{**own, **row} for row in found] if own else found
        _require_rows(rows, path, validate)
        types = {name: each.convert for name, each in (set_column_types or {}).items()}
        made = TabularDataset(*typed(rows, "" if empty_as_string else None, types, infer_column_types))
        made.partition_keys = partition.columns
        return made

    @staticmethod
    def register_pandas_dataframe(
        dataframe: Any,
        target: Any,
        name: str,
        description: Optional[str] = None,
        tags: Optional[Dict[str, str]] = None,
        row_group_size: Any = None,
        show_progress: bool = True,
        make_target_path_unique: bool = True,
    ) -> RegisteredDataset:
        """Registers its rows as JSON objects, in the workspace of the datastore that is given."""
        store = target[0] if isinstance(target, tuple) else getattr(target, "datastore", target)
        made = TabularDataset(rows_of(dataframe))
        return made.register(store.workspace, name, description, tags, create_new_version=True)

    @staticmethod
    def from_json_lines_files(
        path: Any,
        validate: bool = True,
        include_path: bool = False,
        set_column_types: Any = None,
        partition_format: Any = None,
        invalid_lines: str = "error",
        encoding: str = "utf8",
    ) -> TabularDataset:
        """Lines of the files; JSON objects have all the same columns afterwards, those of the path behind those of the
        first line. Raises UserErrorException for a line that is not JSON, unless `invalid_lines` is "drop"."""
        if invalid_lines not in ("error", "drop"):
            raise UserErrorException(f"Expected 'error' or 'drop' as value for invalid_lines, found {invalid_lines}")
        rows: List[Any] = []
        partition = PartitionFormat(partition_format)
        for place, text in _texts(path, _codec(encoding)):
            for number, line in enumerate(text.split("\n"), 1):
                value = _json_of(line, place, number, invalid_lines) if line.strip() else _NOTHING
                if isinstance(value, dict):
                    before = {_PATH: place} if include_path else {}
                    rows.append({**before, **value, **partition.values(place)})
                elif value is not _NOTHING:
                    rows.append(line.strip())
        _require_rows(rows, path, validate)
        return _table(rows, set_column_types, partition)

    @staticmethod
    def from_parquet_files(
        path: Any,
        validate: bool = True,
        include_path: bool = False,
        set_column_types: Any = None,
        partition_format: Any = None,
    ) -> TabularDataset:
        """Rows as JSON objects, read with pandas of the script's own Python; columns of the path are the last ones."""
        partition = PartitionFormat(partition_format)
        rows: List[Any] = []
        try:
            import pandas  # type: ignore[import-untyped, unused-ignore]

            for place in _files(path):
                shown = os.path.abspath(place)
                before = {_PATH: shown} if include_path else {}
                rows += [
                    {**before, **json.loads(row), **partition.values(shown)}
                    for row in rows_of(pandas.read_parquet(place))
                ]
        except ImportError as error:
            raise not_here(f"A dataset from Parquet files without pandas and pyarrow ({error})", _INSTEAD) from None
        _require_rows(rows, path, validate)
        return _table(rows, set_column_types, partition)

    @staticmethod
    def from_sql_query(
        query: Any, validate: bool = True, set_column_types: Any = None, query_timeout: int = 30
    ) -> TabularDataset:
        """No database is asked."""
        raise not_here(
            f"Dataset.Tabular.from_sql_query ({_database(query)} of Azure)",
            "Read it with pandas.read_sql and a driver of its own, and use Dataset.Tabular.register_pandas_dataframe.",
        )


class FileDatasetFactory:
    """Files as they are."""

    @staticmethod
    def from_files(
        path: Any, validate: bool = True, partition_format: Any = None, is_file: bool = False
    ) -> FileDataset:
        """The files; of text files that are no larger than a dataset of rows the lines are rows as well. Without
        `validate`, a file may come later."""
        several = path if isinstance(path, list) else [path]
        if any(isinstance(each, str) and each.startswith(("https://", "http://")) for each in several):
            of_the_web = FileDataset([line for lines in _lines(path, "utf8") for line in lines])
            of_the_web._addresses = [str(each) for each in several]
            of_the_web._partition(partition_format or "")
            return of_the_web
        files = [pair for each in several for pair in _pairs(each, validate)]
        place = _written(several[0]) if len(several) == 1 else ""
        is_single = bool(place) and not (glob.has_magic(place) or os.path.isdir(place))
        made = FileDatasetFactory._of(files, is_single)
        made._partition(partition_format or "")
        return made

    @staticmethod
    def _of(files: List[Tuple[str, str]], is_single: bool = False) -> FileDataset:
        places = [place for place, _ in files]
        try:
            is_of_rows = sum(os.path.getsize(place) for place in places) <= _ROWS_BYTES
            rows = [line for lines in _lines(places, "utf8") for line in lines] if is_of_rows else []
        except (OSError, UserErrorException):  # pictures and the like, or what comes later
            rows = []
        return FileDataset(rows or [below for _, below in files], files, is_single)  # files without a line, too

    @staticmethod
    def upload_directory(
        src_dir: str, target: Any, pattern: Any = None, overwrite: bool = False, show_progress: bool = True
    ) -> FileDataset:
        """Copies a folder into the datastore."""
        if pattern is not None:
            raise not_here("Dataset.File.upload_directory(pattern)", "Give a folder with these files only.")
        store, below = _place(target)
        store.upload(src_dir, below, overwrite, show_progress)
        return FileDatasetFactory.from_files((store, below))


def _require_rows(rows: List[Any], path: Any, validate: bool) -> None:
    """Raises UserErrorException where there are none, unless the script wants no validation."""
    if validate and not rows:
        several = path if isinstance(path, list) else [path]
        raise UserErrorException(
            f"Failed to validate the data: no row is in {', '.join(_shown(each) for each in several)}. The first line"
            " of a file with delimiters names the columns; with header=False it is a row, and with validate=False a"
            " dataset may be empty."
        )


def _json_of(line: str, place: str, number: int, invalid_lines: str) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        if invalid_lines == "drop":
            return _NOTHING
        raise UserErrorException(
            f"Line {number} of {place} is not JSON: {error}. Correct it, or give invalid_lines='drop' to leave such"
            " lines out."
        ) from None


def _table(rows: List[Any], types: Any, partition: PartitionFormat) -> TabularDataset:
    """Dataset of objects with the same columns, and values of the types that a script names."""
    made = TabularDataset(*with_columns(rows, {name: each.of_any for name, each in (types or {}).items()}))
    made.partition_keys = partition.columns
    return made


def rows_of(dataframe: Any) -> List[str]:
    """Rows of a pandas DataFrame as JSON objects, with every digit of its numbers."""
    columns = {str(name): [_plain(each) for each in values] for name, values in dataframe.items()}
    return [json.dumps(dict(zip(columns, row))) for row in zip(*columns.values())]


def _plain(value: Any) -> Any:
    """A value of pandas as JSON has it: a moment in UTC as text, null for what is missing or no number."""
    if hasattr(value, "tolist") and not hasattr(value, "isoformat"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(value, datetime.datetime):
        utc = value.astimezone(datetime.timezone.utc).replace(tzinfo=None) if value.tzinfo else value
        return f"{utc:%Y-%m-%dT%H:%M:%S.%f}"
    return float(value) if isinstance(value, decimal.Decimal) else str(value)


class _OtherEncoding(UserErrorException):
    """A file whose bytes are not of the encoding that is named."""


def _lines(path: Any, encoding: str) -> Iterator[List[str]]:
    """Those of each file that are not blank. Raises UserErrorException."""
    for _, text in _texts(path, _codec(encoding)):
        yield [line for line in text.splitlines() if line.strip()]


def _codec(encoding: Any) -> str:
    """Name of an encoding in Python."""
    name = str(getattr(encoding, "name", encoding))
    return _CODECS.get(name.lower().replace("-", ""), name)


def _texts(path: Any, encoding: str) -> Iterator[Tuple[str, str]]:
    """The place of each file of this machine, or an address of the web, with what it holds."""
    for each in path if isinstance(path, list) else [path]:
        if isinstance(each, str) and each.startswith(("https://", "http://")):
            yield each, _fetched(each, encoding)
            continue
        for place in _files(each):
            with open(place, "rb") as file:
                content = file.read()
            try:
                text = content.decode(encoding)
            except UnicodeDecodeError as error:
                line = content.count(b"\n", 0, error.start) + 1
                raise _OtherEncoding(
                    f"{place} cannot be read as {_SHOWN.get(encoding, encoding)}: line {line}, {error.reason}."
                    " Name its own with encoding=, such as encoding='windows1252' or encoding='utf16'."
                ) from None
            yield os.path.abspath(place), text


def _fetched(address: str, encoding: str) -> str:
    """Raises UserErrorException."""
    try:
        with urllib.request.urlopen(address, timeout=_SECONDS) as answer:  # noqa: S310 (http and https only)
            content: bytes = answer.read()
    except (OSError, ValueError) as error:
        raise UserErrorException(
            f"{address} could not be read: {error}. Download the file, and give its path."
        ) from None
    return content.decode(encoding, "replace")


def _files(path: Any) -> List[str]:
    """Files of this machine: paths, or places of a datastore. Raises UserErrorException."""
    paths: List[str] = []
    for each in path if isinstance(path, list) else [path]:
        written = _written(each)
        below_folder = os.path.join(written, "**") if os.path.isdir(written) else written
        files = sorted(place for place in glob.glob(below_folder, recursive=True) if os.path.isfile(place))
        if not files:
            raise UserErrorException(f"No file is at {_shown(each)}.")
        paths += files
    return paths


def _database(query: Any) -> str:
    store = _place(query)[0] if isinstance(query, (tuple, DataReference)) else query
    name = getattr(store, "database_name", None)
    return f"the database {name}" if name else "a database"


def _place(target: Any) -> Tuple[Any, str]:
    """The datastore and the path that are meant: (datastore, path), a path of a datastore, or a datastore."""
    if isinstance(target, tuple):
        return target[0], on_store(target[1]).strip("/")
    return (target.datastore, target.path_on_datastore) if isinstance(target, DataReference) else (target, "")


def _written(path: Any) -> str:
    """A path of this machine, perhaps with wildcards. Raises UserErrorException."""
    if isinstance(path, (tuple, DataReference)):
        store, below = _place(path)
        return os.path.join(store._folder, below)
    if "://" in str(path):
        raise not_here(f"A dataset from {str(path).partition('://')[0]} addresses", "Download the file first.")
    return str(here(path))


def _shown(path: Any) -> str:
    """A path as the script names it."""
    if isinstance(path, (tuple, DataReference)):
        store, below = _place(path)
        if store._is_stand_in:
            return f"{below or '.'} of the datastore {store.name}; copy it from Azure into {store._folder}"
        return f"{below or '.'} of the datastore {store.name}; upload it first"
    return str(path)


def _pairs(path: Any, must_exist: bool = True) -> List[Tuple[str, str]]:
    """Each file with its path below the folder that is named before any wildcard. Raises UserErrorException."""
    base = _written(path)
    if not (must_exist or glob.has_magic(base) or os.path.exists(base)):
        return [(os.path.abspath(base), os.path.basename(base))]
    while glob.has_magic(base) or os.path.isfile(base):
        base = os.path.dirname(base)
    return [
        (os.path.abspath(place), os.path.relpath(place, base or ".").replace(os.sep, "/")) for place in _files(path)
    ]
