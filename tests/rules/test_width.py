"""No line of TypeScript or of a script is wider than 120 characters.

Prettier breaks code, but neither comments nor strings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

WIDTH = 120
FOLDERS = ("extension", "scripts", "tests/extension")
GENERATED = "extension/activation/patterns.ts"
"""Regular expressions of the server, which Python's sources hold in parts; nobody reads or changes them here."""
TRANSLATED = re.compile(r"\bl10n\.t\($")
"""What a line ends with above a text for people. Such a line may be wider, if it holds nothing but the text: the
program that collects texts for translators reads one literal, and a sentence torn in two cannot be translated."""
LITERAL = re.compile(r'^\s*"(?:[^"\\]|\\.)*",?$')


def wide_lines(text: str) -> list[int]:
    """Numbers of the lines that are wider than they may be, from 1."""
    lines = text.split("\n")
    return [
        number
        for number, line in enumerate(lines, 1)
        if len(line) > WIDTH and not (LITERAL.match(line) and TRANSLATED.search(lines[number - 2]))
    ]


def sources(root: Path) -> Iterator[Path]:
    yield from root.glob("*.mjs")
    for folder in FOLDERS:
        for suffix in ("*.ts", "*.mjs"):
            yield from (path for path in (root / folder).rglob(suffix) if path != root / GENERATED)


def test_no_line_is_wider_than_the_limit(root: Path) -> None:
    paths = list(sources(root))
    assert len(paths) > 100, "the search itself works"
    wide = [
        f"{path.relative_to(root)}:{number}"
        for path in paths
        for number in wide_lines(path.read_text(encoding="utf-8"))
    ]
    assert wide == []


LONG = "x" * 110


@pytest.mark.parametrize(
    ("planted", "numbers"),
    [
        pytest.param(f"/** {LONG} */", [], id="fits"),
        pytest.param(f"const a = 1;\n// {LONG} and more", [2], id="comment"),
        pytest.param(f'const text = "{LONG}";', [1], id="string"),
        pytest.param(f'say(\n  "{LONG} and more",\n);', [2], id="text that nobody translates"),
        pytest.param(f'say(\n  l10n.t(\n    "{LONG} and more",\n  ),\n);', [], id="text for people"),
        pytest.param(f'l10n.t(\n  "{LONG}", // and more', [2], id="more than the text for people"),
    ],
)
def test_a_planted_wide_line_is_noticed(planted: str, numbers: list[int]) -> None:
    assert wide_lines(planted) == numbers
