"""Rules SD118, SD119, SD132 to SD149 and SD185 to SD188: how init() and run() are made, what they give back, and
schemas."""

from __future__ import annotations

from scoredock.analysis.rule import Rule
from scoredock.checks.requests import answer_rules, raw_rules, sample_rules
from scoredock.checks.script import definition_rules

RULES: tuple[Rule, ...] = (*definition_rules.RULES, *raw_rules.RULES, *sample_rules.RULES, *answer_rules.RULES)
