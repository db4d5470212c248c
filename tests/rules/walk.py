"""Draws commits, to ask whether the maps lead from what one is about to the file that it changed most.

Run from the root of a checkout: `python tests/rules/walk.py [--seed N] [--at COMMIT] [--subjects]`. Who takes the walk
looks at the subjects alone (`--subjects`), goes by ARCHITECTURE.md, docs/internals/where.md and the search of
pyserver/tools/where.py to a file, and then compares; the last walks are in docs/internals/shape.md. Tests, docs, pages
of rules, translations and generated files count nowhere, and of what moved only the lines that changed. A commit is
drawn if a third of the lines that it changed is in one file, or more: one that goes through many, as new names do, is
about none of them.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
from pathlib import Path

COMMITS, DRAWN = 300, 20
LEAST = 1 / 3
_PRODUCT = re.compile(r"(extension|scripts|pyserver/(?!rule_pages)\w+)/.+\.(py|ts|mjs|css)")
_MARKS = ("generated", "do not edit")
"""In the first lines of a file that a program writes."""


def changed_most(root: Path, at: str) -> list[tuple[str, str, str]]:
    """Hash, subject and file, by its place of today, of each of the commits before that is about one."""
    command = ["git", "log", "--no-merges", f"-{COMMITS}", "-M", "--numstat", "--format=%x00%h%x00%s", at]
    log = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    commits, moves = [], {}
    for number, subject, rows in re.findall(r"\0(\w+)\0(.*)\n\n?((?:[^\0\n].*\n?)*)", log):
        lines = {}
        for added, removed, path in (row.split("\t") for row in rows.splitlines()):
            before, after = _side(path, 1), _side(path, 2)
            now = moves.get(after, after)
            if before != after:
                moves[before] = now
            if _PRODUCT.fullmatch(now) and (root / now).is_file() and not _is_generated(root / now):
                lines[now] = int(added) + int(removed)
        most = max(lines.values(), default=0)
        if most and most >= LEAST * sum(lines.values()):
            commits.append((number, subject, max(lines, key=lines.__getitem__)))
    return commits


def _side(path: str, side: int) -> str:
    """Of a file that moved: `a/{b => c}/d` is `a/b/d` and then `a/c/d`."""
    words = r"\{(.*) => (.*)\}" if "{" in path else r"(.*) => (.*)"
    return re.sub(words, rf"\{side}", path).replace("//", "/")


def _is_generated(path: Path) -> bool:
    head = path.read_text("utf-8")[:400].lower()
    return any(mark in head for mark in _MARKS)


def main() -> None:
    """Prints the draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=67)
    parser.add_argument("--at", default="HEAD", help="the commit before which they are")
    parser.add_argument("--subjects", action="store_true", help="without the files")
    options = parser.parse_args()
    commits = changed_most(Path(__file__).resolve().parents[2], options.at)
    for number, subject, path in random.Random(options.seed).sample(commits, DRAWN):
        print(number, subject, *(() if options.subjects else (f"\n    {path}",)))


if __name__ == "__main__":
    main()
