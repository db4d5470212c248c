"""A translated page of the guide has what the English page has: headings, rows, code, links. One whose English page
changed since is noticed."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from rules.test_documents import anchors

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
TRANSLATED = sorted((DOCS / "zh-cn").glob("*.md"))
FENCE = re.compile(r"^(?: *)```.*?^ *```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^()\s]+)\)|(?:src|srcset)=\"([^\"]+)\"")
COMMANDS = re.compile(r"<!-- commands: .*?<!-- end of commands -->", re.DOTALL)
"""The table that is generated on both."""


def prose(page: str) -> str:
    return FENCE.sub("", COMMANDS.sub("", page))


def targets(page: str, folder: Path) -> Counter[str]:
    """Where links and pictures lead, from the top of the checkout; a translated page counts as its English one."""
    found: Counter[str] = Counter()
    for match in LINK.finditer(prose(page)):
        path, _, anchor = (match[1] or match[2]).partition("#")
        if not path.startswith("http"):
            path = str((folder / path).resolve().relative_to(ROOT)) if path else ""
        found[f"{path.replace('docs/zh-cn/', 'docs/')}#{anchor}"] += 1
    return found


def shape(page: str, folder: Path) -> dict[str, object]:
    """What a translation has in common with its English page."""
    text = prose(page)
    return {
        "headings": re.findall(r"^#+(?= )", text, re.MULTILINE),
        "code blocks": FENCE.findall(page),
        "code in sentences": Counter(CODE.findall(text)),
        "links": targets(page, folder),
        "rows of tables": len(re.findall(r"^\|", text, re.MULTILINE)),
        "items of lists": len(re.findall(r"^ *(?:-|\d+\.) ", text, re.MULTILINE)),
    }


@pytest.mark.parametrize("path", TRANSLATED, ids=lambda path: path.name)
def test_a_translated_page_has_what_the_english_page_has(path: Path) -> None:
    english = DOCS / path.name
    expected = shape(english.read_text(encoding="utf-8"), DOCS)
    found = shape(path.read_text(encoding="utf-8"), path.parent)
    for part, value in expected.items():
        assert found[part] == value, f"{part} of docs/{path.name} changed; docs/zh-cn/{path.name} has to follow"


@pytest.mark.parametrize("path", TRANSLATED, ids=lambda path: path.name)
def test_links_of_a_translated_page_lead_to_what_is_there(path: Path) -> None:
    """To translated pages where there are any."""
    for match in LINK.finditer(prose(path.read_text(encoding="utf-8"))):
        name, _, anchor = (match[1] or match[2]).partition("#")
        if name.startswith("http"):
            continue
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), match[0]
        assert not (target.parent == DOCS and (path.parent / target.name).exists()), f"{match[0]} leads to English"
        if anchor:
            text = target.read_text(encoding="utf-8")
            assert f"#{anchor}" in anchors(text) or f'<a id="{anchor}"></a>' in text, match[0]


def test_headings_that_other_pages_link_to_keep_their_names() -> None:
    """An English page links to `environments.md#…` by the English heading, and may lead to the translation."""
    linked = {
        (DOCS / name, anchor)
        for page in DOCS.glob("**/*.md")
        for name, anchor in re.findall(r"\]\((?:\.\./)?([\w-]+\.md)#([\w-]+)\)", page.read_text(encoding="utf-8"))
    }
    for english, anchor in sorted(linked):
        translation = DOCS / "zh-cn" / english.name
        if translation.exists():
            assert f'<a id="{anchor}"></a>' in translation.read_text(encoding="utf-8"), f"{translation.name}#{anchor}"


def test_a_page_that_is_out_of_date_is_noticed() -> None:
    english = "# One\n\nSee [two](two.md) and `three`.\n\n```\nfour\n```\n\n| a |\n|---|\n\n- five\n"
    chinese = "# 一\n\n见[二](two.md)和 `three`。\n\n```\nfour\n```\n\n| a |\n|---|\n\n- 五\n"
    assert shape(english, DOCS) == shape(chinese, DOCS / "zh-cn")
    changes = [
        ("# 一", "## 一"),
        ("two.md", "2.md"),
        ("`three`", "three"),
        ("four", "4"),
        ("|---|\n", ""),
        ("- 五", "五"),
    ]
    for before, after in changes:
        assert shape(english, DOCS) != shape(chinese.replace(before, after), DOCS / "zh-cn"), before
