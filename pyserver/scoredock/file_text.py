"""The text of a person's file, as the programs that read it take it: by its byte order mark or, in Python files and
requirements, by its coding line (PEP 263), else as UTF-8. What is none of these is read by its look, and says so."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

UTF_8 = "utf-8"
MARKS = (
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Bytes that a file begins with, those of UTF-32 before those of UTF-16, with which they begin."""
_UNMARKED = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
_SHOWN: Mapping[str, str] = {
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
    "utf-32-le": "UTF-32",
    "utf-32-be": "UTF-32",
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
_CODING = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK = re.compile(rb"[ \t\f]*(?:#.*)?\r?$")
_REQUIREMENTS = (".txt", ".in")
_WITH_CODING_LINE = (".py", ".pyw", *_REQUIREMENTS)
"""Python reads a script by this line, pip its requirements."""
_READ_BY_MARK = (".ps1", *_REQUIREMENTS)
"""PowerShell and pip read UTF-16 and UTF-32 with a mark."""


class FileEncoding(NamedTuple):
    """Encoding in which a file was read."""

    codec: str = UTF_8
    mark: bytes = b""
    problem: Literal["", "mark", "bytes", "coding line", "size"] = ""
    """Why the programs that read such files cannot: the encoding that its mark says, bytes that are none of its
    encoding, a coding line that names no encoding of text; or why it was not read: its size."""
    line: int = 0
    """Of the problem, from 0."""
    byte: int = -1
    """The first one that is none of the encoding."""
    coding: str = ""
    """By the coding line."""

    @property
    def name(self) -> str:
        """Name of the encoding for people."""
        return named(self.codec)

    @property
    def behind_mark(self) -> str:
        """The codec of what follows the mark."""
        if not self.mark or self.codec not in ("utf-16", "utf-32"):
            return self.codec
        return f"{self.codec}-{'le' if self.mark.startswith(codecs.BOM_UTF16_LE) else 'be'}"

    def encoded(self, text: str) -> bytes:
        """A text as the file has it. Raises UnicodeEncodeError."""
        return self.mark + text.encode(self.behind_mark)

    @property
    def is_unmarked(self) -> bool:
        """True if it is in UTF-16 or UTF-32 and nothing in it says so."""
        return self.codec in _UNMARKED

    @property
    def is_readable(self) -> bool:
        """True if the text is that of the file, and no guess."""
        return self.problem in ("", "mark")


USUAL = FileEncoding()


class FileText(NamedTuple):
    """The text, without a mark, with line ends as they are, and how it was read."""

    text: str
    encoding: FileEncoding = USUAL

    @property
    def fault(self) -> str:
        """Half a sentence about what is wrong, of a text that is a guess."""
        from scoredock import l10n

        if self.encoding.problem == "coding line" and self.encoding.mark:
            return l10n.t("its coding line names “{name}”, and its mark is that of UTF-8", name=self.encoding.coding)
        if self.encoding.problem == "coding line":  # of a script of Python
            return l10n.t("its coding line names “{name}”, in which no such file is read", name=self.encoding.coding)
        if self.encoding.is_unmarked:
            return l10n.t("it is in {encoding} without a mark", encoding=self.encoding.name)
        return l10n.t(
            "line {line} is not UTF-8; by its look it is {encoding}",
            line=self.encoding.line + 1,
            encoding=self.encoding.name,
        )


def marked_codec(content: bytes) -> str:
    """The encoding that a file's byte order mark says; empty without one."""
    return next((codec for mark, codec in MARKS if content.startswith(mark)), "")


def file_text(content: bytes, path: str) -> FileText:
    """Never raises: bytes that are none of the encoding become the sign for them, and the problem is named."""
    mark, codec = next((each for each in MARKS if content.startswith(each[0])), (b"", ""))
    ending = path[path.rfind(".") :].lower()
    body = content[len(mark) :]
    if codec not in ("", UTF_8):
        return _decoded(body, FileEncoding(codec, mark, "" if ending == ".ps1" else "mark"))
    # pip goes by the mark and does not look at the line then, Python refuses two that differ.
    coding = coding_line(body) if ending in _WITH_CODING_LINE and not (mark and ending in _REQUIREMENTS) else None
    if coding is not None:
        line, name = coding
        codec = codec_of_coding_line(name)
        if not codec or (mark and codec != UTF_8):
            return _decoded(body, FileEncoding(UTF_8, mark, "coding line", line, coding=name))
        return _decoded(body, FileEncoding(codec, mark, coding=name))
    if b"\0" in body[:4] and (codec := json.detect_encoding(body)) not in (UTF_8, "utf-8-sig"):
        return _decoded(body, FileEncoding(codec, b"", "bytes"))
    return _decoded(body, FileEncoding(UTF_8, mark))


def _decoded(body: bytes, encoding: FileEncoding) -> FileText:
    try:
        return FileText(body.decode(encoding.behind_mark), encoding)
    except UnicodeDecodeError as error:
        line, byte = body.count(b"\n", 0, error.start), body[error.start]
    except (ValueError, LookupError):
        line, byte = 0, -1
    if encoding.problem != "coding line":
        encoding = encoding._replace(problem="bytes", line=line, byte=byte)
    if encoding.codec == UTF_8:
        encoding = encoding._replace(codec=guess(body))
    return FileText(body.decode(encoding.behind_mark, "replace"), encoding)


def coding_line(body: bytes) -> tuple[int, str] | None:
    """The line, from 0, and the name of the encoding in it."""
    for number, line in enumerate(body[:2_000].split(b"\n")[:2]):
        if match := _CODING.match(line):
            return number, match[1].decode("ascii", "replace")
        if not _BLANK.match(line):
            return None
    return None


def codec_of(name: str) -> str:
    """The codec of a name; empty for what is not an encoding of text."""
    try:
        # Those that are not encodings of text, such as base64, refuse to decode bytes to one.
        "".encode(name)
        codec = codecs.lookup(name).name
    except (LookupError, ValueError, TypeError):
        return ""
    return UTF_8 if codec == "utf-8-sig" else codec


def codec_of_coding_line(name: str) -> str:
    """The codec; empty for one in which the line itself would not be read, as UTF-16."""
    codec = codec_of(name)
    return codec if codec and "#".encode(codec) == b"#" else ""


def named(encoding: str) -> str:
    """Name of an encoding for people."""
    return _SHOWN.get(encoding, encoding)


def is_read_by_mark(path: str) -> bool:
    """True if the program that reads such files goes by a mark of UTF-16."""
    return path[path.rfind(".") :].lower() in _READ_BY_MARK


def guess(data: bytes) -> str:
    """Encoding that bytes beyond ASCII most likely have. In languages of Western Europe most of them stand alone; of
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
    """Share of common characters among those beyond ASCII; 0 if the text is not of that encoding. Its last one may be
    cut off."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return 0.0
    width, ranges = _COMMON[encoding]
    characters = [each.encode(encoding) for each in text if not each.isascii()]
    common = sum(len(each) == width and any(first <= each[0] <= last for first, last in ranges) for each in characters)
    return common / max(1, len(characters))
