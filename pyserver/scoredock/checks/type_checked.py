"""Rules that type checkers report as well; apart from the rules, as the server asks before it loads those."""

from __future__ import annotations

from scoredock.settings import Values

TYPE_CHECKED = ("SD190", "SD191", "SD192", "SD193", "SD194", "SD195", "SD196", "SD197", "SD198")


def ignored_rules(settings: Values) -> tuple[str, ...]:
    """Rules that the person wants nothing of, and those that are left to a type checker."""
    chosen = tuple(settings.get("scoredock.check.ignore"))
    return (*chosen, *TYPE_CHECKED) if settings.get("scoredock.check.typeErrors") == "off" else chosen
