"""Kind of a text among our files, as far as the questions of the editor care."""

from __future__ import annotations

from scoredock.analysis.facts import Facts
from scoredock.formats.document_kind import DocumentKind, kind_of


def kind_in(text: str, facts: Facts) -> DocumentKind | None:
    """Kind by name and content; a script that an inference configuration names is an entry script, whatever it is
    called."""
    kind = kind_of(facts.path, text)
    if facts.configuration and kind is None and facts.path.lower().endswith(".py"):
        return "entry-script"
    return kind
