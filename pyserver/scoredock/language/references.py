"""Subject at a position, the places that name it, and the edits that a rename of a file needs."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence
from typing import Literal

from scoredock.analysis.facts import Facts
from scoredock.analysis.tree import Lines, contains
from scoredock.language.kinds import kind_in
from scoredock.language.mention import Mention
from scoredock.language.mentions import mentions
from scoredock.language.parameters import parameter_at
from scoredock.late_dataclass import dataclass
from scoredock.text import Position, Range, TextEdit

_FUNCTION = re.compile(r"^(?:async[ \t]+)?def[ \t]+(init|run)\b")


@dataclass(frozen=True, slots=True)
class ReferenceSubject:
    """Parameter, path, model or environment whose names are looked for."""

    kind: Literal["parameter", "path", "model", "environment"]
    target: str
    """Absolute path or name."""
    places: tuple[Range, ...] = ()
    """Of a parameter: all there are, its definition first."""


def subject_at(text: str, facts: Facts, place: Position) -> ReferenceSubject | None:
    """Subject at a position, or None: a parameter of run(), a name in a file; on `init` or `run` the script itself."""
    parameter = parameter_at(text, facts, place)
    if parameter is not None:
        return ReferenceSubject("parameter", parameter.name, (parameter.definition, *parameter.uses))
    for found in mentions(text, facts):
        if contains(found.range, place):
            return ReferenceSubject(found.kind, found.target)
    if kind_in(text, facts) in ("entry-script", "batch-script"):
        line = Lines(text).line(place.line)
        match = _FUNCTION.match(line)
        if match is not None and match.start(1) <= place.character <= match.end(1):
            return ReferenceSubject("path", facts.path)
    return None


def matching(mentions: Iterable[Mention], subject: ReferenceSubject) -> list[Range]:
    """Ranges in a file that name the subject."""
    return [m.range for m in mentions if m.kind == subject.kind and m.target == subject.target]


def rename_edits(text: str, mentions: Iterable[Mention], moves: Sequence[tuple[str, str]]) -> list[TextEdit]:
    """Edits that a file needs when files or folders move from their old to their new paths."""
    lines = Lines(text)
    edits = []
    for mention in mentions:
        if mention.kind != "path":
            continue
        target, base = _moved(mention.target, moves), _moved(mention.base, moves)
        if target == mention.target and base == mention.base:
            continue
        new_path = _relative(target, base, mention.text)
        if new_path is None or new_path == mention.text:
            continue
        start = lines.offset(mention.range.start)
        in_quotes = start > 0 and text[start - 1] == '"'
        edits.append(TextEdit(mention.range, _escaped(new_path) if in_quotes else new_path))
    return edits


def _moved(path: str, moves: Sequence[tuple[str, str]]) -> str:
    for old, new in moves:
        if path == old:
            return new
        if path.startswith((old + "/", old + "\\")):
            return new + path[len(old) :]
    return path


def _relative(target: str, base: str, old_path: str) -> str | None:
    """A path as seen from a folder, in the way it was written before; None on another drive."""
    if old_path.startswith("/") or old_path[1:2] == ":":
        return target
    target, base = target.replace("\\", "/"), base.replace("\\", "/")
    if target[1:2] == ":" and target[:2].lower() != base[:2].lower():
        return None
    relative = posixpath.relpath(target, base)
    return f"./{relative}" if old_path.startswith("./") and not relative.startswith(".") else relative


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
