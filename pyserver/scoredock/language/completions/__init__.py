"""Proposals while typing: keys and values of configurations, models and their files in scripts.

May import what `language` may. Door: `completions`.
"""

from __future__ import annotations

from scoredock.analysis.facts import Facts
from scoredock.analysis.tree import Lines
from scoredock.language.completions.commands import command_proposals
from scoredock.language.completions.config_skeletons import config_skeletons
from scoredock.language.completions.configs import config_proposals, requirements
from scoredock.language.completions.proposal import MOST, Completion
from scoredock.language.completions.script import model_proposals, script_proposals
from scoredock.language.kinds import kind_in
from scoredock.text import Position

_LONGEST = 2_000_000


def completions(text: str, facts: Facts, place: Position) -> list[Completion]:
    """Proposals for a position; empty where there is nothing to say. Never raises. More than `MOST` are not all."""
    if len(text) > _LONGEST:
        return []
    kind = kind_in(text, facts)
    lines = Lines(text)
    place = lines.position(lines.offset(place))
    if facts.path.lower().endswith(".py"):
        return script_proposals(lines, kind, facts, place)
    if facts.path.lower().endswith(".ipynb") or kind == "notebook":
        return model_proposals(lines, facts, place)
    begun = config_skeletons(kind, text, facts, lines.range(0, len(text)))
    if begun or kind is None:
        return begun
    if kind == "commands":
        return command_proposals(lines, facts, place)
    if kind == "requirements":
        return requirements(lines, facts, place)
    return config_proposals(text, lines, kind, facts, place)


__all__ = ["MOST", "Completion", "completions"]
