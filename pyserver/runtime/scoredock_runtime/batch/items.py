"""Items that run() gets, read in the script's own environment, and its results as the bytes of the output."""

import io
import os
import sys
from typing import Any, Dict, List, Tuple

PLAIN = (list, tuple)


class NoResult(TypeError):
    """run() returned something that is neither a data frame nor a list."""


_MOST_SHOWN = 300
"""Characters of a text that is not a result: often it says what went wrong in a script that catches everything."""


def no_result(result: Any) -> NoResult:
    """Exception to raise for a result of another type."""
    what = type(result).__name__
    text = " ".join(result[:_MOST_SHOWN].split()) if isinstance(result, str) else ""
    return NoResult(
        f"run() returned {what}, and a batch script returns a data frame or a list." + (text and f" {text}")
    )


def answer_bytes(result: Any, *, with_text: bool) -> Tuple[int, bytes]:
    """Number of results, and the text of them, which is empty without `with_text`, as for summary_only.

    A frame has one line a row, its values separated by blanks, without header and index; a list has one line an item.
    Raises NoResult, and what the values raise when they are written.
    """
    if is_frame(result):
        return len(result), frame_text(result, " ").encode("utf-8", "surrogatepass") if with_text else b""
    if not isinstance(result, PLAIN) and not is_array(result):
        raise no_result(result)
    count = len(result)
    if not with_text or not count:
        return count, b""
    return count, ("\n".join(map(str, result)) + "\n").encode("utf-8", "surrogatepass")


def is_frame(result: Any) -> bool:
    """True for a data frame of pandas."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(result, pandas.DataFrame)


def is_array(result: Any) -> bool:
    """True for an array of NumPy with at least one dimension, or a column of pandas."""
    numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
    if numpy is not None and isinstance(result, numpy.ndarray):
        return bool(result.ndim)
    return pandas is not None and isinstance(result, pandas.Series)


def frame_text(frame: Any, separator: str) -> str:
    """A line for each row, without header and index."""
    text = frame.to_csv(sep=separator, header=False, index=False)
    if os.linesep != "\n":
        text = text.replace(os.linesep, "\n")
    return text  # type: ignore[no-any-return]


class RowReader:
    """Keeps what the next mini-batch of the same file needs again: column names, an open file, a row group."""

    def __init__(self) -> None:
        self._header: Tuple[str, List[Any]] = ("", [])
        self._parquet: Tuple[str, Any] = ("", None)
        self._group: Tuple[int, Any] = (-1, None)

    def frame(self, batch: Dict[str, Any]) -> Any:
        """Data frame with the rows of a mini-batch. Raises OSError, ImportError where the environment lacks a package,
        and what that package raises."""
        return self._csv(batch) if batch["kind"] == "csv" else self._rows_of_parquet(batch)

    def _csv(self, batch: Dict[str, Any]) -> Any:
        import pandas  # type: ignore[import-untyped,unused-ignore]

        path = batch["files"][0]
        with open(path, "rb") as stream:
            if self._header[0] != path:
                head = stream.read(batch["head"])
                self._header = (path, list(pandas.read_csv(io.BytesIO(head), nrows=0).columns))
            stream.seek(batch["start"])
            data = stream.read(batch["end"] - batch["start"])
        if len(data) < batch["end"] - batch["start"]:
            raise OSError(f"{path} has become shorter.")
        if b"\0" in data:
            raise ValueError("The rows have a NUL byte, behind which pandas would drop the rest of a value.")
        names = self._header[1]
        if not data.strip():
            return pandas.DataFrame(columns=names)
        return pandas.read_csv(io.BytesIO(data), header=None, names=names, index_col=False)

    def _rows_of_parquet(self, batch: Dict[str, Any]) -> Any:
        import pyarrow
        import pyarrow.parquet

        path = batch["files"][0]
        if self._parquet[0] != path:
            self._parquet, self._group = (path, pyarrow.parquet.ParquetFile(path)), (-1, None)
        file = self._parquet[1]
        tables, first = [], 0
        for number in range(file.metadata.num_row_groups):
            count = file.metadata.row_group(number).num_rows
            begin, end = max(batch["start"], first), min(batch["end"], first + count)
            if begin < end:
                if self._group[0] != number:
                    self._group = (number, file.read_row_group(number))
                tables.append(self._group[1].slice(begin - first, end - begin))
            first += count
        return pyarrow.concat_tables(tables).to_pandas()
