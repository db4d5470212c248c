"""Each entry script of a rule that is an error is deployed and called: the wrong one fails as the rule says, the right
one answers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from scoredock.analysis.rule import Rule

from agreement.judges import FAILS, SCRIPTS, needs_packages
from agreement.worlds import Outcome, Workshop
from depth import LONG

USUAL = [rule for rule in SCRIPTS if not needs_packages(rule)]
SPECIAL = [rule for rule in SCRIPTS if needs_packages(rule)]
GATE = ("SD103", "SD107", "SD114")
"""One that does not start, one that fails at a request and one that is refused: their right examples as well are
deployed at the gate."""
AGAIN = pytest.mark.long(
    "each needs an environment of its own, which takes a minute to install; at the gate one environment serves all"
)


def judged(rules: list[Rule], workshop: Workshop) -> Mapping[tuple[str, str], Outcome]:
    """The wrong example of each, and the right ones, which the runtime alone judges at the gate
    (tests/checks/test_runtime_agrees.py); two at a time: starting a service is mostly waiting."""
    wanted = [(rule, kind) for rule in rules for kind in ("bad", "good") if kind == "bad" or is_whole(rule)]
    with ThreadPoolExecutor(2) as pool:
        outcomes = pool.map(lambda case: workshop.judge(*case), wanted)
        return {(rule.code, kind): outcome for (rule, kind), outcome in zip(wanted, outcomes, strict=True)}


def is_whole(rule: Rule) -> bool:
    """Whether the right example is deployed in this run."""
    return LONG or rule.code in GATE


def agree(rule: Rule, outcomes: Mapping[tuple[str, str], Outcome]) -> None:
    bad = outcomes[rule.code, "bad"]
    stage, words = FAILS[rule.code]
    assert bad.stage == stage, bad.told
    assert re.search(words, bad.told, re.DOTALL), bad.told
    named = set(re.findall(r"\b[A-Z]\w+(?:Error|Exception)\b", f"{rule.page.message} {rule.page.why}"))
    assert not named or any(name in bad.told for name in named), (named, bad.told)
    promised = f"{rule.page.message} {rule.page.why}"
    if "does not start" in promised and "in run()" not in promised:
        assert stage == "start"
    elif "every request" in promised and "in init()" not in promised:
        assert stage == "request"
    if is_whole(rule):
        good = outcomes[rule.code, "good"]
        assert good.stage == "answered", good.told


@pytest.fixture(scope="module")
def usual(workshop: Workshop) -> Mapping[tuple[str, str], Outcome]:
    return judged(USUAL, workshop)


@pytest.fixture(scope="module")
def special(workshop: Workshop) -> Mapping[tuple[str, str], Outcome]:
    return judged(SPECIAL, workshop)


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("rule", USUAL, ids=lambda rule: rule.code)
def test_a_script_does_what_its_rule_says(rule: Rule, usual: Mapping[tuple[str, str], Outcome]) -> None:
    agree(rule, usual)


@AGAIN
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("rule", SPECIAL, ids=lambda rule: rule.code)
def test_a_script_in_its_environment_does_what_its_rule_says(
    rule: Rule, special: Mapping[tuple[str, str], Outcome]
) -> None:
    agree(rule, special)


def test_every_script_has_its_failure() -> None:
    assert set(FAILS) == {rule.code for rule in SCRIPTS}
