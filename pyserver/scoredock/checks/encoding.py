"""Findings about how a file is written: its encoding, which is how its bytes become text."""

from __future__ import annotations

import codecs

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.tree import Lines
from scoredock.checks.encoding_rules import ENCODING
from scoredock.file_text import USUAL, UTF_8, FileEncoding, codec_of_coding_line, coding_line, is_read_by_mark
from scoredock.text import Fix, Position, Range

_SCRIPTS = (".py", ".pyw")


def encoding_findings(text: str, facts: Facts) -> list[Finding]:
    """Findings of a file that the programs which read it cannot read, or of which few can. The fix without edits saves
    the file as UTF-8."""
    encoding = facts.encoding or USUAL
    if not encoding.problem and facts.path.endswith(_SCRIPTS):
        encoding = _by_coding_line(text)
    if not encoding.problem:
        return []
    lines = Lines(text)
    line = min(encoding.line, text.count("\n"))
    place = Range(Position(line, 0), Position(line, len(lines.line(line))))
    if encoding.problem == "coding line":
        start = lines.line(line).find(encoding.coding)
        word = lines.offset(Position(line, max(0, start)))
        edit = lines.edit(word, word + len(encoding.coding), UTF_8)
        fixes = (Fix(l10n.t("Change to {new}", new=UTF_8), (edit,), preferred=True),)
    else:
        save = Fix(l10n.t("Save as UTF-8"), (), preferred=True, certain=encoding.problem == "mark")
        fixes = (save,)
    is_read = encoding.problem == "mark" and is_read_by_mark(facts.path)
    problem = _problem(encoding, facts.path)
    return [ENCODING.finding(place, fixes=fixes, severity="warning" if is_read else None, problem=problem)]


def _by_coding_line(text: str) -> FileEncoding:
    """Encoding of the text as it is typed: with a problem where its coding line names none that exists."""
    said = coding_line(text[:2_000].encode("utf-8", "replace"))
    if said is None or codec_of_coding_line(said[1]):
        return FileEncoding()
    return FileEncoding(problem="coding line", line=said[0], coding=said[1])


def _problem(encoding: FileEncoding, path: str) -> str:
    is_script = path.endswith(_SCRIPTS)
    if encoding.problem == "coding line" and encoding.mark:
        return l10n.t(
            "The coding line names “{name}”, and the file begins with the mark of UTF-8, so Python does not read the"
            " script; write “utf-8”",
            name=encoding.coding[:60],
        )
    if encoding.problem == "coding line" and is_script:
        return l10n.t(
            "“{name}” in the coding line is not an encoding that Python reads scripts in; write “utf-8”",
            name=encoding.coding[:60],
        )
    if encoding.problem == "coding line":
        return l10n.t(
            "“{name}” in the coding line is not an encoding that pip reads requirements in; write “utf-8”",
            name=encoding.coding[:60],
        )
    if encoding.problem == "mark" and is_script:
        return l10n.t(
            "This script is in {encoding}, which Python does not read; save it as UTF-8", encoding=encoding.name
        )
    if encoding.problem == "mark" and is_read_by_mark(path):
        return l10n.t(
            "This file is in {encoding}{writer}; pip reads it, many other programs do not; save it as UTF-8",
            encoding=encoding.name,
            writer=_writer(encoding),
        )
    if encoding.problem == "mark":
        return l10n.t(
            "This file is in {encoding}{writer}, and Azure ML and most other programs expect UTF-8; save it as UTF-8",
            encoding=encoding.name,
            writer=_writer(encoding),
        )
    if encoding.is_unmarked:
        return l10n.t(
            "This file is in {encoding} without a mark, so it is not read; save it as UTF-8", encoding=encoding.name
        )
    if is_script and encoding.coding:
        return l10n.t(
            "The byte 0x{byte:02x} is none of {encoding}, which the coding line names; save the script as UTF-8, and"
            " name that",
            byte=max(encoding.byte, 0),
            encoding=encoding.coding,
        )
    if is_script:
        return l10n.t(
            "The byte 0x{byte:02x} is not UTF-8, so Python does not read the script; by its look it is {encoding}: save"
            " it as UTF-8, or begin it with the line “# coding: {codec}”",
            byte=max(encoding.byte, 0),
            encoding=encoding.name,
            codec=encoding.codec,
        )
    return l10n.t(
        "The byte 0x{byte:02x} is not UTF-8, so the file is not read; by its look it is {encoding}: save it as UTF-8",
        byte=max(encoding.byte, 0),
        encoding=encoding.name,
    )


def _writer(encoding: FileEncoding) -> str:
    """Who writes such files; empty where nobody does."""
    return l10n.t(", as “>” of Windows PowerShell writes it") if encoding.mark == codecs.BOM_UTF16_LE else ""
