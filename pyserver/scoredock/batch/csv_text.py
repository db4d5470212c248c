"""What the text of a CSV file is: encoding and separator, by its first bytes; no row is parsed.

What a job reads is comma-separated UTF-8. Another encoding and another separator are refused before anything begins,
with the options that read them; `csv_copies` makes what a job reads of such files.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Mapping

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass

COMMA, UTF_8 = ",", "utf-8"
_SEPARATORS = (";", "\t", "|")
_NAMES_OF_SEPARATORS: Mapping[str, str] = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_NAMES_OF_V1: Mapping[str, str] = {"utf8bom": "utf-8-sig", "iso88591": "latin-1", "windows1252": "cp1252"}
_MARKS = (
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Bytes that a file begins with, those of UTF-32 before those of UTF-16, with which they begin."""
_SHOWN: Mapping[str, str] = {
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
    "cp1252": "Windows-1252",
    "cp1251": "Windows-1251",
    "latin-1": "ISO 8859-1",
    "cp932": "Shift-JIS",
    "gb18030": "GBK",
    "big5": "Big5",
    "euc_jp": "EUC-JP",
    "euc_kr": "EUC-KR",
}
_COMMON: Mapping[str, tuple[int, tuple[tuple[int, int], ...]]] = {
    "euc_kr": (2, ((0xA1, 0xA3), (0xB0, 0xC8))),
    "gb18030": (2, ((0xA1, 0xA3), (0xB0, 0xD7))),
    "big5": (2, ((0xA1, 0xC6),)),
    "cp932": (2, ((0x81, 0x98),)),
    "euc_jp": (2, ((0xA1, 0xA5), (0xB0, 0xCF))),
    "cp1251": (1, ((0xC0, 0xFF),)),
}
"""Bytes of a common character, and ranges of the first one. Where several fit the first counts: those of Korean are
fewer than those of Chinese, within which they are."""
_LEAST_SHARE = 0.6
_ALONE = re.compile(rb"(?<![\x80-\xff])[\xc0-\xff](?![\x80-\xff])")
"""A letter of Western Europe between others."""
_MIXED = re.compile(rb"[A-Za-z][\xc0-\xff]|[\xc0-\xff][A-Za-z]")
"""Words that have letters of ASCII as well, as those in Cyrillic have not."""
_LOOK_BYTES = 1 << 20
_SAMPLE_BYTES = 4_000
"""Of lines with bytes beyond ASCII, from which an encoding is guessed."""
_SAMPLE_ROWS = 20
_BLOCK = 1 << 20


def text_codec(name: str) -> str:
    """The codec of a name that Python or the SDK v1 has for an encoding; empty for what is none. UTF-8 is without a
    mark of the order of bytes here, as reading it takes one for nothing."""
    plain = _NAMES_OF_V1.get(name.lower().replace("-", "").replace("_", ""), name)
    try:
        # Those that are no encodings of text, such as base64, refuse to decode bytes to one.
        "".encode(plain)
        codec = codecs.lookup(plain).name
    except (LookupError, ValueError, TypeError):
        return ""
    return UTF_8 if codec == "utf-8-sig" else codec


def separator_character(name: str) -> str:
    """A separator as it stands in a file; `tab` for one that is hard to type. What is none stays as it is."""
    return _NAMES_OF_SEPARATORS.get(name.lower(), name)


def is_separator(text: str) -> bool:
    """Whether it can part values: one character, and none that has another meaning in CSV."""
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
    """What to do about a file that options can read."""
    return l10n.t("Read it with `{options}`, or save it as comma-separated UTF-8.", options=" ".join(options))


@dataclass(frozen=True, slots=True)
class TextFault:
    """Why bytes are no UTF-8."""

    reason: str
    """Half a sentence, with the line."""
    line: int
    """From 0."""
    encoding: str
    """Which reads them, by their look; empty where none does."""


def text_fault(data: bytes, *, first: int = 1, is_whole: bool = True) -> TextFault | None:
    """Of bytes whose first line has a number. A character that is cut off at the end of what is not whole is none."""
    marked = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), "")
    if marked not in ("", UTF_8):
        reason = l10n.t("line {line} begins with the byte order mark of {encoding}", line=first, encoding=named(marked))
        return TextFault(reason, first - 1, marked)
    if b"\0" in data:
        return _with_nul(data, first)
    try:
        codecs.getincrementaldecoder(UTF_8)().decode(data, final=is_whole)
    except UnicodeDecodeError as error:
        line = first + data.count(b"\n", 0, error.start)
        encoding = _guess(data)
        reason = l10n.t(
            "line {line} has the byte {byte}, which is none of UTF-8; by its look it is {encoding}",
            line=line,
            byte=f"0x{data[error.start]:02x}",
            encoding=named(encoding),
        )
        return TextFault(reason, line - 1, encoding)
    return None


def fault_of_rows(path: str, name: str, places: tuple[int, int], row: int) -> str:
    """Why rows of a file, from byte to byte, cannot be read as text, with the number of the row; empty where they can.

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


def named(encoding: str) -> str:
    """As people call it."""
    return _SHOWN.get(encoding, encoding)


def _with_nul(data: bytes, first: int) -> TextFault:
    """Text of UTF-16 without a mark has a NUL in every second place; another one is no text."""
    pairs = max(1, len(data) // 2)
    for encoding, offset in (("utf-16-le", 1), ("utf-16-be", 0)):
        if data[offset::2].count(0) * 10 > pairs * 3 and not data[1 - offset :: 2].count(0):
            reason = l10n.t("by its look it is {encoding} from line {line} on", encoding=named(encoding), line=first)
            return TextFault(reason, first - 1, encoding)
    line = first + data.count(b"\n", 0, data.find(b"\0"))
    return TextFault(l10n.t("line {line} has a NUL byte", line=line), line - 1, "")


def _guess(data: bytes) -> str:
    """Which encoding bytes beyond ASCII most likely have. In languages of Western Europe most of them stand alone; of
    others one tells them by how many characters are common ones."""
    lines = [line for line in data[:_LOOK_BYTES].split(b"\n") if not line.isascii()]
    sample = b"\n".join(lines)[:_SAMPLE_BYTES]
    if 2 * len(_ALONE.findall(sample)) < sum(byte > 127 for byte in sample):
        share, encoding = max(
            (
                (_share_of_common(sample, each), each)
                for each in _COMMON
                if each != "cp1251" or not _MIXED.search(sample)
            ),
            key=lambda each: each[0],
        )
        if share >= _LEAST_SHARE:
            return encoding
    try:
        sample.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def _share_of_common(sample: bytes, encoding: str) -> float:
    """Of its characters beyond ASCII; 0 where it is not of that encoding. Its last one may be cut off."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return 0.0
    width, ranges = _COMMON[encoding]
    characters = [each.encode(encoding) for each in text if not each.isascii()]
    common = sum(len(each) == width and any(first <= each[0] <= last for first, last in ranges) for each in characters)
    return common / max(1, len(characters))


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
