"""Readers of data sets, a piece at a time: tables in CSV and Parquet, bodies of requests, what services collected."""

import contextlib
import csv
import io
import json
import os
import re
import warnings
from typing import Any, Callable, Dict, Iterator, List, Tuple

import numpy as np

from .bodies import columns_of, named_rows, predictions_of
from .columns import Sample, as_numbers

Source = Dict[str, Any]

PIECE = 100000
_BODIES = 5000
_ADDED = frozenset(("Timestamp", "CorrelationId", "RequestId"))
_SKIPPED = re.compile(r"Skipping line (\d+)")
_SHOWN = 3


class PackageMissing(Exception):
    """The interpreter lacks a package."""


class Rows:
    """Rows that are read of one data set."""

    def __init__(self, features: Sample, predictions: Sample, prediction_columns: List[str]) -> None:
        self.features, self.predictions = features, predictions
        self.skipped = 0
        """Lines and bodies that could not be read."""
        self.unanswered = 0
        """Collected requests that the service did not answer with 200."""
        self.places: List[str] = []
        """Of the first that were skipped, with the reason."""
        self.without_names = False
        """Its columns are named by their places."""
        self.tell: Callable[[], None] = lambda: None
        self._prediction_columns = frozenset(prediction_columns)

    def skip(self, path: str, line: int, reason: str) -> None:
        self.skipped += 1
        if len(self.places) < _SHOWN:
            self.places.append("{}:{}: {}".format(path, line, reason))

    def add_table(self, columns: Dict[str, Any], count: int) -> None:
        """A piece of a table: its columns of predictions go to those."""
        if not count:
            return
        features = {name: columns[name] for name in columns if name not in self._prediction_columns}
        predictions = {name: columns[name] for name in columns if name in self._prediction_columns}
        self.features.add(features, count)
        if predictions:
            self.predictions.add(predictions, count)
        self.tell()


def read(source: Source, rows: Rows) -> None:
    """All of a source. Raises PackageMissing and OSError."""
    readers = {"csv": _csv, "parquet": _parquet, "bodies": _bodies, "collected": _collected}
    readers[source["kind"]](source, rows)


# Tables


def _csv(source: Source, rows: Rows) -> None:
    for path in source["files"]:
        if not os.path.getsize(path):
            continue
        try:
            import pandas  # noqa: F401

            pieces = _with_pandas(path, rows)
        except ImportError:
            pieces = _without_pandas(path, rows)
        for columns, count in pieces:
            _keep(source, rows, columns, count)


def _keep(source: Source, rows: Rows, columns: Dict[str, Any], count: int) -> None:
    """Without what a ModelDataCollector adds, and without rows of other times."""
    times = columns.get("$Timestamp")
    collected = "$Timestamp" in columns
    columns = {n: c for n, c in columns.items() if not n.startswith("$") and not (collected and n in _ADDED)}
    since, until = source.get("since", ""), source.get("until", "")
    if times is not None and (since or until):
        inside = np.array([_is_within(each, since, until) for each in times], dtype=bool)
        places = np.flatnonzero(inside)
        columns = {name: _at(values, places) for name, values in columns.items()}
        count = len(places)
    if source.get("predictions"):
        if count:
            rows.predictions.add(columns, count)
    else:
        rows.add_table(columns, count)


def _at(values: Any, places: Any) -> Any:
    if values is None or isinstance(values, np.ndarray):
        return None if values is None else values[places]
    return [values[place] for place in places]


def _is_within(moment: Any, since: str, until: str) -> bool:
    return isinstance(moment, str) and (not since or moment >= since) and (not until or moment < until)


def _with_pandas(path: str, rows: Rows) -> Iterator[Tuple[Dict[str, Any], int]]:
    import pandas

    options: Dict[str, Any] = {"chunksize": PIECE, "encoding": "utf-8"}
    release = tuple(int(part) for part in pandas.__version__.split(".")[:2])
    if release >= (1, 3):
        options.update(on_bad_lines="warn", encoding_errors="replace")
    else:
        options.update(error_bad_lines=False, warn_bad_lines=True)
    errors = io.StringIO()
    if _has_no_names(path):
        options["header"] = None
        rows.without_names = True
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stderr(errors):
        warnings.simplefilter("always")
        reader = iter(pandas.read_csv(path, **options))
        while True:
            try:
                frame = next(reader)
            except StopIteration:
                break
            except (pandas.errors.ParserError, pandas.errors.EmptyDataError) as error:
                rows.skip(path, 0, str(error))
                break
            text = errors.getvalue() + "".join(str(each.message) for each in caught)
            errors.truncate(0)
            errors.seek(0)
            del caught[:]
            for line in _SKIPPED.findall(text):
                rows.skip(path, int(line), "another number of values than the first line has")
            yield {str(name): _of_series(frame.iloc[:, at]) for at, name in enumerate(frame.columns)}, len(frame)


def _has_no_names(path: str) -> bool:
    """True if the first line of a CSV file has numbers already."""
    with open(path, encoding="utf-8-sig", errors="replace", newline="") as stream:
        try:
            first = next(csv.reader(stream), [])
        except csv.Error:
            return False
    return bool(first) and as_numbers(first) is not None


def _of_series(series: Any) -> Any:
    kind = series.dtype.kind if isinstance(series.dtype, np.dtype) else "O"
    if kind in "iuf":
        return series.to_numpy(dtype=float)
    values = series.to_numpy(dtype=object)
    if kind == "b":
        return np.array([str(bool(each)) for each in values], dtype=object)
    missing = series.isna().to_numpy()
    if missing.any():
        values = values.copy()
        values[missing] = None
    if not all(each is None or isinstance(each, str) for each in values):
        values = np.array([each if each is None else str(each) for each in values], dtype=object)
    return values


def _without_pandas(path: str, rows: Rows) -> Iterator[Tuple[Dict[str, Any], int]]:
    with open(path, encoding="utf-8-sig", errors="replace", newline="") as stream:
        reader = csv.reader(stream)
        names = next(reader, [])
        lines: List[List[str]] = []
        if as_numbers(names) is not None:
            lines, names = [names], [str(place) for place in range(len(names))]
            rows.without_names = True
        try:
            for line in reader:
                if len(line) > len(names):
                    rows.skip(path, reader.line_num, "another number of values than the first line has")
                elif line:
                    lines.append(line + [""] * (len(names) - len(line)))
                if len(lines) >= PIECE:
                    yield _of_lines(names, lines), len(lines)
                    lines = []
        except csv.Error as error:
            rows.skip(path, reader.line_num, str(error))
        yield _of_lines(names, lines), len(lines)


def _of_lines(names: List[str], lines: List[List[str]]) -> Dict[str, Any]:
    columns: Dict[str, Any] = {}
    for name, values in zip(names, zip(*lines)):
        numbers = as_numbers(values)
        columns[name] = list(values) if numbers is None else numbers
    return columns


def _parquet(source: Source, rows: Rows) -> None:
    try:
        import pyarrow.parquet
    except ImportError:
        raise PackageMissing("pyarrow")
    for path in source["files"]:
        try:
            file = pyarrow.parquet.ParquetFile(path)
            for batch in file.iter_batches(batch_size=PIECE):
                columns = {name: _of_arrow(batch.column(at)) for at, name in enumerate(batch.schema.names)}
                _keep(source, rows, columns, batch.num_rows)
        except pyarrow.ArrowException as error:
            rows.skip(path, 0, str(error).splitlines()[0])


def _of_arrow(column: Any) -> Any:
    import pyarrow

    kind = column.type
    if pyarrow.types.is_integer(kind) or pyarrow.types.is_floating(kind):
        values = column.to_numpy(zero_copy_only=False)
        return np.asarray(values, dtype=float)
    if pyarrow.types.is_decimal(kind):
        return np.array([np.nan if each is None else float(each) for each in column.to_pylist()])
    values = [each if each is None or isinstance(each, str) else str(each) for each in column.to_pylist()]
    return np.array(values, dtype=object)


# Bodies


def _bodies(source: Source, rows: Rows) -> None:
    """`wrapped`: each line is a JSON text that spells the body, as registered datasets are kept."""
    batch: List[Dict[str, Any]] = []
    for path, number, value in _documents(source, rows):
        try:
            body = json.loads(value) if source.get("wrapped") else value
            batch += _features(body, rows)
        except (ValueError, TypeError, RecursionError) as error:
            rows.skip(path, number, _reason(error))
        batch = _flush(batch, rows)
    _flush(batch, rows, at=0)


def _documents(source: Source, rows: Rows) -> Iterator[Tuple[str, int, Any]]:
    """Each value with its file and line. Lines that are not JSON are skipped and counted."""
    for path in source["files"]:
        if path.lower().endswith(".json"):
            with open(path, encoding="utf-8-sig") as stream:
                try:
                    document = json.load(stream)
                except (ValueError, RecursionError) as error:
                    rows.skip(path, 1, _reason(error))
                    continue
            is_list = isinstance(document, list) and all(isinstance(each, (dict, list, str)) for each in document)
            for number, value in enumerate(document if is_list else [document], 1):
                yield path, number, value
            continue
        with open(path, "rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    yield path, number, json.loads(line.decode("utf-8"))
                except (ValueError, RecursionError) as error:
                    rows.skip(path, number, _reason(error))


def _reason(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _features(body: Any, rows: Rows) -> List[Dict[str, Any]]:
    named = named_rows(body)
    rows.without_names = rows.without_names or bool(named and "0" in named[0])
    return named


def _flush(batch: List[Dict[str, Any]], rows: Rows, at: int = _BODIES) -> List[Dict[str, Any]]:
    if len(batch) <= at:
        return batch
    rows.add_table(columns_of(batch), len(batch))
    return []


def _collected(source: Source, rows: Rows) -> None:
    """Requests that were answered, with their responses."""
    since, until = source.get("since", ""), source.get("until", "")
    features: List[Dict[str, Any]] = []
    predictions: List[Dict[str, Any]] = []
    for path, number, record in _documents(source, rows):
        if not isinstance(record, dict):
            rows.skip(path, number, "no record of a request")
            continue
        if (since or until) and not _is_within(record.get("timestamp"), since, until):
            continue
        if record.get("status") != 200:
            rows.unanswered += 1
            continue
        try:
            named = _features(json.loads(record["input"]), rows)
        except (KeyError, ValueError, TypeError, RecursionError) as error:
            rows.skip(path, number, "input: {}".format(_reason(error)))
            continue
        features += named
        try:
            predictions += predictions_of(json.loads(record["output"]), len(named))
        except (KeyError, ValueError, TypeError, RecursionError):
            pass  # a response that is not JSON has no predictions
        features = _flush(features, rows)
        if len(predictions) > _BODIES:
            predictions = _flush_predictions(predictions, rows)
    _flush(features, rows, at=0)
    _flush_predictions(predictions, rows)


def _flush_predictions(batch: List[Dict[str, Any]], rows: Rows) -> List[Dict[str, Any]]:
    if batch:
        rows.predictions.add(columns_of(batch), len(batch))
    return []
