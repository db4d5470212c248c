"""`hashFiles` of GitHub Actions."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.contrib.pipelines.domain.expressions.evaluation import as_text
from scoredock.contrib.pipelines.domain.expressions.tokens import ExpressionFault

_PART = re.compile(r"\*\*|\*|\?|\[!?[^\]/]+\]|[^*?\[]+|\[")
_BLOCK = 1 << 20


def hash_files(root: str, patterns: Sequence[Any]) -> str:
    """The hash of the hashes of the files that the patterns match; empty where there are none. Raises
    ExpressionFault."""
    whole = hashlib.sha256()
    count = 0
    for path in chosen_files(root, patterns):
        whole.update(_hash(path))
        count += 1
    return whole.hexdigest() if count else ""


def chosen_files(root: str, patterns: Sequence[Any]) -> Iterator[Path]:
    """The files below the folder that the patterns match. A later pattern counts more, `!` is for what is left out.
    Raises ExpressionFault."""
    texts = list(map(as_text, patterns))
    follows = bool(texts) and texts[0].lower() == "--follow-symbolic-links"
    lines = [line.strip() for text in texts[follows:] for line in text.splitlines()]
    rows = [_row(line, root) for line in lines if line and not line.startswith("#")]
    if not rows:
        raise ExpressionFault(l10n.t("hashFiles() was given no pattern."))
    starts = list(dict.fromkeys(start for is_left_out, start, _ in rows if not is_left_out))
    for start in starts:
        if not any(start != other and start.startswith(f"{other.rstrip('/')}/") for other in starts):
            for path in _files(Path(start), follows):
                text = path.as_posix()
                if text.startswith(f"{Path(root).as_posix()}/") and _is_chosen(text, rows):
                    yield path


def _row(line: str, root: str) -> tuple[bool, str, re.Pattern[str]]:
    """Row of patterns as three values: True if it leaves files out, the folder to search, and the expression for a
    path.
    """
    is_left_out = len(line) - len(line.lstrip("!"))
    pattern = Path(os.path.normpath(Path(root) / line.lstrip("!").strip())).as_posix()
    start = pattern
    while re.search(r"[*?\[]", start):
        start = start.rpartition("/")[0]
    return bool(is_left_out % 2), start or "/", _expression(pattern)


def _expression(pattern: str) -> re.Pattern[str]:
    """A folder stands for all that is in it; `**` for any number of folders."""
    texts: list[str] = []
    for segment in pattern.split("/")[1:]:
        if segment == "**":
            texts += ["(?:/[^/]+)*"] if texts[-1:] != ["(?:/[^/]+)*"] else []
            continue
        signs = {"**": "[^/]*", "*": "[^/]*", "?": "[^/]", "[": r"\["}
        parts = [signs.get(part) or _class(part) or re.escape(part) for part in _PART.findall(segment)]
        texts.append("/" + "".join(parts))
    return re.compile("".join(texts) + r"(?:/.*)?", re.DOTALL)


def _class(part: str) -> str:
    inner = part[1:-1].replace("\\", r"\\").replace("^", r"\^")
    return f"[{'^' + inner[1:] if inner.startswith('!') else inner}]" if part.startswith("[") and len(part) > 1 else ""


def _files(start: Path, follows: bool) -> Iterator[Path]:
    """In the order of their names, folder by folder."""
    if start.is_symlink() and not follows and start.is_dir():
        return
    if start.is_dir():
        for path in sorted(start.iterdir()):
            yield from _files(path, follows)
    elif start.is_file():
        yield start


def _is_chosen(path: str, rows: Sequence[tuple[bool, str, re.Pattern[str]]]) -> bool:
    is_chosen = False
    for is_left_out, _, expression in rows:
        if expression.fullmatch(path):
            is_chosen = not is_left_out
    return is_chosen


def _hash(path: Path) -> bytes:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise ExpressionFault(l10n.t("hashFiles() cannot read {path}.", path=path)) from error
    return digest.digest()
