"""Reasons why a model cannot be carried over, as data that the server puts into words."""

from typing import List


class CannotCarry(Exception):
    """`kind` says what is in the way, `names` what of the model it is."""

    def __init__(self, kind: str, names: List[str], message: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.names = names


def in_one_line(error: BaseException) -> str:
    """An exception as one line."""
    lines = str(error).strip().splitlines() or [""]
    return "{}: {}".format(type(error).__name__, lines[0])[:600]
