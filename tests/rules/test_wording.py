"""Words that the texts for people avoid, with docs/internals/words.md as their explanation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tools import texts

AVOIDED = {
    r"\blies in\b|\blie in\b": "is in",
    r"\bis gone\b|\bare gone\b": "no longer exists",
    r"\b[Nn]othing of that kind\b": "name the kind",
    r"\bfor no say\b": "say it plainly",
    r"\b[Ww]hoever\b|\b[Ww]hatever\b|\bwhosoever\b": "say who or what",
    r"\bat hand\b": "available",
    r"\banew\b": "again",
    r"\bwould fail the deployment\b": "fix … before you deploy",
    r"\b[Pp]lease\b": "leave it out",
    r"!(?![=\w\]])": "a full stop",
    r"\butili[sz]e": "use",
    r"[\d}]\s+(?:%|percent\b|per cent\b)": "the sign, without a blank: 50%",
    r"(?<![Tt]here )\b(?:is|are|was|were) no (?!longer\b|more\b)": "is not a",
    r"\b(?:unto|hitherto|thereby|wherein|thereof|henceforth)\b": "present-day words",
}
"""What is avoided, and what is written instead."""


def avoided(written: Mapping[str, str]) -> Iterator[str]:
    """Each text that has such a word; `written` is text to place."""
    for text, place in written.items():
        prose = re.sub(r"`[^`]*`|“[^”]*”|\$\([^)]*\)", "", text)
        yield from (f"{place}: {text}: {better}" for word, better in AVOIDED.items() if re.search(word, prose))


def test_texts_avoid_what_the_list_names(root: Path) -> None:
    of_extension = {}
    for name in ("l10n/bundle.l10n.json", "package.nls.json"):
        of_extension |= {str(value): name for value in json.loads((root / name).read_text("utf-8")).values()}
    assert list(avoided(texts.texts() | of_extension)) == []


@pytest.mark.parametrize(
    "text",
    [
        "A model lies in “a”.",
        "“a” is gone.",
        "Deploy it anew.",
        "Done!",
        "Please register the model.",
        "{0} % of the requests",
        "More than 100 percent",
        "The file is no script.",
    ],
)
def test_an_avoided_word_is_seen(text: str) -> None:
    assert list(avoided({text: "here"}))


@pytest.mark.parametrize(
    "text",
    [
        "Delete “what is gone”.",
        "Use `a != b`.",
        "x != y is compared",
        "There is no model.",
        "It is no longer there.",
    ],
)
def test_what_only_looks_like_one_is_not_seen(text: str) -> None:
    assert not list(avoided({text: "here"}))
