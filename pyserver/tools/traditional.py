"""Traditional Chinese, made from Simplified by OpenCC with the terms that Microsoft's products use in Taiwan."""

from __future__ import annotations

import json
import re
from functools import cache

import opencc

_TERMS = (
    ("終結點", "端點"),
    ("單元格", "儲存格"),
    ("命令面板", "命令選擇區"),
    ("除錯", "偵錯"),
    ("令牌", "權杖"),
    ("密鑰", "金鑰"),
    ("回收站", "資源回收筒"),
    ("軟體包", "套件"),
    ("登錄檔", "登錄"),
    ("工具欄", "工具列"),
    ("側欄", "側邊欄"),
    ("快速修復", "快速修正"),
    ("身份驗證", "驗證"),
    ("資源組", "資源群組"),
    ("“", "「"),
    ("”", "」"),
)
"""What OpenCC leaves or gives otherwise, in the order of replacement."""
_PORT = re.compile(r"(?<!連接)埠")
_PACKAGE = re.compile(r"(?<![打背封書])包(?![含括裝裹圍覆])")
_CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)


def traditional(text: str) -> str:
    """A sentence of Simplified Chinese in Traditional Chinese."""
    text = _converter().convert(text)
    for ours, theirs in _TERMS:
        text = text.replace(ours, theirs)
    return _PACKAGE.sub("套件", _PORT.sub("連接埠", text))


def catalog(text: str) -> str:
    """A JSON file of translations: the keys stay as they are."""
    simplified: dict[str, str] = json.loads(text)
    turned = {key: traditional(sentence) for key, sentence in simplified.items()}
    return f"{json.dumps(turned, ensure_ascii=False, indent=_indent(text))}\n"


def page(text: str) -> str:
    """A page of Markdown: what is code stays as it is, links lead to pages of the same language."""
    pieces = (each if each.startswith("`") else traditional(each) for each in _CODE.split(text))
    return "".join(pieces).replace("zh-cn/", "zh-tw/")


def _indent(text: str) -> int:
    """Spaces of the first level, so that both files look alike."""
    spaces = re.search(r"^ +", text, re.MULTILINE)
    return len(spaces.group()) if spaces else 2


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("s2twp")
