"""The rules in Chinese: message, repairs and further places of each example, with no English sentence left in them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from scoredock import l10n
from scoredock.analysis.rule import Rule
from scoredock.checks.catalogue import RULES
from scoredock.checks.check import check

READ = [rule for rule in RULES if not rule.runs]
QUOTED = re.compile(r"“[^”]*”|「[^」]*」|`[^`]*`|\([^()]*\)|（[^（）]*）")
ENGLISH = re.compile(r"\b(?:the|is|are|of|and|or|to|not|with|for|in|it|that|which|only|no|by|must|does)\b")
"""Words that an English sentence can hardly do without, and that are hardly ever names."""
CODE = re.compile(r"\bimport \w+|\w+ import \w+|\bis (?:None|True|False)\b|\bnot in\b|\baz ml [a-z -]+|\S*[=./_-]\S*")


@pytest.fixture(params=["zh-cn", "zh-tw"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    l10n.use(request.param)
    yield request.param
    l10n.use(l10n.ENGLISH)


def english(sentence: str) -> list[str]:
    """Words of an English sentence, outside of quotes and code."""
    return ENGLISH.findall(CODE.sub("", QUOTED.sub("", sentence)))


@pytest.mark.parametrize("rule", READ, ids=lambda rule: rule.code)
def test_a_finding_is_chinese(rule: Rule, language: str) -> None:
    (finding,) = check(rule.page.bad, rule.world.facts())
    for text in (finding.message, *(fix.title for fix in finding.fixes), *(each.message for each in finding.related)):
        assert re.search(r"[\u4e00-\u9fff]", text), text
        assert english(text) == [], text
    assert not re.search(r"[。？]{2}|[.?][。？]|[。？]\.", finding.message), finding.message
    assert finding.message.endswith(("。", "？")), finding.message


def test_an_english_sentence_is_seen() -> None:
    assert english("模型 “a” is not registered。") == ["is", "not"]
    assert english("模型 “is not registered” 未注册。") == []
