"""Results as rows of a CSV or Parquet file: what a worker keeps of one mini-batch, and the file that is made of these.

A part begins with a line of JSON: its columns with their types, and how many rows it has. Behind it are the rows, as
CSV without a header or as a stream of Arrow. Parts of CSV are put together by the driver, those of Parquet by a
worker, as pyarrow is the script's own.
"""

import base64
import collections
import csv
import io
import json
import os
from typing import Any, Dict, List, Tuple

from scoredock_runtime.batch.items import PLAIN, NoResult, frame_text, is_array, is_frame, no_result

CSV, PARQUET = "csv", "parquet"
RESULT = "result"
"""The column of results that are a list."""
BATCH, FILE, ROW = "mini_batch", "input_file", "input_row"
"""Columns that say where a row comes from."""
_EXACT = 1 << 53
"""Beyond it a floating-point number does not have every whole number."""

Rows = Tuple[List[str], Any]
"""Names of columns, and a frame or a list of values."""


def require_packages(form: str) -> None:
    """Raises ImportError where the environment of the script cannot write this."""
    if form == PARQUET:
        import pyarrow.parquet  # noqa: F401


def table_part(result: Any, form: str, items: int, batch: Dict[str, Any]) -> Tuple[int, List[Any], bytes]:
    """Number of results, the columns with their types, and the part.

    With `keys` in the mini-batch each row says where it comes from: files that run() got, or the first row of a table.
    A list without items, and a frame without columns, have no part. Raises NoResult for what is not a table.
    """
    names, values = _rows(result)
    count = len(values)
    if not names or (not count and names == [RESULT]):
        return count, [], b""
    keys = _keys(batch["keys_of"], batch["index"], count, items) if "keys_of" in batch else []
    names = [name for name, _ in keys] + names
    repeated = [name for name, times in collections.Counter(names).items() if times > 1]
    if repeated:
        raise NoResult(f"run() returned two columns {repeated[0]!r}; a {form} file has each name once.")
    if form == CSV:
        head = {"columns": [[name, "", False] for name in names]}  # type: Dict[str, Any]
        content = _csv(names, values, keys)
    else:
        head, content = _arrow(names, values, keys)
    head.update(rows=count, items=items)
    line = json.dumps(head, separators=(",", ":")).encode("ascii") + b"\n"
    return count, head["columns"], line + content


def _rows(result: Any) -> Rows:
    if is_frame(result):
        return [str(name) for name in result.columns], result
    if not isinstance(result, PLAIN) and not is_array(result):
        raise no_result(result)
    return [RESULT], list(result)


def _keys(source: Dict[str, Any], index: int, count: int, items: int) -> List[Tuple[str, Any]]:
    """Columns of one value, or of a list of them. Without a result for each item nobody knows which one a row is of."""
    is_one_each = count == items
    if source["row"] is None:
        return [(BATCH, index), (FILE, list(source["files"]) if is_one_each else [None] * count)]
    if "rows" in source:
        places = [(FILE, source["files"]), (ROW, source["rows"])]
        return [(BATCH, index)] + [(name, each if is_one_each else [None] * count) for name, each in places]
    first = source["row"]
    numbers = list(range(first, first + count)) if is_one_each else [None] * count  # type: List[Any]
    return [(BATCH, index), (FILE, source["files"][0]), (ROW, numbers)]


# CSV


def _csv(names: List[str], values: Any, keys: List[Tuple[str, Any]]) -> bytes:
    if is_frame(values):
        return frame_text(_keyed(names, values, keys), ",").encode("utf-8", "surrogatepass")
    columns = [each if isinstance(each, list) else [each] * len(values) for _, each in keys]
    texts = ["" if each is None else str(each) for each in values]
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(zip(*columns, texts))
    return stream.getvalue().encode("utf-8", "surrogatepass")


def _keyed(names: List[str], frame: Any, keys: List[Tuple[str, Any]]) -> Any:
    """A frame with the keys before its columns, which are the person's own and stay as they are."""
    table = frame.copy(deep=False)
    table.columns = range(len(table.columns))
    for position, (name, values) in enumerate(keys):
        table.insert(position, name, values)
    table.columns = names
    return table


# Arrow


def _arrow(names: List[str], values: Any, keys: List[Tuple[str, Any]]) -> Tuple[Dict[str, Any], bytes]:
    import pyarrow

    count = len(values)
    arrays = [_key_array(name, each, count) for name, each in keys]
    if is_frame(values):
        own = values.copy(deep=False)
        own.columns = names[len(keys) :]
        try:
            arrays += pyarrow.Table.from_pandas(own, preserve_index=False).columns
        except (pyarrow.ArrowException, TypeError, ValueError) as fault:
            # It names the column.
            raise NoResult(f"run() returned a frame that Parquet cannot hold: {fault}".replace("\n", " ")) from None
    else:
        arrays.append(_array(values))
    arrays = [_plain(each) for each in arrays]
    table = pyarrow.Table.from_arrays(arrays, names=names)
    schema = base64.b64encode(table.schema.serialize().to_pybytes()).decode("ascii")
    columns = [[name, str(each.type), _is_wide(each)] for name, each in zip(names, table.columns)]
    return {"columns": columns, "schema": schema}, _stream(table)


def _key_array(name: str, values: Any, count: int) -> Any:
    import pyarrow

    listed = values if isinstance(values, list) else [values] * count
    return pyarrow.array(listed, pyarrow.string() if name == FILE else pyarrow.int64())


def _array(values: List[Any]) -> Any:
    """Numbers and truth values as such, anything else as the text that `str()` gives."""
    import pyarrow

    plain = [each.item() if hasattr(each, "item") and not getattr(each, "shape", ()) else each for each in values]
    kinds = {type(each) for each in plain if each is not None}
    if kinds <= {bool} or kinds <= {int, float}:
        try:
            return pyarrow.array(plain, pyarrow.float64() if float in kinds else None)
        except (pyarrow.ArrowException, OverflowError):
            pass  # numbers beyond 64 bits
    return pyarrow.array([None if each is None else str(each) for each in plain], pyarrow.string())


def _plain(array: Any) -> Any:
    """Types that say the same differently from one mini-batch to another have one form."""
    import pyarrow

    if pyarrow.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if pyarrow.types.is_large_string(array.type):
        array = array.cast(pyarrow.string())
    return array


def _is_wide(array: Any) -> bool:
    """True if it has whole numbers that a floating-point number cannot have."""
    import pyarrow
    import pyarrow.compute

    if not pyarrow.types.is_integer(array.type) or array.type.bit_width < 64:
        return False
    ends = pyarrow.compute.min_max(array).as_py()
    return any(each is not None and abs(each) > _EXACT for each in ends.values())


def _stream(table: Any) -> bytes:
    import pyarrow

    sink = pyarrow.BufferOutputStream()
    writer = pyarrow.RecordBatchStreamWriter(sink, table.schema)
    writer.write_table(table)
    writer.close()
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]


class ParquetFile:
    """The output, written by one worker, one row group for each list of parts."""

    def __init__(self, path: str, columns: List[List[str]]) -> None:
        """Columns are a name, a type, and the schema of Arrow that has it where its name does not say it. Raises
        OSError, ImportError."""
        import pyarrow
        import pyarrow.parquet

        self._path = path
        self._schema = pyarrow.schema([(each[0], _type(*each)) for each in columns])
        self._writer = pyarrow.parquet.ParquetWriter(path, self._schema)

    def add(self, parts: List[str]) -> None:
        """Raises OSError, and what pyarrow raises."""
        import pyarrow

        tables = [self._cast(read_part(path)) for path in parts]
        if tables:
            table = pyarrow.concat_tables(tables)
            self._writer.write_table(table, row_group_size=max(1, len(table)))

    def close(self) -> int:
        """Closes the file and returns its size in bytes."""
        self._writer.close()
        return os.path.getsize(self._path)

    def _cast(self, table: Any) -> Any:
        import pyarrow

        columns = [
            pyarrow.nulls(len(table), field.type) if pyarrow.types.is_null(column.type) else column.cast(field.type)
            for column, field in zip(table.columns, self._schema)
        ]
        return pyarrow.Table.from_arrays(columns, schema=self._schema)


def read_part(path: str) -> Any:
    """The rows of a part of Arrow. Raises OSError."""
    import pyarrow

    with open(path, "rb") as stream:
        stream.readline()
        return pyarrow.ipc.open_stream(pyarrow.py_buffer(stream.read())).read_all()


def _type(name: str, text: str, schema: str) -> Any:
    import pyarrow

    if not schema:
        return pyarrow.type_for_alias(text)
    return pyarrow.ipc.read_schema(pyarrow.py_buffer(base64.b64decode(schema))).field(name).type
