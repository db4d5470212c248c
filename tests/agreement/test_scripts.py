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
"""One that is refused, one that does not start and one that fails at a request, in an environment without packages."""
AGAIN = pytest.mark.long(
    "the runtime alone judges these at the gate: tests/checks/test_runtime_agrees.py; a deployment each is long"
)


def taken(rules: list[Rule]) -> list[Rule]:
    """What is judged in this run."""
    return [rule for rule in rules if LONG or rule.code in GATE]


def cases(rules: list[Rule]) -> list[object]:
    return [pytest.param(rule, id=rule.code, marks=() if rule.code in GATE else AGAIN) for rule in rules]


def judged(rules: list[Rule], workshop: Workshop) -> Mapping[tuple[str, str], Outcome]:
    """All examples, two at a time: starting a service is mostly waiting."""
    wanted = [(rule, kind) for rule in rules for kind in ("bad", "good")]
    with ThreadPoolExecutor(2) as pool:
        outcomes = pool.map(lambda case: workshop.judge(*case), wanted)
        return {(rule.code, kind): outcome for (rule, kind), outcome in zip(wanted, outcomes, strict=True)}


def agree(rule: Rule, outcomes: Mapping[tuple[str, str], Outcome]) -> None:
    bad, good = outcomes[rule.code, "bad"], outcomes[rule.code, "good"]
    stage, words = FAILS[rule.code]
    assert bad.stage == stage, bad.told
    assert re.search(words, bad.told, re.DOTALL), bad.told
    named = set(re.findall(r"\b[A-Z]\w+(?:Error|Exception)\b", f"{rule.message} {rule.why}"))
    assert not named or any(name in bad.told for name in named), (named, bad.told)
    promised = f"{rule.message} {rule.why}"
    if "does not start" in promised and "in run()" not in promised:
        assert stage == "start"
    elif "every request" in promised and "in init()" not in promised:
        assert stage == "request"
    assert good.stage == "answered", good.told


@pytest.fixture(scope="module")
def usual(workshop: Workshop) -> Mapping[tuple[str, str], Outcome]:
    return judged(taken(USUAL), workshop)


@pytest.fixture(scope="module")
def special(workshop: Workshop) -> Mapping[tuple[str, str], Outcome]:
    return judged(taken(SPECIAL), workshop)


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("rule", cases(USUAL))
def test_a_script_does_what_its_rule_says(rule: Rule, usual: Mapping[tuple[str, str], Outcome]) -> None:
    agree(rule, usual)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("rule", cases(SPECIAL))
def test_a_script_in_its_environment_does_what_its_rule_says(
    rule: Rule, special: Mapping[tuple[str, str], Outcome]
) -> None:
    agree(rule, special)


def test_every_script_has_its_failure() -> None:
    assert set(FAILS) == {rule.code for rule in SCRIPTS}
