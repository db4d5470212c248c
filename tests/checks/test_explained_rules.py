"""What a rule says of itself, in English and in Chinese: its page, and in short what a hover shows."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from scoredock import l10n
from scoredock.analysis.rule import Rule
from scoredock.checks.catalogue import RULES, explain, in_short

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def chinese() -> Iterator[None]:
    l10n.use("zh-cn")
    yield
    l10n.use(l10n.ENGLISH)


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_what_is_wrong_and_what_to_do_is_chinese(rule: Rule) -> None:
    """The long text is English, and one sentence says so."""
    page = explain(rule.code)
    title, repair = l10n.t(rule.page.title), l10n.t(rule.page.fix)
    assert page.startswith(f"# {rule.code}: {title}\n")
    english, what_to_do = l10n.t("The explanation below is in English."), f"## {l10n.t('What to do')}\n\n{repair}"
    assert page.index(english) < page.index(rule.page.why) < page.index(what_to_do)
    assert all(CHINESE.search(text) for text in (english, what_to_do, repair))
    message = next(line for line in page.splitlines() if line.startswith("> "))
    assert CHINESE.search(message) or not re.search(r"[a-z]", re.sub("\u2039\\w+\u203a", "", message)), message
    short = in_short(rule.code)
    assert title in short
    assert repair in short
    assert rule.page.why not in short


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_english_needs_no_word_about_english(rule: Rule) -> None:
    assert "explanation below" not in explain(rule.code)
    short = in_short(rule.code)
    assert rule.page.title in short
    assert rule.page.why in short


def test_an_old_python_is_not_said_to_start_nowhere_in_azure() -> None:
    """Its pip takes the last release of Azure's server that is for it."""
    page = explain("SD463")
    assert "nothing starts" not in page
    assert "0.7.7 for 3.6, 0.8.4.2 for 3.7 and 1.3.4 for 3.8" in page
