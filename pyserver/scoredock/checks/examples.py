"""The examples of rules: a whole file with the mistake, and the same file without it.

They are written as files below `pyserver/rule_examples`, a folder for each code; `npm run generate` puts them into
`examples.json`, so that they come with the program as one file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from scoredock.analysis.rule import Rule

FILE = Path(__file__).with_suffix(".json")


def bad_example(rule: Rule) -> str:
    """A whole file with the mistake."""
    return _examples()[rule.code]["bad"]


def good_example(rule: Rule) -> str:
    """The same file without it."""
    return _examples()[rule.code]["good"]


def document(folder: Path) -> str:
    """All examples of a folder as the text of `examples.json`."""
    written = {
        each.name: {path.stem: _text(path) for path in sorted(each.iterdir())} for each in sorted(folder.iterdir())
    }
    return json.dumps(written, ensure_ascii=False, indent=1) + "\n"


def _text(path: Path) -> str:
    return path.read_bytes().decode()


def take(text: str) -> None:
    """From now on the examples are those of this text, which `document` made."""
    _examples().clear()
    _examples().update(json.loads(text))


@cache
def _examples() -> dict[str, Mapping[str, str]]:
    examples: dict[str, Mapping[str, str]] = json.loads(FILE.read_text(encoding="utf-8"))
    return examples
