"""Rules that type checkers report as well; apart from the rules, as the server asks before it loads those."""

from __future__ import annotations

from scoredock.settings import Values

TYPE_CHECKED = ("SD190", "SD191", "SD197")
"""Those of which pyright 1.1.414 reported at least 19 of 20 at the same line, in its mode `basic` and with the packages
at hand, among the mutants of tests/mutants and the examples of the rules: 60 of 63, 48 of 49 and 16 of 16. Of the other
rules of `checks.library` it reported less (SD192 12 of 24, SD193 2 of 8, SD195 30 of 39, the rest none), and nothing at
all in its mode `off`, the one that Pylance begins with."""


def ignored_rules(settings: Values) -> tuple[str, ...]:
    """Rules that the person wants nothing of, and those that are left to a type checker."""
    chosen = tuple(settings.get("scoredock.check.ignore"))
    return (*chosen, *TYPE_CHECKED) if settings.get("scoredock.check.typeErrors") == "off" else chosen
