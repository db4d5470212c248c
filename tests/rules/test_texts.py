"""Texts that a person reads: each is translated, with the same placeholders, and none is put together outside l10n."""

from __future__ import annotations

import ast
import json
import re
import string
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from scoredock import l10n
from tools import texts, traditional

from rules.syntax import nodes_of

ERRORS = frozenset(
    {
        "ScoredockError",
        "ArtifactMissing",
        "DiskFull",
        "DockerFailed",
        "DockerUnavailable",
        "EnvironmentOffline",
    }
    | {
        "ImageMissing",
        "ModelNotFound",
        "ServiceBusy",
        "ServiceNotFound",
        "ServiceStateInvalid",
        "WorkspaceDamaged",
    }
    | {"Fix", "Remedy", "UsageError"}
)
"""What shows the texts it is given to a person."""

ROOT = Path(__file__).resolve().parents[2]
WORD = re.compile(r"(?<![\w{.-])[a-z]{2,}(?![\w}.-])")
"""Of a sentence; names have other letters."""

NAMES = frozenset(
    f"{library}, pandas, {rest}"
    for library in ("scikit-learn", "PyTorch", "TensorFlow")
    for rest in ("numpy, matplotlib", "numpy, scipy, matplotlib")
)
"""Texts of names alone, which are the same in every language."""


def placeholders(template: str) -> set[str]:
    """Names that `str.format` fills in; none in a text that is not a template."""
    try:
        return {name for _, name, _, _ in string.Formatter().parse(template) if name}
    except ValueError:
        return set()


def faults(translations: Mapping[str, str], templates: Mapping[str, str]) -> Iterator[str]:
    """What a translator has left out, left over or changed."""
    for template, part in templates.items():
        translation = translations.get(template, "")
        if not translation:
            yield f"{part}: not translated: {template}"
        elif placeholders(template) != placeholders(translation):
            yield f"{part}: other placeholders: {template} → {translation}"
        elif (
            template not in NAMES
            and len(WORD.findall(template)) > 2
            and not any("\u4e00" <= letter <= "\u9fff" for letter in translation)
        ):
            yield f"{part}: not Chinese: {translation}"
    yield from (f"no text any more: {template}" for template in translations if template not in templates)


def texts_outside(source: str) -> Iterator[int]:
    """Lines where an f-string is given to an error or a button as it is."""
    for node in nodes_of(source):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ERRORS:
            words = [
                *node.args[:3],
                *(word.value for word in node.keywords if word.arg in ("message", "fix", "title")),
            ]
            yield from (word.lineno for word in words if isinstance(word, ast.JoinedStr) and _has_words(word))


def _has_words(text: ast.JoinedStr) -> bool:
    written = "".join(part.value for part in text.values if isinstance(part, ast.Constant))
    return sum(letter.isalpha() for letter in written) > 1


@pytest.mark.parametrize("language", ["zh-cn", "zh-tw"])
def test_every_text_of_the_server_is_translated(language: str) -> None:
    templates = texts.texts()
    assert len(templates) > 2000, "the search itself works"
    assert list(faults(l10n.catalog(language), templates)) == []


@pytest.mark.parametrize("language", ["zh-cn", "zh-tw"])
@pytest.mark.parametrize("name", ["l10n/bundle.l10n.json", "package.nls.json"])
def test_every_text_of_the_extension_is_translated(root: Path, name: str, language: str) -> None:
    english = json.loads((root / name).read_text("utf-8"))
    translated = json.loads((root / name.replace(".json", f".{language}.json")).read_text("utf-8"))
    assert set(english) == set(translated)
    other = [key for key in english if placeholders(_text(english[key])) != placeholders(translated[key])]
    assert other == []


def _text(entry: object) -> str:
    """A text of `package.nls.json`, or of a bundle, where a comment may stand beside it."""
    return str(entry["message"]) if isinstance(entry, dict) else str(entry)


def test_errors_and_buttons_say_what_can_be_translated(root: Path) -> None:
    package = root / "pyserver" / "scoredock"
    found = [
        f"{path.relative_to(root)}:{line}"
        for path in package.rglob("*.py")
        for line in texts_outside(path.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("translations", "fault"),
    [
        ({}, "not translated"),
        ({"{name} is missing here": "{nam} 不存在"}, "other placeholders"),
        ({"{name} is missing here": "缺少"}, "other placeholders"),
        ({"{name} is missing here": "{name} is missing here"}, "not Chinese"),
        ({"{name} is missing here": "缺少 {name}", "gone": "没有"}, "no text any more"),
    ],
)
def test_a_fault_of_a_translation_is_seen(translations: dict[str, str], fault: str) -> None:
    assert [each for each in faults(translations, {"{name} is missing here": "base"}) if fault in each]


def test_a_text_that_cannot_be_translated_is_seen() -> None:
    assert list(texts_outside('ScoredockError("code", f"{name} is missing")')) == [1]
    assert list(texts_outside('ScoredockError("code", l10n.t("{name} is missing", name=name))')) == []


def test_terms_of_taiwan() -> None:
    assert traditional.traditional("在终结点的端口上运行包“{name}”") == "在端點的連接埠上執行套件「{name}」"
    assert (
        traditional.page("运行 `包.run()`：[模型](../zh-cn/models.md)") == "執行 `包.run()`：[模型](../zh-tw/models.md)"
    )
    assert (
        traditional.traditional("自注册以来，30 天后日志中的服务按名称查找")
        == "自註冊以來，30 天後記錄中的服務依名稱尋找"
    )
    assert traditional.page("按 `Enter` 生成它：| *移除生成…* |", {"移除生成…": "移除建置…"}) == (
        "按 `Enter` 產生它：| *移除建置…* |"
    )


@pytest.mark.parametrize(
    ("english", "simplified", "expected"),
    [
        ("{name} is built.", "已生成 {name}。", "已建置 {name}。"),
        ("Generate a key", "生成密钥", "產生金鑰"),
        ("A parameter of run()", "run() 的参数", "run() 的參數"),
        ("An argument of the call", "调用的参数", "呼叫的引數"),
        ("Row {0}, column {1}", "第 {0} 行，第 {1} 列", "第 {0} 列，第 {1} 欄"),
        ("One request body per line", "每行一个请求正文", "每行一個請求本文"),
        ("exit code 1", "退出代码为 1", "結束代碼為 1"),
        ("It contains Python code.", "它包含 Python 代码。", "它包含 Python 程式碼。"),
    ],
)
def test_a_word_of_two_meanings_follows_the_english_text(english: str, simplified: str, expected: str) -> None:
    assert traditional.traditional(simplified, english) == expected


FOREIGN = re.compile(
    "當前|更改|撤消|回滾|未找到|打包|日誌|日志|注冊|平臺|身份|調試|默認|信息|隻|天后|呼叫端法|增立|使用者名$"
)
"""Words of the mainland, and slips of the converter, that Traditional texts had."""


def test_traditional_texts_have_no_words_of_the_mainland() -> None:
    files = [
        path
        for pattern in (
            "pyserver/scoredock/l10n/zh-tw/*.json",
            "l10n/*.zh-tw.json",
            "package.nls.zh-tw.json",
        )
        for path in ROOT.glob(pattern)
    ]
    assert len(files) > 30
    found = {text for path in files for text in json.loads(path.read_text("utf-8")).values() if FOREIGN.search(text)}
    pages = {line for path in ROOT.glob("docs/zh-tw/*.md") for line in path.read_text("utf-8").splitlines()}
    assert found | {line for line in pages if FOREIGN.search(line)} == set()


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("zh-cn", "zh-cn"),
        ("zh_CN.UTF-8", "zh-cn"),
        ("zh-Hans-SG", "zh-cn"),
        ("zh", "zh-cn"),
        ("zh-tw", "zh-tw"),
        ("zh_TW.UTF-8@radical", "zh-tw"),
        ("zh-Hant-HK", "zh-tw"),
        ("zh-hk", "zh-tw"),
        ("en", "en"),
        ("de_DE.UTF-8", "en"),
        ("C", "en"),
        ("", "en"),
    ],
)
def test_the_language_of_a_tag(tag: str, language: str) -> None:
    assert l10n.language_of(tag) == language


def test_the_first_variable_that_is_set_counts() -> None:
    assert l10n.language_of_terminal({"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8"}) == "zh-cn"
    assert l10n.language_of_terminal({"LC_ALL": "", "LC_MESSAGES": "C", "LANG": "zh_TW"}) == "en"
    assert l10n.language_of_terminal({}) == "en"
