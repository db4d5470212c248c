"""From a name to what it names: paths to files, schema parameters to those of run()."""

from __future__ import annotations

from dataclasses import dataclass

from scoredock.analysis.facts import Facts
from scoredock.analysis.tree import contains
from scoredock.language.mentions import mentions
from scoredock.language.parameters import parameter_at
from scoredock.text import Position, Range


@dataclass(frozen=True, slots=True)
class DefinitionTarget:
    """A place in a file, with the range it was reached from."""

    path: str
    range: Range
    origin: Range


def definition(text: str, facts: Facts, place: Position) -> DefinitionTarget | None:
    """Where the thing under a position is defined, or None. Never raises."""
    parameter = parameter_at(text, facts, place)
    if parameter is not None:
        return DefinitionTarget(facts.path, parameter.definition, parameter.origin)
    every = mentions(text, facts)
    for found in every:
        if found.kind == "path" and contains(found.range, place):
            target = found.target
            if facts.is_folder(target):
                # A folder cannot be opened; what is meant to be run in it can.
                inside = (m.target for m in every if m.target.startswith((target + "/", target + "\\")))
                target = next(inside, target)
            if not facts.exists(target) or facts.is_folder(target):
                return None
            start = Position(0, 0)
            return DefinitionTarget(target, Range(start, start), found.range)
    return None
