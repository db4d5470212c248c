"""Rules about the comments and settings that steer the checks."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_PROJECT = World(path="pyproject.toml")

UNUSED = Rule(code="SD901", severity="hint", fixable=True, tag="unnecessary")
UNKNOWN_CODE = Rule(code="SD902", severity="warning", fixable=True)
NO_CODES = Rule(code="SD903", severity="warning", fixable=True)
PROJECT_UNREADABLE = Rule(code="SD904", severity="warning", world=_PROJECT)
PROJECT_KEY = Rule(code="SD905", severity="warning", world=_PROJECT, fixable=True)
PROJECT_CODE = Rule(code="SD906", severity="warning", world=_PROJECT, fixable=True)
PROJECT_VALUE = Rule(code="SD907", severity="warning", world=_PROJECT)

RULES: tuple[Rule, ...] = (UNUSED, UNKNOWN_CODE, NO_CODES, PROJECT_UNREADABLE, PROJECT_KEY, PROJECT_CODE, PROJECT_VALUE)
