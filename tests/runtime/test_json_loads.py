"""json.loads as the script sees it: never a different value, type or exception than the standard library's."""

from __future__ import annotations

import inspect
import io
import json
import math
import os
import pickle
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depth import SEED, rounds
from scoredock_runtime.fast_json import json_loads

orjson = pytest.importorskip("orjson")

TEXTS = rounds(gate=6_000, long=200_000, name="SCOREDOCK_FUZZ")
FROM = int(os.environ.get("SCOREDOCK_FUZZ_FROM") or SEED)
standard = json.loads
fast = json_loads._make(standard, orjson.loads)

NUMBERS = [
    "0",
    "-0",
    "-0.0",
    "0.0",
    "1",
    "-1",
    "1e5",
    "1E+5",
    "1e-7",
    "-0e0",
    "01",
    "1.",
    ".5",
    "+1",
    "1e",
    "0x10",
    "1_0",
    "NaN",
    "-NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "-1e400",
    "1e-400",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
    "19933688932870350000",
    "99999999999999999999",
    "-99999999999999999999",
    "1000000000000000000000000000",
    "123456789012345678901234567890.5",
    "1234567890123456789e5",
    "-1234567890123456789E5",
    "0.12345678901234567890123456789",
    "2.2250738585072011e-308",
    "4.9406564584124654e-324",
    "2.4703282292062327e-324",
    "1.7976931348623158e308",
    "1.7976931348623159e308",
    "9007199254740993",
    "9007199254740993.0",
    "9007199254740992.99999999999999999999",
    "1e23",
    "8.41e21",
    "5e-324",
    "0.1e-1000",
    "0e999999999",
    "0.500000000000000166533453693773481063544750213623046875",
    "3.5844466002796428e298",
    "1e99999999999999999999",
]
TAKEN_NUMBERS = [
    token for token in NUMBERS if (token[-1].isdigit() and token[0] not in "0+.") or token in ("0", "-0", "-0.0")
]
"""Some of them are infinite or beyond 64 bit, but all are numbers."""
STRINGS = [
    '""',
    '"a"',
    '"key"',
    '"é"',
    '"\U0001f600"',
    '"\\ud83d\\ude00"',
    '"\\ud800"',
    '"\\udc00"',
    '"\\ud800\\u0041"',
    '"\\u0000"',
    '"\\n\\t\\"\\\\\\/\\b\\f\\r"',
    '"\\x"',
    '"\\u12"',
    '"\\uD83D\\u00e9"',
    '"\x00"',
    '"\x1f"',
    '"\x7f"',
    '"\u2028"',
    '"\ud800"',
    '"[[[{{"',
    '"]]"',
    '"12345678901234567890123"',
    '" 12345678901234567890123"',
    "'a'",
    '"\n"',
    '"\ufeff"',
    '"\uffff"',
]
WORDS = ["true", "false", "null", "True", "nul", "[]", "{}", "[[]]", '{"a":{}}', "[,]", "[1,]", '{"a":1,}', "{,}"]
SPACES = ["", "", "", " ", "\n", "\t\r\n ", "\x0b", "\xa0", "\ufeff", "/**/"]
PIECES = [*NUMBERS, *STRINGS, *WORDS, *SPACES, *'[]{},:"\\-.eE0123456789']


def text(chance: random.Random, depth: int = 0) -> str:
    """A document with many of the tokens on which parsers differ."""
    kind = chance.random()
    if depth and kind < 0.35:
        return chance.choice(NUMBERS if chance.random() < 0.1 else TAKEN_NUMBERS) if kind < 0.03 else number(chance)
    if depth and kind < 0.5:
        return chance.choice(STRINGS[:7] if chance.random() < 0.98 else STRINGS)
    if depth > 2:
        return chance.choice(WORDS[:7] if chance.random() < 0.98 else WORDS)
    space = chance.choice(SPACES[:6]) if chance.random() < 0.995 else chance.choice(SPACES)
    parts = (text(chance, depth + 1) for _ in range(chance.randrange(1, 6)))
    if kind < 0.75:
        return f"[{space}{f',{space}'.join(parts)}{space}]"
    # Few names, so that some come twice.
    return "{" + ",".join(f'{space}"{chance.choice("abcdé")}"{space}:{space}{part}' for part in parts) + "}"


def number(chance: random.Random) -> str:
    """A number as programs write them, of any length."""
    kind = chance.randrange(6)
    if kind == 0:
        return repr(chance.uniform(-1, 1) * 10 ** chance.randrange(-30, 30))
    if kind == 1:
        size = 10 ** chance.randrange(17, 25) if chance.random() < 0.1 else 10 ** chance.randrange(1, 19)
        return str(chance.randrange(-size, size))
    if kind == 2:
        return f"{chance.uniform(-1e6, 1e6):.{chance.randrange(0, 30)}f}"
    if kind == 3:  # halfway between two floats, where rounding is hardest
        value = math.ldexp(chance.getrandbits(53) | 1 << 52, chance.randrange(-80, 20))
        low, high = (value.as_integer_ratio(), math.nextafter(value, math.inf).as_integer_ratio())
        top, bottom = low[0] * high[1] + high[0] * low[1], 2 * low[1] * high[1]
        whole, rest = divmod(top, bottom)
        return f"{whole}.{rest * 10**60 // bottom:060d}"
    if kind == 4:
        return f"{chance.getrandbits(chance.randrange(1, 70))}e{chance.randrange(-330, 310)}"
    return repr(chance.randrange(1000))


def mutated(chance: random.Random, document: str) -> str:
    """One to three pieces put in, taken out or moved."""
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        start = chance.randrange(len(document) + 1)
        end = min(len(document), start + chance.randrange(1, 5))
        kind = chance.randrange(4)
        if kind == 0:
            document = document[:start] + document[end:]
        elif kind == 1:
            document = document[:start] + document[start:end] * 2 + document[end:]
        else:
            document = document[:start] + chance.choice(PIECES) + document[start if kind == 2 else end :]
    return document


def texts(count: int, seed: int) -> Iterator[str | bytes]:
    """Documents, half of them damaged, some as bytes in the encodings that json.loads takes."""
    chance = random.Random(seed)
    while count > 0:
        document = text(chance)
        if len(document) < 60:
            document = f'{{"data": [{document}, "so that it is long enough to be worth it"]}}'
        for variant in (document, mutated(chance, document)):
            count -= 1
            kind = chance.random()
            if kind < 0.75:
                yield variant
            elif kind < 0.9:
                yield variant.encode("utf-8", "surrogatepass")
            elif kind < 0.95:
                coding = chance.choice(["utf-8-sig", "utf-16", "utf-16-le", "utf-32-be", "utf-32", "latin-1"])
                yield variant.encode(coding, "replace" if coding == "latin-1" else "surrogatepass")
            else:
                raw = bytearray(variant.encode("utf-8", "surrogatepass"))
                raw[chance.randrange(len(raw))] = chance.randrange(256)
                yield bytes(raw)


def outcome(loads: Callable[..., Any], *given: Any, **options: Any) -> tuple[Any, ...]:
    """All that a caller can tell: repr shows values, types, the order of names, signs of zero."""
    try:
        value = loads(*given, **options)
    except Exception as fault:
        place = [
            getattr(fault, name, None) for name in ("msg", "doc", "pos", "lineno", "colno", "start", "end", "reason")
        ]
        return type(fault), str(fault), place, repr(fault.__cause__), repr(fault.__context__)
    return type(value), repr(value)


def differing(loads: Callable[..., Any], count: int, seed: int) -> str | bytes | None:
    """The first document that is answered otherwise than by the standard library."""
    return next((each for each in texts(count, seed) if outcome(loads, each) != outcome(standard, each)), None)


def test_no_document_makes_a_difference() -> None:
    parsed = 0

    def counting(body: bytes) -> Any:
        nonlocal parsed
        value = orjson.loads(body)
        parsed += 1
        return value

    for seed in range(FROM, FROM + max(1, TEXTS // 50_000)):
        assert differing(json_loads._make(standard, counting), min(TEXTS, 50_000), seed) is None
    # Otherwise nothing would have been compared.
    assert parsed > TEXTS // 6


@settings(max_examples=rounds(gate=25, long=2000))
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=40,
    ),
    st.sampled_from([None, 1, "\t"]),
    st.booleans(),
)
def test_what_dumps_wrote(value: Any, indent: Any, ascii_only: bool) -> None:
    document = json.dumps({"padding": "-" * 40, "data": value}, indent=indent, ensure_ascii=ascii_only)
    assert outcome(fast, document) == outcome(standard, document)


@settings(max_examples=rounds(gate=25, long=2000))
@given(st.binary(max_size=120), st.text(max_size=120))
def test_any_bytes_and_any_text(raw: bytes, characters: str) -> None:
    for given_text in (raw, characters, b'["' + raw + b'"]' + b" " * 40, f'["{characters}"]' + " " * 40):
        assert outcome(fast, given_text) == outcome(standard, given_text)


FRAMES = [
    "{}",
    "[{}]",
    '{{"a":{}}}',
    "[1,{}]",
    "[1, {}, 2]",
    "[\n{}]",
    "[\t{}]",
    "[\r{} ]",
    '{{"a" : {} }}',
    " {}",
    "-{}",
]


@pytest.mark.parametrize("frame", FRAMES)
def test_every_token_everywhere(frame: str) -> None:
    for token in (*NUMBERS, *STRINGS, *WORDS):
        for document in (frame.format(token) + " " * 60, " " * 60 + frame.format(token)):
            assert outcome(fast, document) == outcome(standard, document)
            raw = document.encode("utf-8", "surrogatepass")
            assert outcome(fast, raw) == outcome(standard, raw)


def nested(depth: int) -> list[str]:
    """Documents that deep, and some that only look so."""
    closing = "]" * depth
    return [
        "[" * depth + closing,
        '{"a":' * depth + "1" + "}" * depth,
        '[{"a":' * (depth // 2) + "1" + "}]" * (depth // 2),
        "[1," * depth + "2" + closing,
        f'{{"a": {"[" * depth + closing}, "a": 1, "b": {[[]] * 300}}}',
        f'{{"data": {[[1.5] * 9] * 300}, "deep": {"[" * depth + closing}}}',
        json.dumps(["]" * 5] * 300)[:-1] + "," + "[" * depth + closing + "]",
        "[" * depth + ",".join(['"]"'] * depth) + closing,
    ]


def test_nesting_near_every_limit() -> None:
    usual = sys.getrecursionlimit()
    depths = [
        10,
        149,
        150,
        151,
        152,
        500,
        *range(usual - 60, usual + 10, rounds(gate=3, long=1)),
        1022,
        1023,
        1024,
        1025,
        1500,
        5000,
    ]
    for depth in depths:
        for document in nested(depth):
            assert outcome(fast, document) == outcome(standard, document), (depth, document[:50])


def test_a_stack_that_is_nearly_full() -> None:
    documents = [nested(depth)[0] + " " * 60 for depth in (1, 20, 100, 148)]

    def within(frames: int, ask: Callable[[], Any]) -> Any:
        return within(frames - 1, ask) if frames else ask()

    for frames in (*range(50, sys.getrecursionlimit() - 350, 50), *range(500, 900, 7)):
        for document in documents:
            told = []
            for loads in (fast, standard):
                try:
                    told.append(within(frames, lambda loads=loads, document=document: type(loads(document))))
                except RecursionError as fault:
                    told.append(type(fault))
            assert told[0] is told[1], (frames, len(document))


def test_a_lower_recursion_limit() -> None:
    document = nested(140)[0] + " " * 60
    usual = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(len(inspect.stack()) + 60)
        told = [outcome(loads, document)[0] for loads in (fast, standard)]
    finally:
        sys.setrecursionlimit(usual)
    assert told[0] is told[1]


def test_tables_and_records() -> None:
    chance = random.Random(5)
    rows = [[chance.gauss(0, 1) for _ in range(10)] for _ in range(1000)]
    for value in (
        {"data": rows},
        {"data": [dict(zip("abcdefghij", row, strict=True)) for row in rows]},
        rows,
        [[rows[:20]] * 20] * 3,
        {"data": [*rows, [2**64]]},
        {"data": [*rows, [-(2**63) - 1]]},
        {"data": [[time + 1_700_000_000_000_000_000] for time in range(500)]},
        ["text with [brackets] {in} it"] * 500,
    ):
        for document in (json.dumps(value), json.dumps(value, indent=1), json.dumps(value, separators=(",", ":"))):
            assert outcome(fast, document) == outcome(standard, document)


def test_the_quick_way_is_taken() -> None:
    """Where it pays: tables of floats with many digits, also as records, and small requests."""
    row = [0.00012345678901234567, -12345.678901234567, 1e-300, 123456789012345678, -0.1]
    for value in ({"data": [row]}, {"data": [row] * 1000}, [dict(zip("abcde", row, strict=True))] * 1000):
        asked: list[bytes] = []

        def parse(body: bytes, asked: list[bytes] = asked) -> Any:
            asked.append(body)
            return orjson.loads(body)

        for document in (json.dumps(value), json.dumps(value).encode()):
            assert json_loads._make(standard, parse)(document) == value
        assert len(asked) == 2


class Text(str):
    pass


@pytest.mark.parametrize(
    "given_value", [None, 5, [], "", b"", bytearray(b"[1]" * 20), memoryview(b"[1]"), Text("[1]" + " " * 60)]
)
def test_other_types(given_value: Any) -> None:
    assert outcome(fast, given_value) == outcome(standard, given_value)


def test_options() -> None:
    document = json.dumps({"a": [1.5, 2, float("nan")], "padding": "-" * 60})
    for options in (
        {"parse_float": str},
        {"parse_int": str},
        {"parse_constant": str},
        {"object_hook": sorted},
        {"object_pairs_hook": list},
        {"cls": json.JSONDecoder},
        {"strict": False},
        {"unknown": 1},
        {"unknown": None},
        {"cls": None, "object_hook": None},
    ):
        assert outcome(fast, document, **options) == outcome(standard, document, **options)
    assert outcome(fast) == outcome(standard)
    assert outcome(fast, document, 1) == outcome(standard, document, 1)
    assert outcome(fast, s=document) == outcome(standard, s=document)


def test_what_a_script_put_in_place_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    document = json.dumps({"a": [1.5], "padding": "-" * 60})
    with monkeypatch.context() as patch:
        patch.setattr(json, "_default_decoder", json.JSONDecoder(parse_float=str))
        assert fast(document)["a"] == ["1.5"]
    with monkeypatch.context() as patch:
        patch.setattr(json.JSONDecoder, "decode", lambda *_: "mine")
        assert fast(document) == "mine"


def test_it_looks_like_the_original(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json, "loads", standard)
    assert json_loads.install()
    assert json_loads.install()
    assert json.loads is not standard
    assert inspect.signature(json.loads) == inspect.signature(standard)
    assert (json.loads.__name__, json.loads.__qualname__, json.loads.__module__) == ("loads", "loads", "json")
    assert json.loads.__doc__ == standard.__doc__
    assert pickle.loads(pickle.dumps(json.loads)) is json.loads
    assert json.load(io.StringIO('{"data": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]}')) == {
        "data": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]
    }


def test_orjson_is_imported_with_the_first_text_only() -> None:
    script = (
        "import json, sys\nfrom scoredock_runtime.fast_json import json_loads\n"
        "told = [json_loads.install(), 'orjson' in sys.modules]\n"
        "print(told, json.loads('[1.50, 2.50]' + ' ' * 60), 'orjson' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert told.stdout == "[True, False] [1.5, 2.5] True\n"


@pytest.mark.parametrize("version", [None, "3.8.14", "nightly"])
def test_without_a_usable_orjson_nothing_changes(tmp_path: Path, version: str | None) -> None:
    stub = "raise ImportError" if version is None else f"__version__ = {version!r}\nloads = None"
    (tmp_path / "orjson.py").write_text(stub)
    script = (
        "import json; before = json.loads\nfrom scoredock_runtime.fast_json import json_loads\n"
        "json_loads.install(); print(json.loads('[1.50, 2.50]' + ' ' * 60), json.loads is before)"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    told = subprocess.run([sys.executable, "-c", script], env=environment, check=True, capture_output=True, text=True)
    assert told.stdout == "[1.5, 2.5] True\n"


@pytest.mark.parametrize(("variables", "is_replaced"), [({}, True), ({"SCOREDOCK_FAST_JSON": "off"}, False)])
def test_a_service_can_leave_it_out(service: Any, variables: dict[str, str], is_replaced: bool) -> None:
    service.up(
        "import json\n"
        "def init(): pass\n"
        "def run(data): return [json.loads.__code__.co_filename.endswith('json_loads.py'), json.loads(data)]\n",
        environment=variables,
    )
    rows = [1.5, "with more than forty characters, as it is taken from there on"]
    assert service.score(rows).json() == [is_replaced, rows]


def lenient(body: bytes) -> Any:
    return orjson.loads(body.decode("utf-8", "replace").lstrip("\ufeff").replace("NaN", "null"))


def rounded(body: bytes) -> Any:
    value = orjson.loads(body)
    return json.loads(json.dumps(value), parse_float=lambda digits: float(f"{float(digits):.16g}"))


@pytest.mark.parametrize(
    ("name", "bug"),
    [
        ("_BIG_INTEGER", b" " + b"0" * 21),
        ("_CLASSES", bytes(range(256))),
        ("parse", lenient),
        ("parse", rounded),
        ("parse", lambda body: standard(body.decode(), parse_float=lambda digits: float(digits) + 0.0)),
    ],
    ids=["longer integers", "no classes", "lenient", "rounded", "minus zero"],
)
def test_planted_bugs_are_found(monkeypatch: pytest.MonkeyPatch, name: str, bug: Any) -> None:
    if name != "parse":
        monkeypatch.setattr(json_loads, name, bug)
    loads = json_loads._make(standard, bug if name == "parse" else orjson.loads)
    assert differing(loads, 50_000, 0) is not None


@pytest.mark.parametrize(("name", "bug"), [("_is_flat", lambda *_: True), ("_NESTING", 2000), ("_FRAMES", 100_000)])
def test_planted_bugs_of_depth_are_found(monkeypatch: pytest.MonkeyPatch, name: str, bug: Any) -> None:
    if sys.version_info >= (3, 12):
        pytest.skip("calls of C functions have a limit of their own there, beyond what orjson takes")
    monkeypatch.setattr(json_loads, name, bug)
    with pytest.raises(AssertionError):
        (test_a_stack_that_is_nearly_full if name == "_FRAMES" else test_nesting_near_every_limit)()
