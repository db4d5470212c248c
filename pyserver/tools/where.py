"""Search for files of the code by words: `python pyserver/tools/where.py which branches of a script run`.

What is searched are the functions and classes, by their code and texts and by the place and the line of their file in
docs/internals/modules. Words before a colon are folders whose files come first: `environments: a pin of conda`.
"""

from __future__ import annotations

import itertools
import re
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools import modules

SHOWN = 15
_SCHEMA = "CREATE VIRTUAL TABLE parts USING fts5(path UNINDEXED, head UNINDEXED, place, line, code, tokenize=porter)"
_BEST = "SELECT path, head, -bm25(parts) FROM parts WHERE parts MATCH ? ORDER BY rank LIMIT 1500"
_PART = re.compile(r"^[ \t]*(?:export )?(?:default )?(?:async )?(?:def|class|function)\b", re.MULTILINE)
_DOCSTRING = re.compile(r'(?s:.*?):\n\s+r?"""(.*)')
_WORDS = re.compile(r"[A-Za-z][a-z]+|[A-Z]+(?![a-z])|\d+")
_FOLDERS = re.compile(r"([\w, ]+):")
_OTHER_PARTS = 0.15
"""What the second and third best part of a file count beside its best one."""
_FOLDER = 0.4
"""What a folder that is named counts beside the best part of all. Both numbers are those with which most of 169 commits
had the file that they changed most among the first three and the first fifteen."""


class Fit(NamedTuple):
    """A file that fits."""

    place: str
    line: str
    """What docs/internals/modules say of it."""
    part: str
    """The head of the function or class that fits best, empty for the top of the file."""


def files_about(question: str, root: Path = modules.ROOT) -> list[Fit]:
    """The files that fit best, the best first."""
    lines = {
        path.relative_to(root).as_posix(): line for page in modules.PAGES for path, line in modules.listed(root, page)
    }
    parts = _best_parts(question, root, lines)
    best = max((each[0][0] for each in parts.values()), default=1)
    folders = _folders(question)

    def fits(place: str) -> float:
        first, *others = (fit for fit, _ in parts[place][:3])
        in_folder = any(each <= set(_lower(Path(place).parent.as_posix())) for each in folders)
        return (first + _OTHER_PARTS * sum(others)) / best + _FOLDER * in_folder

    return [Fit(place, lines[place], parts[place][0][1]) for place in sorted(parts, key=fits, reverse=True)[:SHOWN]]


def _best_parts(question: str, root: Path, lines: Mapping[str, str]) -> dict[str, list[tuple[float, str]]]:
    """Heads of the parts of each file with how well they fit, the best first."""
    words = " OR ".join(f'"{word}"' for word in _WORDS.findall(question))
    parts: dict[str, list[tuple[float, str]]] = {}
    with closing(sqlite3.connect(":memory:")) as index:
        index.execute(_SCHEMA)
        for place, line in lines.items():
            index.executemany("INSERT INTO parts VALUES (?, ?, ?, ?, ?)", _parts(root, place, line))
        for place, head, fit in index.execute(_BEST, (words or '""',)):
            parts.setdefault(place, []).append((fit, head))
    return parts


def _folders(question: str) -> list[set[str]]:
    """The words of each folder that is named before a colon."""
    named = _FOLDERS.match(question)
    return [set(_lower(each)) for each in named[1].split(",")] if named else []


def _lower(text: str) -> list[str]:
    return [word.lower() for word in _WORDS.findall(text)]


def _parts(root: Path, place: str, line: str) -> Iterator[tuple[str, ...]]:
    code = (root / place).read_text("utf-8")
    begins = [0, *(each.start() for each in _PART.finditer(code)), len(code)]
    for start, end in itertools.pairwise(begins):
        part = code[start:end]
        yield place, _head(part) if start else "", *(" ".join(_WORDS.findall(each)) for each in (place, line, part))


def _head(part: str) -> str:
    """The name of a function or class, and what its docstring says first."""
    said = _DOCSTRING.match(part) if '"""' in part else None
    name = part.strip().partition("\n")[0].partition("(")[0].rstrip(":{ ")
    return name + ": " + said[1].strip(' "') if said else name


if __name__ == "__main__":
    for fit in files_about(" ".join(sys.argv[1:])):
        print(fit.place, *(f"    {text}" for text in (fit.line, fit.part) if text), sep="\n")
