"""The rows of a mini-batch as a pandas data frame, read in the script's own environment."""

import io
from typing import Any, Dict, List, Tuple


class RowReader:
    """Keeps what the next mini-batch of the same file needs again: column names, an open file, a row group."""

    def __init__(self) -> None:
        self._header: Tuple[str, List[Any]] = ("", [])
        self._parquet: Tuple[str, Any] = ("", None)
        self._group: Tuple[int, Any] = (-1, None)

    def frame(self, batch: Dict[str, Any]) -> Any:
        """Raises OSError, ImportError where the environment lacks a package, and what that package raises."""
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
        names = self._header[1]
        if not data.strip():
            return pandas.DataFrame(columns=names)
        return pandas.read_csv(io.BytesIO(data), header=None, names=names, index_col=False)

    def _rows_of_parquet(self, batch: Dict[str, Any]) -> Any:
        import pyarrow  # type: ignore[import-not-found,import-untyped,unused-ignore]
        import pyarrow.parquet  # type: ignore[import-not-found,import-untyped,unused-ignore]

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
