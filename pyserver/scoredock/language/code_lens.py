"""The lines above init() and above a configuration that deploy and check."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scoredock.analysis.facts import Facts
from scoredock.analysis.tree import Lines
from scoredock.language.kinds import kind_in
from scoredock.text import Range

_INIT = re.compile(r"^(?:async[ \t]+)?def[ \t]+(init)[ \t]*\(", re.MULTILINE)
_RUN = re.compile(r"^(?:async[ \t]+)?def[ \t]+(run)[ \t]*\(", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Lens:
    """A clickable text above a line."""

    range: Range
    title: str
    command: str
    arguments: tuple[str, ...]


def code_lenses(text: str, facts: Facts) -> list[Lens]:
    """Deploy, Check and Try It above init() of an entry script, above run() when init is missing; Deploy with This
    above a configuration of a deployment; none in other files.

    The text is only searched, not parsed, so that the lenses stay while somebody types.
    """
    kind = kind_in(text, facts) if facts.path else None
    lines = Lines(text)
    if kind in ("inference-config", "deployment-config"):
        start = len(text) - len(text.lstrip("\ufeff \t\r\n"))
        place = lines.range(start, start)
        return [
            Lens(place, "Deploy with This", "scoredock.deployConfiguration", (facts.path,)),
            Lens(place, "Check", "scoredock.checkFile", (facts.path,)),
        ]
    if kind != "entry-script":
        return []
    match = _INIT.search(text) or _RUN.search(text)
    if match is None:
        return []
    place = lines.range(match.start(1), match.end(1))
    return [
        Lens(place, "Deploy", "scoredock.deploy", (facts.path,)),
        Lens(place, "Check", "scoredock.checkFile", (facts.path,)),
        Lens(place, "Try It", "scoredock.tryScript", (facts.path,)),
    ]
