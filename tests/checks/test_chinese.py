"""In Chinese a finding is Chinese from its beginning to its end, and so is what a rule says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from scoredock import l10n
from scoredock.analysis.rule import Rule
from scoredock.checks.catalogue import RULES, explain, in_short
from scoredock.checks.check import check

QUOTED = re.compile(r"“[^”]*”|`[^`]*`|<[^>]*>")
ENGLISH = re.compile(r"\b(?:the|and|or|of|is|are|not|with|for|to|has|have|does|cannot|this|it|at|in|by|on)\b(?!\()")
"""Words that no name of a product and no code has."""
TRANSLATED = [rule for rule in RULES if {rule.title, rule.message, rule.fix} <= l10n.catalog("zh-cn").keys()]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
CODE = re.compile(r"\w*[(\[][^)\]]*[)\]]|--?[a-z][\w-]*|\b\w+[./=:_]\S*")


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    l10n.use("zh-cn")
    yield
    l10n.use(l10n.ENGLISH)


def english_in(sentence: str) -> list[str]:
    """English words that are neither quoted nor part of code."""
    return ENGLISH.findall(CODE.sub(" ", QUOTED.sub(" ", sentence)))


@pytest.mark.parametrize("rule", [rule for rule in TRANSLATED if not rule.runs], ids=lambda rule: rule.code)
def test_a_finding_is_chinese_as_a_whole(rule: Rule) -> None:
    (finding,) = check(rule.bad, rule.world.facts())
    for text in (finding.message, *(related.message for related in finding.related)):
        assert CHINESE.search(text), text
        assert english_in(text) == [], text
        assert text.endswith(("。", "\uff1f"))
    for fix in finding.fixes:
        assert CHINESE.search(fix.title), fix.title
        assert english_in(fix.title) == [], fix.title


@pytest.mark.parametrize("rule", TRANSLATED, ids=lambda rule: rule.code)
def test_an_explained_rule_says_in_chinese_what_is_wrong_and_what_to_do(rule: Rule) -> None:
    page = explain(rule.code)
    title, message, repair = (l10n.t(text) for text in (rule.title, rule.message, rule.fix))
    assert page.startswith(f"# {rule.code}: {title}\n")
    assert page.index("以下的详细说明为英文。") < page.index(rule.why) < page.index(f"## 解决方法\n\n{repair}")
    short = in_short(rule.code)
    assert title in short
    assert repair in short
    assert rule.why not in short
    for text in (title, message.replace("{", "“").replace("}", "”"), repair):
        assert english_in(text) == [], text


def test_english_needs_no_word_about_english() -> None:
    l10n.use(l10n.ENGLISH)
    assert "in English" not in explain("SD150")
    assert TRANSLATED[0].why in in_short(TRANSLATED[0].code)


def test_a_sentence_that_stayed_english_is_noticed() -> None:
    assert english_in("“the model”不在环境中 and 服务不会启动。") == ["and"]
    assert english_in("`to_dict(orient=...)` 和 --not-this、json.loads() 需要文本。") == []
