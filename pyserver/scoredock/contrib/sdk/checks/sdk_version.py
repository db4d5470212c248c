"""Tells which version of the SDK a script is written for, where the project says so."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace

from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.paths import folder_of
from scoredock.contrib.sdk.checks import rules

_PIN = re.compile(r"\bazureml-(?:sdk|core)(?:\[[^\]\n]*\])?[ \t]*\(?(?:==|~=|<=?)[ \t]*([01]\.\d+)\b")
_OLDEST = (1, 20)
"""The first version whose names are mostly those that are known, of December 2020."""
_LISTS = re.compile(
    r"(?:.*[-_.])?requirements(?:[-_.].*)?\.txt$|.*(?:conda|env).*\.ya?ml$|setup\.py$|.*\.dist-info$", re.IGNORECASE
)
_MOST_FILES = 10
_MOST_FOLDERS = 4
_NAMES = frozenset(rule.code for rule in (rules.IMPORT, rules.ATTRIBUTE, rules.KEYWORD, rules.MISSING, rules.TOO_MANY))


def for_version(findings: list[Finding], facts: Facts) -> list[Finding]:
    """The findings with less weight for names, where the project pins a version of the SDK that had others."""
    if not any(f.code in _NAMES and f.severity in ("error", "warning") for f in findings) or not _is_old(facts):
        return findings
    return [
        replace(f, severity="information") if f.code in _NAMES and f.severity in ("error", "warning") else f
        for f in findings
    ]


def _is_old(facts: Facts) -> bool:
    """True if the nearest list of packages that pins the SDK pins an old one."""
    for folder in _folders(facts):
        pins = [_numbers(version) for text in _texts(facts, folder) for version in _PIN.findall(text)]
        if pins:
            return max(pins) < _OLDEST
    return False


def _folders(facts: Facts) -> Iterator[str]:
    folder = folder_of(facts.path) if facts.path else ""
    for _ in range(_MOST_FOLDERS):
        if not folder:
            return
        yield folder
        above = folder_of(folder)
        folder = "" if above == folder else above


def _texts(facts: Facts, folder: str) -> Iterator[str]:
    try:
        names = list(facts.listing(folder)) if facts.listing is not None else []
    except OSError:
        return
    for name in [each for each in names if _LISTS.match(each)][:_MOST_FILES]:
        path = posixpath.join(folder, name)
        yield facts.read(posixpath.join(path, "METADATA") if name.endswith(".dist-info") else path) or ""


def _numbers(version: str) -> tuple[int, int]:
    first, _, second = version.partition(".")
    return int(first), int(second[:6])
