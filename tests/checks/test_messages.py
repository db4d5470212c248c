"""The sentences of the rules read alike: one sentence, its sign at the end, its capital at the beginning."""

from __future__ import annotations

import re

import pytest
from scoredock.analysis.rule import Rule
from scoredock.checks.catalogue import RULES
from scoredock.checks.check import check
from scoredock.text import Position, Range

READ = [rule for rule in RULES if not rule.runs]
NAMES = {"run()", "init()", "pip", "conda", "v2", "az", "requests"}
"""What begins a sentence in small letters because it is written so."""
DOUBLED = re.compile(r"[.?!,;:]\s*[.?!,;:](?!\w)|[,;:]\s+[,;:]|\(\s*\)")
LONGEST = 200
NOWHERE = Range(Position(0, 0), Position(0, 0))


def told(rule: Rule) -> list[str]:
    """What the editor shows of the example: the message, and what its repairs are called."""
    (finding,) = check(rule.bad, rule.world.facts())
    return [finding.message, *(fix.title for fix in finding.fixes), *(each.message for each in finding.related)]


@pytest.mark.parametrize("rule", READ, ids=lambda r: r.code)
def test_a_message_is_a_sentence(rule: Rule) -> None:
    message, *_ = told(rule)
    assert message.endswith((".", "?"))
    # Braces, brackets and paths that are quoted end in signs of their own.
    prose = re.sub(r"json\.\w+|\S*[{}\[\]()/]\S*|\S*:=\S*|\.\.\S*", "it", message)
    assert not DOUBLED.search(prose), message
    assert len(message) <= LONGEST
    assert message == " ".join(message.split())
    assert "`" not in message
    first = message.split(" ")[0].rstrip(":,;")
    assert (
        first[0].isupper() or first in NAMES or not first.isalpha() or first in rule.bad + rule.good + str(rule.world)
    ), message


@pytest.mark.parametrize("rule", READ, ids=lambda r: r.code)
def test_questions_are_asked_in_one_way(rule: Rule) -> None:
    message, *_ = told(rule)
    if "did you mean" in message:
        assert re.search(r"; did you mean \S+\?$", message), message
    else:
        assert not message.endswith("?")


@pytest.mark.parametrize("rule", READ, ids=lambda r: r.code)
def test_repairs_are_named_like_commands_of_a_menu(rule: Rule) -> None:
    _, *others = told(rule)
    for words in others:
        assert words == " ".join(words.split())
        assert "`" not in words
    (finding,) = check(rule.bad, rule.world.facts())
    for fix in finding.fixes:
        assert fix.title[0].isupper()
        assert not fix.title.endswith((".", "?", "!"))
        assert len({each.title for each in finding.fixes}) == len(finding.fixes), "nobody can tell them apart"


def test_a_question_gets_its_sign_and_prose_its_capital() -> None:
    rule = next(rule for rule in RULES if rule.code == "SD110")

    def sentence(message: str) -> str:
        return rule.finding(NOWHERE, message=message).message

    assert sentence("There is no a; did you mean b.") == "There is no a; did you mean b?"
    assert sentence("There is no a; did you mean b; the service does not start.").endswith("start.")
    assert sentence("There is no a; did you mean b?") == "There is no a; did you mean b?"
    assert sentence("a str has no low.") == "A str has no low."
    assert sentence("about it.") == "about it."


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.code)
def test_pages_are_prose(rule: Rule) -> None:
    for text in (rule.why, rule.fix, rule.title, rule.source):
        assert text == text.strip()
        assert "  " not in text
    assert len(rule.title) <= 60
