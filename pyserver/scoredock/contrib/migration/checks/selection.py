"""Whether somebody wants the rules of the move to v2. Few people do, so whoever checks loads no more than this."""

from __future__ import annotations

from scoredock.analysis.facts import Facts


def is_selected(facts: Facts) -> bool:
    """Whether the person asked for these rules: by the setting, or by naming them in the project."""
    named = (*facts.settings.select, *(code for code, level in facts.settings.severity.items() if level != "off"))
    return facts.migration or any(code.upper().startswith("SD7") for code in named)
