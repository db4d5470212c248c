"""The second judge: what the repairs that nobody looks at make of a file with a mistake.

A file must be read afterwards as well as before, and differ only where a finding lay whose repair was applied, or by
an import, a `global` statement or a key that it names.
"""

from __future__ import annotations

import ast
import difflib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import yaml
from scoredock.analysis.finding import Finding
from scoredock.scripts.checked_files import CheckedFile, FileChecker
from scoredock.scripts.fixing import repair

_INSERTED = re.compile(r"\s*(import |from \S+ import |global |$)")


@dataclass(frozen=True)
class Repaired:
    """A file before and after, and what was found and repaired in it."""

    path: Path
    before: str
    after: str
    repairs: tuple[str, ...]
    """`code title` of each."""
    complaint: str
    """What is wrong with the new text; empty when nothing is."""
    left: tuple[str, ...]
    """Codes of the errors that it has now."""


def repair_files(checker: FileChecker, files: Sequence[CheckedFile]) -> list[Repaired]:
    """As `scoredock check --fix` does it: each file for itself. Nothing is written."""
    made = []
    for file in files:
        if not any(finding.certain_fix for finding in file.findings):
            continue
        seen: list[Finding] = []  # a repair may bring up the next finding
        done = repair(file.text, partial(_check, checker, file.path, seen))
        if not done.repairs:
            continue
        codes = {each.code for each in done.repairs}
        complaint = complaint_of(file.path.name, file.text, done.text, _lines(seen, codes))
        errors = tuple(finding.code for finding in done.findings if finding.severity == "error")
        repairs = tuple(f"{each.code} {each.title}" for each in done.repairs)
        made.append(Repaired(file.path, file.text, done.text, repairs, complaint, errors))
    return made


def _check(checker: FileChecker, path: Path, seen: list[Finding], text: str) -> Sequence[Finding] | None:
    found = checker.check(path, text)
    seen += found or ()
    return found


def complaint_of(name: str, before: str, after: str, named: set[int]) -> str:
    """Why the text after is worse than the one before. `named`: zero-based lines that findings are about."""
    if _reads(name, before) and not _reads(name, after):
        return "it cannot be read any more"
    old, new = before.splitlines(), after.splitlines()
    for kind, start, stop, begin, end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        far = [line + 1 for line in range(start, stop) if not named & {line - 1, line, line + 1} and old[line].strip()]
        if far and not _moved(old[start:stop], new):
            return f"line {far[0]} is changed, which no finding is about: {old[far[0] - 1].strip()}"
        beside = named & set(range(start - 1, stop + 2))
        if kind == "insert" and not beside and not all(map(_INSERTED.match, new[begin:end])):
            return f"lines appear that no finding is about: {new[begin].strip()}"
    return ""


def _moved(lines: Sequence[str], text: Sequence[str]) -> bool:
    """Whether the same lines stand in the new text with another indentation: what lay below one that was mended."""
    bare = {line.strip() for line in text}
    return all(line.strip() in bare for line in lines)


def _lines(found: Sequence[Finding], codes: set[str]) -> set[int]:
    """The lines that findings of these codes are about."""
    return {
        line
        for finding in found
        if finding.code in codes
        for span in (finding.range, *(related.range for related in finding.related))
        for line in range(span.start.line, span.end.line + 1)
    }


def _reads(name: str, text: str) -> bool:
    try:
        if name.endswith(".py"):
            ast.parse(text)
        elif name.endswith(".json"):
            json.loads(text)
        elif name.endswith((".yml", ".yaml")):
            yaml.safe_load(text)
    except (SyntaxError, ValueError, yaml.YAMLError):
        return False
    return True
