"""Trees of which only a part was parsed again are those that Python's parser gives, position by position."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from scoredock.checks.script import syntax_tree
from scoredock.checks.script.syntax_tree import OwnTree, parse_module

from checks.correct_scripts import SCRIPTS
from depth import SEED, rounds

ODD = '''"""What"""; import os
from json import loads; import \\
    json
x = 1; y = [
    2,
]; z = 3
total = 1 \\

count = 2  # a note \\
@
if x: y = 1
else: y = 2

@(
    staticmethod
)
# between
@property
def f(
    a, b = """
not = code
""",
):
    return a
    # the end of f
# after f
class A: pass
try: pass
except ValueError: pass
\x0c
name = 'ä\u2028ö'; other = f"{name}" "\\
more"
match x:
    case (1): pass
'''.replace("@\nif", "if")
"""Statements whose ends are hard to see."""
PIECES = (
    *" \t()[]{}:;,.@#\\'\"=+-x1\n\r\x0c\x00\ud800",
    '"""',
    "\\\n",
    "\r\n",
    "    ",
    "else:",
    "else: pass",
    "+ 2",
    "case (1): pass",
    "def g(): pass",
    "@staticmethod",
    "; z = 3",
    "# note",
    "async ",
    "pass",
)


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    syntax_tree.clear()
    yield
    syntax_tree.clear()


def outcome(parse: object, text: str) -> str:
    """The tree with every position, or what was raised."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.dump(parse(text), include_attributes=True)  # type: ignore[operator]
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return repr(error)


def edited(text: str, chance: Random) -> str:
    """The text after one edit; half of them keep its lines, as most keystrokes do."""
    begin = chance.randrange(len(text) + 1)
    end = min(len(text), begin + chance.choice((0, 0, 1, 1, 3, 20)))
    new = "".join(chance.choices(PIECES, k=chance.choice((0, 1, 1, 2))))
    if chance.random() < 0.5:
        end = min(end, len(text) if (line := text.find("\n", begin)) < 0 else line)
        new = new.replace("\n", "")
    return text[:begin] + new + text[end:]


def with_a_line_more(text: str, chance: Random) -> str:
    lines = text.split("\n")
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(("", "# note", "x = 1", "@f", "    y = 2")))
    return "\n".join(lines)


def with_a_line_less(text: str, chance: Random) -> str:
    lines = text.split("\n")
    del lines[chance.randrange(len(lines))]
    return "\n".join(lines)


def test_a_tree_that_is_edited_is_the_one_of_the_parser() -> None:
    moved = 0

    @seed(SEED)
    @settings(
        max_examples=rounds(gate=400, long=40_000, name="SCOREDOCK_FUZZ"),
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**64 - 1))
    def edit(number: int) -> None:
        nonlocal moved
        chance = Random(number)
        text = chance.choice((ODD, *SCRIPTS.values()))
        if chance.random() < 0.2:
            text = text.replace("\n", "\r\n")
        own = OwnTree()
        assert outcome(own.parse, text) == outcome(ast.parse, text)
        for _ in range(6):
            before, text = text, chance.choice((edited, with_a_line_more, with_a_line_less))(text, chance)
            right = outcome(ast.parse, text)
            assert outcome(own.parse, text) == right, (before, text)
            moved += bool(own._nodes)
            if not right.startswith("Module"):
                text = before  # what is edited on and on is soon no script any more

    edit()
    assert moved > 300, "the edits hardly ever came to the way that is tested"


def test_a_tree_after_an_edit_is_the_one_of_the_parser() -> None:
    taken = 0

    @seed(SEED)
    @settings(
        max_examples=rounds(gate=400, long=40_000, name="SCOREDOCK_FUZZ"),
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**64 - 1))
    def edit(number: int) -> None:
        nonlocal taken
        chance = Random(number)
        text = chance.choice((ODD, *SCRIPTS.values()))
        if chance.random() < 0.2:
            text = text.replace("\n", "\r\n")
        assert outcome(parse_module, text) == outcome(ast.parse, text)
        for _ in range(6):
            before, text = text, edited(text, chance)
            taken += any(kept.text != text and syntax_tree._edited(kept, text) for kept in syntax_tree._last)
            right = outcome(ast.parse, text)
            assert outcome(parse_module, text) == right, (before, text)
            if not right.startswith("Module"):
                text = before  # what is edited on and on is soon no script any more

    edit()
    assert taken > 300, "the edits hardly ever came to the way that is tested"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1 \\\n\ny = 2\n", "x = 1 \\\n+ 2\ny = 2\n"),
        ("if x:\n    y\n\nz = 1\n", "if x:\n    y\nelse: pass\nz = 1\n"),
        ("def f():\n    x\n# note\nz = 1\n", "def f():\n    x\n    y\nz = 1\n"),
        ("x = 1\n# note\ny = 2\n", "x = 1\n@f\ny = 2\n"),
        ("x = 1\n\ndef f(): pass\n", "x = 1\n@g\ndef f(): pass\n"),
        ("x = 1\ny = 2\nz = 3\n", 'x = 1\n"""\nz = 3\n'),
        ("x = 1\ny = 2\nz = 3\n", "x = 1\ny = 2 \\\nz = 3\n"),
        ("x = 1; y = 2\nz = 3; w = 4\n", "x = 1; y = 2\nz = 5; w = 4\n"),
        ("x = 1\ry = 2\nz = 3\n", "x = 1y = 2\nz = 3\n"),
    ],
)
def test_what_reaches_across_the_edit_is_seen(before: str, after: str) -> None:
    own = OwnTree()
    for text in (before, after, before):
        right = outcome(ast.parse, text)
        assert outcome(parse_module, text) == right
        assert outcome(own.parse, text) == right


def test_only_the_statements_around_an_edit_are_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a script of thousands of lines a keystroke costs what its function costs."""
    text = "".join(f"def step_{number}(x):\n    return x + {number}\n\n" for number in range(2_000))
    parse_module(text)
    lengths: list[int] = []
    parse = ast.parse

    def noting(source: str) -> ast.Module:
        lengths.append(len(source))
        return parse(source)

    monkeypatch.setattr(ast, "parse", noting)
    parse_module(text.replace("return x + 1000", "return x + 1000 * 2"))
    assert len(lengths) == 1
    assert lengths[0] < 100
