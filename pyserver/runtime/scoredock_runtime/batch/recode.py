"""`python recode.py SPEC`: CSV files of any encoding and separator as comma-separated UTF-8.

SPEC is a JSON file: `files` as pairs of a file and the copy that is to be, `encoding` and `separator` of all of them.
Rows and their order stay, and so does each value. It runs by the interpreter of the server, and needs nothing else of
this package. What it prints is JSON, one document a line: `bytes` that are behind it, `fault` with `path` and `line`.
"""

import codecs
import csv
import json
import os
import sys
from typing import IO, Any, Iterator, List

_BLOCK = 1 << 20
_LONGEST_FIELD = 1 << 28
_MARK = "\ufeff"


class Unreadable(ValueError):
    """Text that is not of the encoding, or no CSV; with the line, from 1."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.line = line


def texts(stream: IO[bytes], encoding: str) -> Iterator[str]:
    """The file in pieces, without a mark of the order of bytes. Raises OSError, Unreadable."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line, is_first = 1, True
    while True:
        block = stream.read(_BLOCK)
        state = decoder.getstate()
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as fault:
            decoder.setstate(state)
            before = decoder.decode(block[: max(0, fault.start - len(state[0]))])
            raise Unreadable(fault.reason, line + before.count("\n")) from None
        if "\0" in text:
            raise Unreadable("NUL byte", line + text.count("\n", 0, text.index("\0")))
        if text:
            yield text[1:] if is_first and text.startswith(_MARK) else text
            is_first = False
        line += text.count("\n")
        if not block:
            return


def lines(pieces: Iterator[str]) -> Iterator[str]:
    """Lines with their ends, of which a carriage return alone is none."""
    rest = ""
    for piece in pieces:
        parts = (rest + piece).split("\n")
        rest = parts.pop()
        for part in parts:
            yield part + "\n"
    if rest:
        yield rest


def recode(source: str, target: str, encoding: str, separator: str) -> None:
    """Raises OSError, Unreadable."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(source, "rb") as stream, open(target, "w", encoding="utf-8", newline="") as copy:
        pieces = texts(stream, encoding)
        if separator == ",":
            for piece in pieces:
                copy.write(piece)
            return
        reader = csv.reader(lines(pieces), delimiter=separator)
        # With this line end a field that holds half of it is put in quotes.
        writer = csv.writer(copy, lineterminator="\r\n")
        try:
            writer.writerows(row for row in reader if row)
        except csv.Error as fault:
            raise Unreadable(str(fault), reader.line_num) from None


def main(arguments: List[str]) -> int:
    """The exit code."""
    with open(arguments[0], encoding="utf-8") as stream:
        spec = json.load(stream)
    csv.field_size_limit(_LONGEST_FIELD)
    size = 0
    for source, target in spec["files"]:
        try:
            recode(source, target, spec["encoding"], spec["separator"])
        except Unreadable as fault:
            return _tell(fault=str(fault), path=source, line=fault.line)
        size += os.path.getsize(source)
        _tell(bytes=size)
    return 0


def _tell(**facts: Any) -> int:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()
    return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
