"""Every rule that is an error is judged by something that is not ours, or it says why not."""

from __future__ import annotations

import pytest
from scoredock.analysis.rule import Rule

from agreement.judges import AZURE_LATER, ERRORS, FAILS, INSTALLED, NOBODY, PYTHON, READ, judges_of


@pytest.mark.parametrize("rule", ERRORS, ids=lambda rule: rule.code)
def test_a_rule_has_a_judge_or_a_reason(rule: Rule) -> None:
    assert bool(judges_of(rule)) != (rule.code in NOBODY), judges_of(rule)


def test_the_tables_name_errors_only() -> None:
    known = {rule.code for rule in ERRORS}
    for table in (AZURE_LATER, FAILS, INSTALLED, NOBODY, PYTHON, READ):
        assert set(table) <= known, set(table) - known


def test_few_rules_have_no_judge() -> None:
    assert len(NOBODY) <= len(ERRORS) // 10
