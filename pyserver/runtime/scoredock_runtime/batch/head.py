"""`python head.py COUNT FILE…`: the first rows of Parquet files, or of parts of one, as CSV with a header.

Run by the interpreter of a script, which has pyarrow; it needs nothing else of this package.
"""

import csv
import sys
from typing import Any, List

_MAGIC = b"PAR1"


def main(arguments: List[str]) -> int:
    """The exit code."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    remaining, names = int(arguments[0]), []  # type: int, List[str]
    for path in arguments[1:]:
        if remaining <= 0:
            break
        rows = _rows(path, remaining)
        if not len(rows):
            continue
        if not names:
            names = list(rows.schema.names)
            writer.writerow(names)
        writer.writerows(zip(*(column.to_pylist() for column in rows.columns)))
        remaining -= len(rows)
    return 0


def _rows(path: str, count: int) -> Any:
    import pyarrow

    with open(path, "rb") as stream:
        if stream.read(len(_MAGIC)) != _MAGIC:
            stream.seek(0)
            stream.readline()
            return pyarrow.ipc.open_stream(pyarrow.py_buffer(stream.read())).read_all().slice(0, count)
    import pyarrow.parquet

    file = pyarrow.parquet.ParquetFile(path)
    return next(iter(file.iter_batches(batch_size=count)), pyarrow.table({}))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
