"""Tells the encoding and separator of a CSV file by its first bytes; no row is parsed.

What a job reads is comma-separated UTF-8. Another encoding and another separator are refused before anything begins,
with the options that read them; `csv_copies` makes what a job reads of such files.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Mapping

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.file_text import MARKS, UTF_8, codec_of, guess, named
from scoredock.late_dataclass import dataclass

COMMA = ","
_SEPARATORS = (";", "\t", "|")
_NAMES_OF_SEPARATORS: Mapping[str, str] = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_NAMES_OF_V1: Mapping[str, str] = {"utf8bom": "utf-8-sig", "iso88591": "latin-1", "windows1252": "cp1252"}
_LOOK_BYTES = 1 << 20
_SAMPLE_ROWS = 20
_BLOCK = 1 << 20


def text_codec(name: str) -> str:
    """The codec of a name that Python or the SDK v1 has for an encoding; empty for what is none. UTF-8 is without a
    mark of the order of bytes here, as reading it takes one for nothing."""
    plain = _NAMES_OF_V1.get(name.lower().replace("-", "").replace("_", ""), name)
    return codec_of(plain)


def separator_character(name: str) -> str:
    """A separator as it stands in a file; `tab` for one that is hard to type. What is none stays as it is."""
    return _NAMES_OF_SEPARATORS.get(name.lower(), name)


def is_separator(text: str) -> bool:
    """True if it can part values: one character, and none that has another meaning in CSV."""
    return len(text) == 1 and text not in '"\r\n\0'


def require_plain(path: str, name: str, encoding: str, separator: str) -> None:
    """Looks at the first bytes of a file. `name` is how the person knows it, `encoding` and `separator` are what the
    person has said, which is believed.

    Raises ScoredockError `batch-input-invalid` for what is not comma-separated UTF-8, with the options that read it.
    """
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 (a path of the listing)
            head = stream.read(_LOOK_BYTES)
    except OSError:
        return  # the plan says what is wrong with it
    fault = None if encoding else text_fault(head, is_whole=len(head) < _LOOK_BYTES)
    codec = encoding or (fault.encoding if fault else UTF_8)
    apart = "" if separator or not codec else _separator(head.decode(codec, "replace").lstrip("\ufeff"))
    if fault is None and not apart:
        return
    options = [f"--encoding {codec}"] if fault and codec else []
    options += [f"--separator {_quoted(apart)}"] if apart else []
    line = fault.line if fault else 0
    reason = fault.reason if fault else l10n.t("line 1 has its values separated by “{mark}”", mark=_shown_mark(apart))
    place = Place(path if path == name else name, line)
    details = {"encoding": codec if fault else "", "separator": apart}
    raise ScoredockError(
        "batch-input-invalid",
        l10n.t("{path} is not comma-separated UTF-8: {reason}.", path=name, reason=reason),
        advice(options) if options else l10n.t("Remove that byte from the file, or leave the file out."),
        place=place,
        details={key: value for key, value in details.items() if value},
    )


def advice(options: list[str]) -> str:
    """Next step for a file that options can read."""
    return l10n.t("Read it with `{options}`, or save it as comma-separated UTF-8.", options=" ".join(options))


@dataclass(frozen=True, slots=True)
class TextFault:
    """Reason why bytes are not UTF-8, with the place."""

    reason: str
    """Half a sentence, with the line."""
    line: int
    """From 0."""
    encoding: str
    """Which reads them, by their look; empty where none does."""


def text_fault(data: bytes, *, first: int = 1, is_whole: bool = True) -> TextFault | None:
    """Fault in the text of bytes whose first line has the number `first`; None if there is none. A character that is
    cut off at the end of what is not whole is not a fault.
    """
    marked = next((encoding for mark, encoding in MARKS if data.startswith(mark)), "")
    if marked not in ("", UTF_8):
        reason = l10n.t("line {line} begins with the byte order mark of {encoding}", line=first, encoding=named(marked))
        return TextFault(reason, first - 1, marked)
    if b"\0" in data:
        return _with_nul(data, first)
    try:
        codecs.getincrementaldecoder(UTF_8)().decode(data, final=is_whole)
    except UnicodeDecodeError as error:
        line = first + data.count(b"\n", 0, error.start)
        encoding = guess(data)
        reason = l10n.t(
            "line {line} has the byte {byte}, which is none of UTF-8; by its look it is {encoding}",
            line=line,
            byte=f"0x{data[error.start]:02x}",
            encoding=named(encoding),
        )
        return TextFault(reason, line - 1, encoding)
    return None


def fault_of_rows(path: str, name: str, places: tuple[int, int], row: int) -> str:
    """Reason why rows of a file, from byte to byte, cannot be read as text, with the number of the row; empty if they
    can. Raises OSError.

    Raises OSError.
    """
    begin, end = places
    with open(path, "rb") as stream:  # noqa: PTH123
        stream.seek(begin)
        decoder = codecs.getincrementaldecoder(UTF_8)()
        while begin < end:
            block = stream.read(min(_BLOCK, end - begin))
            begin += len(block)
            pending = decoder.getstate()[0]
            try:
                is_plain = b"\0" not in block
                decoder.decode(block, final=begin >= end or not block)
            except UnicodeDecodeError:
                is_plain = False
            if not is_plain:
                return _said_of_rows(name, pending + block, row)
            if not block:
                break
            row += block.count(b"\n")
    return ""


def _said_of_rows(name: str, data: bytes, row: int) -> str:
    fault = text_fault(data)
    at = row + (fault.line if fault else 0)
    if fault is None or not fault.encoding:
        return l10n.t("{path} has a NUL byte in row {row}; remove it from the file.", path=name, row=at)
    return l10n.t(
        "{path} is not UTF-8 in row {row}; by its look it is {encoding}. {fix}",
        path=name,
        row=at,
        encoding=named(fault.encoding),
        fix=advice([f"--encoding {fault.encoding}"]),
    )


def _with_nul(data: bytes, first: int) -> TextFault:
    """Text of UTF-16 without a mark has a NUL in every second place; another one is not text."""
    pairs = max(1, len(data) // 2)
    for encoding, offset in (("utf-16-le", 1), ("utf-16-be", 0)):
        if data[offset::2].count(0) * 10 > pairs * 3 and not data[1 - offset :: 2].count(0):
            reason = l10n.t("by its look it is {encoding} from line {line} on", encoding=named(encoding), line=first)
            return TextFault(reason, first - 1, encoding)
    line = first + data.count(b"\n", 0, data.find(b"\0"))
    return TextFault(l10n.t("line {line} has a NUL byte", line=line), line - 1, "")


def _separator(text: str) -> str:
    """Another one than a comma, which parts the header and the first rows into equally many values."""
    lines = text.split("\n")[: _SAMPLE_ROWS + 1]
    rows = [line.rstrip("\r") for line in (lines if len(lines) > _SAMPLE_ROWS else lines[:-1] or lines)]
    rows = [line for line in rows if line.strip()]
    if len(rows) < 2 or (COMMA in rows[0] and _width(rows, COMMA)):
        return ""
    return next((each for each in _SEPARATORS if _width(rows, each) > 1), "")


def _width(rows: list[str], separator: str) -> int:
    """Values of each row; 0 where they are not equally many."""
    try:
        widths = {len(row) for row in csv.reader(io.StringIO("\n".join(rows)), delimiter=separator)}
    except csv.Error:
        return 0
    return widths.pop() if len(widths) == 1 else 0


def _shown_mark(separator: str) -> str:
    return l10n.t("tab") if separator == "\t" else separator


def _quoted(separator: str) -> str:
    """For a shell, in which `;` and `|` mean something."""
    return "tab" if separator == "\t" else f"'{separator}'"
