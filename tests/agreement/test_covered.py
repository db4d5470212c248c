"""Every rule that is an error is judged by something that is not ours, or it says why not."""

from __future__ import annotations

import pytest
from scoredock.analysis.rule import Rule
from scoredock.checks.check import check
from scoredock.errors import ScoredockError
from scoredock.services.planning.findings import LocatedFinding, require_checked

from agreement.judges import (
    AZURE_LATER,
    ERRORS,
    FAILS,
    INSTALLED,
    LASTING,
    NOBODY,
    PYTHON,
    READ,
    SCRIPTS,
    judges_of,
    reason_not_deployed,
)


@pytest.mark.parametrize("rule", ERRORS, ids=lambda rule: rule.code)
def test_a_rule_has_a_judge_or_a_reason(rule: Rule) -> None:
    assert bool(judges_of(rule)) != (rule.code in NOBODY), judges_of(rule)


def test_the_tables_name_errors_only() -> None:
    known = {rule.code for rule in ERRORS}
    for table in (AZURE_LATER, FAILS, INSTALLED, NOBODY, PYTHON, READ):
        assert set(table) <= known, set(table) - known


def test_few_rules_have_no_judge() -> None:
    assert len(NOBODY) <= len(ERRORS) // 10


@pytest.mark.parametrize("rule", ERRORS, ids=lambda rule: rule.code)
def test_what_is_refused_is_deployed_anyway_or_says_why_not(rule: Rule) -> None:
    """test_scripts.py deploys with checks skipped: an example that runs then would be a false error."""
    is_deployed = rule in SCRIPTS and rule.code != "SD114"
    assert is_deployed != bool(reason_not_deployed(rule))


@pytest.mark.parametrize("rule", [r for r in ERRORS if r.code[2] in LASTING or r in SCRIPTS], ids=lambda r: r.code)
def test_what_cannot_be_skipped_is_refused_then_too(rule: Rule) -> None:
    found = [each for each in check(rule.page.bad, rule.world.facts()) if each.code == rule.code]
    located = [LocatedFinding(rule.world.path, each) for each in found]
    with pytest.raises(ScoredockError, match=r", line \d+: "):
        require_checked(located, skip_checks=False)
    if rule.code[2] in LASTING:
        with pytest.raises(ScoredockError, match=r", line \d+: "):
            require_checked(located, skip_checks=True)
    else:
        require_checked(located, skip_checks=True)
