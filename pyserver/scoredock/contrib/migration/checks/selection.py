"""Tells if the user asked for the rules of the move to v2. Few people do, so whoever checks loads no more than this."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scoredock.analysis.facts import Facts
    from scoredock.analysis.finding import Finding
    from scoredock.formats.document_kind import DocumentKind


def check_selected(text: str, facts: Facts, kind: DocumentKind) -> list[Finding]:
    """Hints for the move of one file; none unless they are wanted. Never raises."""
    if not is_selected(facts):
        return []
    from scoredock.contrib.migration.checks.check import check_migration

    return check_migration(text, facts, kind)


def is_selected(facts: Facts) -> bool:
    """True if the person asked for these rules: by the setting, or by naming them in the project."""
    named = (*facts.settings.select, *(code for code, level in facts.settings.severity.items() if level != "off"))
    return facts.migration or any(code.upper().startswith("SD7") for code in named)
