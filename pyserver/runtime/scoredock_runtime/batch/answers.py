"""What run() returned, as the bytes of the output."""

import os
import sys
from typing import Any, Tuple

PLAIN = (list, tuple)


class NoResult(TypeError):
    """run() returned something that is neither a data frame nor a list."""


def answer_bytes(result: Any, *, wanted: bool) -> Tuple[int, bytes]:
    """How many results there are, and the text of them, of which nothing is `wanted` with summary_only.

    A frame has one line a row, its values separated by blanks, without header and index; a list has one line an item.
    Raises NoResult, and what the values raise when they are written.
    """
    if _is_frame(result):
        return len(result), _frame_bytes(result) if wanted else b""
    if not isinstance(result, PLAIN) and not _is_array(result):
        raise NoResult(f"run() returned {type(result).__name__}, and a batch script returns a data frame or a list.")
    count = len(result)
    if not wanted or not count:
        return count, b""
    return count, ("\n".join(map(str, result)) + "\n").encode("utf-8", "surrogatepass")


def _is_frame(result: Any) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(result, pandas.DataFrame)


def _is_array(result: Any) -> bool:
    """Of NumPy with at least one dimension, or a column of pandas."""
    numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
    if numpy is not None and isinstance(result, numpy.ndarray):
        return bool(result.ndim)
    return pandas is not None and isinstance(result, pandas.Series)


def _frame_bytes(frame: Any) -> bytes:
    text = frame.to_csv(sep=" ", header=False, index=False)
    if os.linesep != "\n":
        text = text.replace(os.linesep, "\n")
    return text.encode("utf-8", "surrogatepass")  # type: ignore[no-any-return]
