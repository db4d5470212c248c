"""The rules about Python files of a deployment, and which of those files each is asked of."""

from __future__ import annotations

from functools import cache

from scoredock.analysis.rule import SCRIPT_KINDS, Rule, ScriptKind
from scoredock.checks.environment import rules as environment_rules
from scoredock.checks.library import rules as library_rules
from scoredock.checks.models import rules as model_rules
from scoredock.checks.requests import answer_rules, batch_rules, raw_rules, request_rules, sample_rules
from scoredock.checks.script import definition_rules, entry_rules

SCRIPTS: tuple[Rule, ...] = (
    *entry_rules.RULES[:-1],
    *request_rules.RULES,
    *definition_rules.RULES,
    *raw_rules.RULES,
    *sample_rules.RULES,
    *answer_rules.RULES,
    *environment_rules.RULES,
    *batch_rules.RULES,
    *library_rules.RULES,
    entry_rules.TOO_COMPLEX,
)
MODELS: tuple[Rule, ...] = model_rules.RULES
"""What a script says of models and of paths to their files."""


def is_asked_of(code: str, kind: ScriptKind) -> bool:
    """True if the rule of a code is asked of such a file."""
    return kind in _scripts().get(code, SCRIPT_KINDS)


@cache
def _scripts() -> dict[str, tuple[ScriptKind, ...]]:
    return {rule.code: rule.scripts for rule in (*SCRIPTS, *MODELS)}
