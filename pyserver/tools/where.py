"""Search for files of the code by words: `python pyserver/tools/where.py which branches of a script run`.

Each file is searched by its place, by its line in docs/internals/modules, and by what its docstrings and comments say.
"""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools import modules

_SCHEMA = "CREATE VIRTUAL TABLE files USING fts5(path UNINDEXED, shown UNINDEXED, place, line, prose, tokenize=porter)"
_BEST = "SELECT path, shown FROM files WHERE files MATCH ? ORDER BY bm25(files, 0, 0, 3, 2, 1) LIMIT 12"
_OF_PYTHON = re.compile(r'"""(?s:.*?)"""|#.*|(?<=def )\w+|(?<=class )\w+')
_OF_TYPESCRIPT = re.compile(r"/\*\*(?s:.*?)\*/|//.*|(?<=function )\w+|(?<=const )\w+")
_WORDS = re.compile(r"[A-Za-z][a-z]+|[A-Z]+(?![a-z])|\d+")


def files_about(question: str, root: Path = modules.ROOT) -> list[tuple[str, str]]:
    """Place and line of the files that fit best, the best first."""
    words = " OR ".join(f'"{word}"' for word in _WORDS.findall(question))
    with closing(sqlite3.connect(":memory:")) as index:
        index.execute(_SCHEMA)
        index.executemany("INSERT INTO files VALUES (?, ?, ?, ?, ?)", _rows(root))
        return index.execute(_BEST, (words or '""',)).fetchall()


def _rows(root: Path) -> Iterator[tuple[str, ...]]:
    for page in modules.PAGES:
        for path, line in modules.listed(root, page):
            place = path.relative_to(root).as_posix()
            prose = (_OF_PYTHON if path.suffix == ".py" else _OF_TYPESCRIPT).findall(path.read_text("utf-8"))
            yield place, line, *(" ".join(_WORDS.findall(each)) for each in (place, line, " ".join(prose)))


if __name__ == "__main__":
    for place, line in files_about(" ".join(sys.argv[1:])):
        print(f"{place}\n    {line}")
