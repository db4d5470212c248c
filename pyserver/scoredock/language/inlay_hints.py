"""Inlay hints: the path in a service behind each path expression of a script."""

from __future__ import annotations

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.language.kinds import kind_in
from scoredock.language.model_paths import resolved_paths
from scoredock.language.script_cache import parsed
from scoredock.late_dataclass import dataclass
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
    for model_path in resolved_paths(script, facts):
        place = model_path.range.end
        if not span.start <= place <= span.end or not model_path.exists:
            continue
        path = model_path.path if len(model_path.path) <= _LONGEST else f"…{model_path.path[1 - _LONGEST :]}"
        label = f"→ {path}"
        tooltip = l10n.t("In a service: {path}", path=model_path.path)
        if model_path.path == "azureml-models" and count:
            label = l10n.t("{path} ({count} models)", path=label, count=count)
            tooltip = l10n.t(
                "In a service: {path}, with a folder <name>/<version> for each model.", path=model_path.path
            )
        elif model_path.path == "azureml-models":
            label = l10n.t("{path} (no model)", path=label)
            tooltip = l10n.t("In a service: {path}. No model is deployed.", path=model_path.path)
        # The longest expression that ends there says most.
        hints[place] = Hint(place, label, tooltip)
    return [hints[place] for place in sorted(hints)]
