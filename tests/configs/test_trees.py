"""Text to trees: values, positions, and what is told of texts that are not what they should be."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scoredock.analysis.json_text import parse_json
from scoredock.analysis.read import parse
from scoredock.analysis.tree import Lines, Mapping, Node, Scalar, Sequence, path_at
from scoredock.analysis.yaml_text import parse_yaml
from scoredock.text import Position

from depth import rounds


def plain(node: Node | None) -> object:
    if isinstance(node, Mapping):
        return {e.key.value: plain(e.value) for e in node.entries}
    if isinstance(node, Sequence):
        return [plain(i) for i in node.items]
    return node.value if node is not None else None


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20).filter(lambda t: t.isprintable()),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8).filter(lambda t: t.isprintable()), inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(max_examples=rounds(gate=80, long=1_000))
@given(VALUES, st.sampled_from([None, 2]), st.booleans())
def test_json_reads_as_the_standard_library_does(value: object, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    tree = parse_json(text)
    assert tree.problems == ()
    assert plain(tree.root) == value


@settings(max_examples=rounds(gate=60, long=1_000))
@given(st.text(alphabet="{}[]:,\"'\\ \n\t0123456789.eE+-truefalsnN/#*", max_size=60))
def test_json_accepts_exactly_what_the_standard_library_accepts(text: str) -> None:
    try:
        value = json.loads(text, parse_constant=lambda name: (_ for _ in ()).throw(ValueError(name)))
        good = "Infinity" not in repr(value) and "inf" not in repr(value)
    except ValueError:
        good = False
    assert (parse_json(text).problems == ()) == good


@pytest.mark.parametrize(
    ("text", "place", "title"),
    [
        ('{"a": 1,}', (0, 7), "Remove the comma"),
        ('{"a": [1, 2,]}', (0, 11), "Remove the comma"),
        ('{\n  // note\n  "a": 1\n}', (1, 2), "Remove the comment"),
        ('{"a": 1} # note', (0, 9), "Remove the comment"),
        ('{/* x\n y */"a": 1}', (0, 1), "Remove the comment"),
        ("{'a': 1}", (0, 1), "Use double quotes"),
        ("{a: 1}", (0, 1), "Put the key in quotes"),
        ('{"a": True}', (0, 6), "Change to true"),
        ('{"a": None}', (0, 6), "Change to null"),
        ('{"a": yes}', (0, 6), "Change to true"),
        ('{"a": 1 "b": 2}', (0, 8), "Insert a comma"),
        ('{"a": "C:\\models"}', (0, 6), "Double the backslashes"),
        ('{"a": 1', (0, 0), "Insert }"),
        ('{"a":{"b":[1', (0, 10), "Insert ]}}"),
        ('{"a": [1, 2}', (0, 11), "Insert ]"),
        ('{"a": 1}}', (0, 8), "Remove it"),
        ('{"a": 1},\n', (0, 8), "Remove it"),
        ('{"a": \u201cb c\u201d}', (0, 6), "Use double quotes"),
        ("{\u201ca\u201d: 1}", (0, 1), "Use double quotes"),
        ('{"a": "b\u201d}', (0, 6), "Use double quotes"),
        ('{"a": `b`}', (0, 6), "Use double quotes"),
        ('{"a": """b"""}', (0, 6), "Use double quotes"),
        ('{"a": "b\n}', (0, 6), "Add the quote"),
        ('{"a": "b,\n"c": 1}', (0, 6), "Add the quote"),
        ('{"a": u"b"}', (0, 6), "Remove the letter"),
        ('{"a": NaN}', (0, 6), "Change to null"),
        ('{"a": undefined}', (0, 6), "Change to null"),
        ('{"a": .5}', (0, 6), "Change to 0.5"),
        ('{"a": 007}', (0, 6), "Change to 7"),
        ('{"a": 1_000}', (0, 6), "Change to 1000"),
        ('{"a": 0x1F}', (0, 6), "Change to 31"),
        ('{"a": python:3.11}', (0, 6), "Put it in quotes"),
        ('{"a" = 1}', (0, 5), "Change to a colon"),
        ('{"a" => 1}', (0, 5), "Change to a colon"),
        ('{"a" 1}', (0, 1), "Insert a colon"),
        ('{"a": 1; "b": 2}', (0, 7), "Change to a comma"),
        ('{"a": 1\uff0c"b": 2}', (0, 7), "Change to a comma"),
        ('{"a": 1,, "b": 2}', (0, 8), "Remove the comma"),
        ('{,"a": 1}', (0, 1), "Remove the comma"),
        ('{\u00a0"a": 1}', (0, 1), "Replace it with a space"),
        ('{"a": "b\tc"}', (0, 6), "Write tabs as \\t"),
    ],
)
def test_json_slips_are_told_and_repaired(text: str, place: tuple[int, int], title: str) -> None:
    problems = parse_json(text).problems
    assert [(p.range.start.line, p.range.start.character) for p in problems] == [place]
    assert [f.title for f in problems[0].fixes] == [title]
    lines = Lines(text)
    (edit,) = problems[0].fixes[0].edits
    json.loads(text[: lines.offset(edit.range.start)] + edit.new_text + text[lines.offset(edit.range.end) :])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n",
        "{",
        '{"a"',
        '{"a":',
        "[1",
        "{]",
        '{"a" 1}',
        '{"a": 1} x',
        "nul",
        '"abc',
        "{,}",
        "[,1]",
        '{"a": 01}',
        "\x00",
        "\ufeff",
    ],
)
def test_other_bad_json_is_told(text: str) -> None:
    assert parse_json(text).problems


def test_the_rest_is_read_after_a_slip() -> None:
    tree = parse_json('{"a": 1, "b": {"c": [1, 2,], "d": \'x\'}, }')
    assert plain(tree.root) == {"a": 1, "b": {"c": [1, 2], "d": "x"}}
    assert len(tree.problems) == 3


def test_positions_count_characters_and_all_line_ends() -> None:
    text = '\ufeff{\r\n"ä🙂": "b",\r"c": 1}'
    tree = parse_json(text)
    assert isinstance(tree.root, Mapping)
    assert tree.problems == ()
    assert tree.root.entries[0].key.range.start == Position(1, 0)
    assert tree.root.entries[0].value.range.start == Position(1, 6)
    assert tree.root.entries[1].key.range.start == Position(2, 0)


YAML_CASES = [
    ("a: 1\nb: [x, 'y']\n", {"a": 1, "b": ["x", "y"]}),
    ("a: yes\nb: 'yes'\nc: 1.5\nd: ~\ne:\n", {"a": True, "b": "yes", "c": 1.5, "d": None, "e": None}),
    ("version: 017\ntime: 12:30:45\nhex: 0x1f\n", {"version": "017", "time": "12:30:45", "hex": "0x1f"}),
    ("- a\n- b: c\n  d: e\n", ["a", {"b": "c", "d": "e"}]),
    ("a: &x [1, 2]\nb: *x\n", {"a": [1, 2], "b": [1, 2]}),
    ("a: |\n  text\n  more\nb: >-\n  x\n  y\n", {"a": "text\nmore\n", "b": "x y"}),
    ('{"a": {"b": [true, null]}}', {"a": {"b": [True, None]}}),
    ("a: 1\n---\nb: 2\n", {"a": 1}),
    ("? x\n: y\n", {"x": "y"}),
    ("", None),
]


@pytest.mark.parametrize(("text", "value"), YAML_CASES)
def test_yaml_values(text: str, value: object) -> None:
    assert plain(parse_yaml(text).root) == value


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "a: b: c",
        "\ta: 1",
        "a: *x",
        "a: &a [*a]",
        "%a",
        "a: 'x",
        "a\n b: c\nd",
        "- a\nb: c",
        "!!python/object:x {",
        "a: \x07",
    ],
)
def test_bad_yaml_is_told(text: str) -> None:
    tree = parse_yaml(text)
    assert tree.problems
    for problem in tree.problems:
        assert problem.message.endswith(".")


def test_block_collections_end_with_their_last_value() -> None:
    tree = parse_yaml("a:\n  - x\n\n# comment\nb: y\n")
    assert isinstance(tree.root, Mapping)
    assert tree.root.entries[0].value.range.end == Position(1, 5)


@pytest.mark.parametrize(
    ("path", "text", "problems"),
    [
        ("x.json", '{"a": 1}', 0),
        ("x.yml", '{"a": 1}', 0),
        ("x.yml", '{\n\t"a": 1\n}', 0),
        ("x.yaml", "{a: 1,}", 0),
        ("x.json", "a: 1", 1),
        ("", '{"a": 1}', 0),
        ("", "a: 1", 0),
    ],
)
def test_format_follows_name_and_content(path: str, text: str, problems: int) -> None:
    tree = parse(text, path)
    assert bool(tree.problems) == bool(problems)
    if not problems:
        assert plain(tree.root) == {"a": 1}


def test_path_at_finds_keys_and_values() -> None:
    root = parse_json('{"a": {"b": [1, {"c": 2}]}}').root
    assert path_at(root, Position(0, 8))[0] == ("a", "b")
    assert path_at(root, Position(0, 8))[2] is True
    keys, node, on_key = path_at(root, Position(0, 22))
    assert keys == ("a", "b", 1, "c")
    assert isinstance(node, Scalar)
    assert not on_key


@settings(max_examples=100)
@given(st.text(alphabet="ab\r\n🙂é", max_size=40), st.integers(0, 45))
def test_offsets_and_positions_are_inverse(text: str, offset: int) -> None:
    lines = Lines(text)
    offset = min(offset, len(text))
    inside_line_end = 0 < offset < len(text) and text[offset - 1 : offset + 1] == "\r\n"
    if not inside_line_end:
        assert lines.offset(lines.position(offset)) == offset
