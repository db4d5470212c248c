# ruff: noqa: RUF001
"""How sentences of findings are put together in Chinese: signs, names in a row, and spaces beside what is filled in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scoredock import l10n
from scoredock.analysis.rule import quoted_names, quoted_value
from scoredock.checks.catalogue import rule
from scoredock.l10n import filled
from scoredock.text import Position, Range

NOWHERE = Range(Position(0, 0), Position(0, 0))


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    l10n.use("zh-cn")
    yield
    l10n.use(l10n.ENGLISH)


def sentence(message: str) -> str:
    return rule("SD110").finding(NOWHERE, message=message).message


def test_a_question_gets_its_sign_in_chinese() -> None:
    assert sentence("没有“a”；是否指的是“b”。") == "没有“a”；是否指的是“b”？"
    assert sentence("没有“a”；是否指的是“b”？。") == "没有“a”；是否指的是“b”？"
    assert sentence("没有“a”；是否指的是“b”；服务无法启动。").endswith("启动。")
    assert sentence("没有“a”。") == "没有“a”。"


def test_names_stand_in_a_row_as_in_chinese() -> None:
    assert quoted_names(["a"]) == "“a”"
    assert quoted_names(["a", "b"]) == "“a”和“b”"
    assert quoted_names(["a", "b", "c"], "or") == "“a”、“b”或“c”"
    assert quoted_value("", "") == "空"


def test_names_stand_in_the_quotes_of_taiwan() -> None:
    l10n.use("zh-tw")
    assert quoted_names(["a", "b", "模型"]) == "「a」、「b」和「模型」"
    assert quoted_value("x") == "「x」"


@pytest.mark.parametrize(
    ("template", "values", "expected"),
    [
        ("必须是 {wanted}，而不是 {got}。", {"wanted": "整数", "got": "3"}, "必须是整数，而不是 3。"),
        ("{got} 不是 {wanted}。", {"wanted": "“a”", "got": "“b c”"}, "“b c”不是“a”。"),
        ("{name}() {problem}。", {"name": "run", "problem": "缺少参数"}, "run() 缺少参数。"),
        ("{kind} Python 的 {count:,} 行", {"kind": "普通", "count": 1000}, "普通 Python 的 1,000 行"),
        ("“{path}” 在 {{}} 中", {"path": "我的 模型"}, "“我的 模型” 在 {} 中"),
    ],
)
def test_chinese_has_no_space_beside_chinese(template: str, values: dict[str, object], expected: str) -> None:
    """A space stays beside Latin words and numbers, and inside of what was filled in."""
    assert filled(template, values) == expected
