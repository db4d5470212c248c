"""What path expressions are in a service, shown behind them."""

from __future__ import annotations

from dataclasses import dataclass

from scoredock.analysis.facts import Facts
from scoredock.language.kinds import kind_in
from scoredock.language.model_paths import resolved_paths
from scoredock.language.script_cache import parsed
from scoredock.text import Position, Range

_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Hint:
    """A text that is shown at a position."""

    place: Position
    label: str
    tooltip: str


def inlay_hints(text: str, facts: Facts, span: Range) -> list[Hint]:
    """Hints in a range: the path behind each expression that stands for one, and how many models a folder holds."""
    if facts.deployed_models is None or kind_in(text, facts) not in ("entry-script", "batch-script"):
        return []
    script = parsed(text, facts)
    if script is None:
        return []
    hints: dict[Position, Hint] = {}
    count = len(facts.deployed_models)
    for found in resolved_paths(script, facts):
        place = found.range.end
        if not span.start <= place <= span.end or not found.exists:
            continue
        told = found.path if len(found.path) <= _LONGEST else f"…{found.path[1 - _LONGEST :]}"
        label = f"→ {told}"
        tooltip = f"In a service: {found.path}"
        if found.path == "azureml-models":
            label += f" ({count} models)" if count else " (no model)"
            tooltip += ", with a folder <name>/<version> for each model." if count else ", as no model is deployed."
        # The longest expression that ends there says most.
        hints[place] = Hint(place, label, tooltip)
    return [hints[place] for place in sorted(hints)]
