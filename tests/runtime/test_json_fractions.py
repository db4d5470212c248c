"""The quick look for texts without integers: whenever it says so, there is none, whatever was done to the text."""

from __future__ import annotations

import json
import random
from typing import Any

import numpy  # noqa: F401 (the look is there once a script has imported it)
import pytest

from depth import SEED, rounds
from scoredock_runtime.fast_json import json_loads

CASES = rounds(gate=5_000, long=200_000)
PIECES = [
    "1",
    "-7",
    "12345678901234567890123",
    "1e5",
    "1E-2",
    "0.5",
    ".",
    ",",
    '"a"',
    '"a.b"',
    '"1,2"',
    '"\\"."',
    "[]",
    "{}",
    "[[]]",
    "null",
    "true",
    '{"k": 1}',
    '{"k.l": 0.5}',
    " ",
    "\n",
    "[",
    "]",
    "}",
    '"',
]


def document(chance: random.Random, depth: int = 0) -> str:
    kind = chance.random()
    if depth > 3 or kind < 0.5:
        return chance.choice(
            [repr(chance.random()), repr(-chance.random() * 1e6), "0.25", "1.5e3", chance.choice(PIECES)]
        )
    if kind < 0.85:
        return "[" + ", ".join(document(chance, depth + 1) for _ in range(chance.randrange(5))) + "]"
    names = [chance.choice(["data", "a", "a.b", "x,y"]) for _ in range(chance.randrange(3))]
    return "{" + ", ".join(f'"{name}": {document(chance, depth + 1)}' for name in names) + "}"


def holds_integer(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(holds_integer, value.values()))
    if isinstance(value, list):
        return any(map(holds_integer, value))
    return type(value) is int


def said_wrongly(cases: int, seed: int) -> tuple[int, str]:
    """How often the look found nothing but fractions, and a text for which that was wrong."""
    chance = random.Random(seed)
    said = 0
    for _ in range(cases):
        text = document(chance)
        for _ in range(chance.choice([0, 0, 1, 2])):
            place = chance.randrange(len(text) + 1)
            text = text[:place] + chance.choice(PIECES) + text[place + chance.randrange(3) :]
        if json_loads.only_fractions(text.encode()):
            try:
                value = json.loads(text)
            except ValueError:
                continue  # orjson refuses it, too
            said += 1
            if holds_integer(value):
                return said, text
    return said, ""


def test_no_integer_hides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_loads, "_SHORTEST_FRACTIONS", 0)
    said, wrong = said_wrongly(CASES, 20261120 + SEED)
    assert wrong == ""
    assert said > CASES / 20


def test_points_in_strings_would_hide_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_loads, "_SHORTEST_FRACTIONS", 0)
    monkeypatch.setattr(json_loads, "_are_plain", lambda _: True)
    assert said_wrongly(60_000, 20261120)[1]


def test_large_rows_go_the_quick_way_and_big_integers_do_not() -> None:
    chance = random.Random(1)
    rows = [[chance.random() for _ in range(10)] for _ in range(200)]
    text = json.dumps({"data": rows})
    assert json_loads.only_fractions(text.encode())
    for number in (18446744073709551616, 5, -1):
        rows[100][3] = number
        text = json.dumps({"data": rows})
        assert not json_loads.only_fractions(text.encode())
        assert json_loads._make(json.loads, __import__("orjson").loads)(text) == {"data": rows}
