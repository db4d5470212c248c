"""The line above init() that deploys and checks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scoredock.configs.document import kind_of
from scoredock.configs.facts import Facts
from scoredock.configs.tree import Lines
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
    """Deploy and Check above init() of an entry script, above run() when init is missing; none in other files.

    The text is only searched, not parsed, so that the lenses stay while somebody types.
    """
    if not facts.path or kind_of(facts.path, text) != "entry-script":
        return []
    match = _INIT.search(text) or _RUN.search(text)
    if match is None:
        return []
    place = Lines(text).range(match.start(1), match.end(1))
    return [
        Lens(place, "Deploy", "scoredock.deploy", (facts.path,)),
        Lens(place, "Check", "scoredock.checkFile", (facts.path,)),
    ]
