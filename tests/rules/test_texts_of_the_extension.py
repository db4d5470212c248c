"""Texts of the extension: each is translated with the same placeholders, and the scripts of pages have none."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

LANGUAGES = ("zh-cn", "zh-tw")
CATALOGS = {"l10n/bundle.l10n.json": 1000, "package.nls.json": 190}
"""The English texts, and a number of them that proves that they were found."""
UNTRANSLATED = frozenset(
    {
        "Azure IoT Edge",
        "CPU",
        "Docker",
        "ID",
        "Kubernetes",
        "Pickle",
        "Python",
        "Python, JSON, YAML",
        "Scoredock",
        "Scoredock ({0})",
        "Scoredock: {0}",
        "Swagger",
        "conda YAML",
        "{0} ({1}%)",
        "{0} ({1} ↔ {2})",
        "{0}, {1}",
        "{0}: {1}",
        "{0}:{1} in {2}",
        "{0}% CPU",
    }
)
"""Names and what only arranges placeholders."""
HAN = r"[\u3400-\u9fff]"
KEPT = re.compile(r"\{\d+\}|\$\([\w~-]+\)|\]\([^)]+\)|`+[^`]+`+|\bSD\d+\b|\w+://[^\s\uff0c\u3002\uff1b)`]*\w")
"""What stands in a translation as in the text: placeholders, icons, links, code."""
WIDE = r"\uff0c\u3002\uff1b\uff1a\uff1f\uff08\uff09"
NARROW = re.compile(rf"{HAN}[,;:?!]|{HAN}\.(?!\w)|[,;] *{HAN}|[{WIDE}\u201c\u201d] | [{WIDE}]")
CROWDED = re.compile(rf"{HAN}[A-Za-z0-9{{`]|[A-Za-z0-9}}`]{HAN}")
PAGES = (
    "extension/panels/page.ts",
    "extension/pages/page.ts",
    "extension/guide/page.ts",
)
SENTENCE = re.compile(r"""(?<!Error\()(?:"[A-Z][a-z]+(?: [^"]*)?"|`[A-Z][a-z]+ [^`]*`)|l10n""")
KEYS = frozenset({'"Enter"'})


def untranslated(texts: dict[str, str], translations: dict[str, str]) -> list[str]:
    """Keys without a translation, and translations of nothing."""
    lacking = [key for key in texts if not translations.get(key, "").strip()]
    english = [
        key
        for key, translation in translations.items()
        if not re.search(HAN, translation) and texts.get(key) not in UNTRANSLATED
    ]
    return sorted({*lacking, *english, *(translations.keys() - texts.keys())})


def altered(texts: dict[str, str], translations: dict[str, str]) -> Iterator[str]:
    """Keys whose translation lacks, adds or changes what stays in every language."""
    for key, translation in translations.items():
        if Counter(KEPT.findall(texts.get(key, ""))) != Counter(KEPT.findall(translation)):
            yield key


def badly_set(translations: dict[str, str]) -> Iterator[str]:
    """Translations with narrow punctuation, or without the space between Chinese and what is not."""
    for translation in translations.values():
        if NARROW.search(translation) or CROWDED.search(re.sub(r"\]\([^)]+\)", "]", translation)):
            yield translation


def texts_of_a_page(source: str) -> list[str]:
    """What a script shows by itself: it should get all of its texts from the extension."""
    return [text for text in SENTENCE.findall(source) if text not in KEYS]


def read(path: Path) -> dict[str, str]:
    texts: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return texts


def translated(name: str, language: str) -> str:
    return name.replace(".json", f".{language}.json")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CATALOGS)
def test_each_text_is_translated(root: Path, name: str, language: str) -> None:
    texts, translations = read(root / name), read(root / translated(name, language))
    assert len(texts) > CATALOGS[name]
    assert untranslated(texts, translations) == []
    assert list(altered(texts, translations)) == []
    assert list(badly_set(translations)) == []


@pytest.mark.parametrize("name", CATALOGS)
def test_translations_stand_in_the_order_of_the_texts(root: Path, name: str) -> None:
    """So that a change of a text and of its translation are found at the same place."""
    assert list(read(root / translated(name, "zh-cn"))) == list(read(root / name))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_gets_its_texts_from_the_extension(root: Path, page: str) -> None:
    assert texts_of_a_page((root / page).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_translations_are_packed(root: Path, language: str) -> None:
    manifest = json.loads((root / "package.json").read_text(encoding="utf-8"))
    assert manifest["l10n"] == "./l10n"
    assert {"l10n/", f"package.nls.{language}.json"} <= set(manifest["files"])


TEXT = "Deploy {0} with `score.py`: [Open](command:scoredock.openLog)"
CHINESE = "使用 `score.py` 部署 {0}：[打开](command:scoredock.openLog)"  # noqa: RUF001 (Chinese)


def test_a_whole_translation_is_right() -> None:
    assert untranslated({"a": TEXT}, {"a": CHINESE}) == []
    assert list(altered({"a": TEXT}, {"a": CHINESE})) == []
    assert list(badly_set({"a": CHINESE})) == []


@pytest.mark.parametrize(
    "planted",
    [
        pytest.param({}, id="missing"),
        pytest.param({"a": ""}, id="empty"),
        pytest.param({"a": TEXT}, id="english"),
        pytest.param({"a": CHINESE, "b": "部署"}, id="of nothing"),
    ],
)
def test_a_planted_gap_is_noticed(planted: dict[str, str]) -> None:
    assert len(untranslated({"a": TEXT}, planted)) == 1


@pytest.mark.parametrize(
    "planted",
    [
        pytest.param(CHINESE.replace("{0}", "{1}"), id="other placeholder"),
        pytest.param(CHINESE.replace("{0}", "它"), id="no placeholder"),
        pytest.param(CHINESE.replace("score.py", "评分.py"), id="code"),
        pytest.param(CHINESE.replace("openLog", "openlog"), id="link"),
        pytest.param(f"$(error) {CHINESE}", id="icon"),
    ],
)
def test_a_planted_change_is_noticed(planted: str) -> None:
    assert list(altered({"a": TEXT}, {"a": planted})) == ["a"]


@pytest.mark.parametrize(
    "planted",
    [
        "部署{0}",
        "部署 {0}, 然后",
        "部署:{0}",
        "部署。 然后",
        "使用Docker",
        "部署 （{0}）",  # noqa: RUF001 (Chinese)
    ],
)
def test_a_planted_slip_of_the_pen_is_noticed(planted: str) -> None:
    assert list(badly_set({"a": planted})) == [planted]


@pytest.mark.parametrize(
    "planted",
    [
        'copy.textContent = "Copy";',
        "row.title = `Line ${line}`;",
        'say("Nothing sent");',
        'l10n.t("Copy")',
    ],
)
def test_a_planted_text_of_a_page_is_noticed(planted: str) -> None:
    assert texts_of_a_page(planted)
