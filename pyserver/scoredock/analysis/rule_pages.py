"""Pages of the rules: their texts, and a whole file with the mistake beside the same file without it.

A rule has a folder of files below `pyserver/rule_pages`: `rule.md`, `bad.*` and `good.*`. `npm run generate` puts them
into `rule_pages.json`, so that they come with the program as one file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_suffix(".json")
_TEXTS = re.compile(
    r"# (?P<title>.+)\n\n> (?P<message>.+)\n\n(?P<why>(?s:.+))\n\n## What to do\n\n(?P<fix>(?s:.+))\n\n"
    r"Source: (?P<source>.+)\n"
)
_PAGES: dict[str, Mapping[str, str]] = {}
"""By the code of the rule; read when the first is asked for."""


class RulePage(NamedTuple):
    """Texts and example files of a rule."""

    title: str
    """Short name, as a heading."""
    message: str
    """Template of the sentence that is shown, with `{words}` to fill in."""
    why: str
    """What happens where the mistake stays."""
    fix: str
    """What to do."""
    source: str
    """Where the fact comes from."""
    bad: str
    """A whole file with the mistake."""
    good: str
    """The same file without it."""


def rule_page(code: str) -> RulePage:
    """Page of a rule. Raises KeyError where it has no folder."""
    if not _PAGES:
        take(FILE.read_text(encoding="utf-8"))
    return RulePage(**_PAGES[code])


def document(folder: Path) -> str:
    """The files of all rules as the text of `rule_pages.json`. Raises ValueError for a `rule.md` that lacks a part."""
    pages = {each.name: _page(each) for each in sorted(folder.iterdir())}
    return json.dumps(pages, ensure_ascii=False, indent=1) + "\n"


def _page(folder: Path) -> Mapping[str, str]:
    files = {path.stem: path.read_bytes().decode() for path in sorted(folder.iterdir())}
    texts = _TEXTS.fullmatch(files.pop("rule"))
    if texts is None:
        raise ValueError(f"{folder / 'rule.md'}: a title, a message, why, what to do and a source, as the others have")
    return {**texts.groupdict(), **files}


def take(text: str) -> None:
    """Take the pages from this text, which `document` made."""
    _PAGES.clear()
    _PAGES.update(json.loads(text))
