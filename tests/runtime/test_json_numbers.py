"""Lists of numbers are encoded to the very bytes of json.dumps, or not at all."""

from __future__ import annotations

import enum
import json
import math
import random
import struct
from typing import Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depth import SEED, rounds
from scoredock_runtime.fast_json import json_text

pytest.importorskip("orjson")

COUNT = rounds(gate=20_000, long=200_000, name="SCOREDOCK_FUZZ")


def same(value: Any) -> bool:
    told = json_text.encode_numbers(value)
    return told is None or told == json.dumps(value).encode()


def numbers(chance: random.Random) -> list[Any]:
    """Of one magnitude, so that many lists hold no exponent; or any bits at all."""
    kind, size = chance.random(), 10.0 ** chance.randrange(-5, 18)
    if kind < 0.02:
        return [1.5] * 9 + [chance.choice([math.nan, math.inf, -math.inf, 2**64, -(2**64)])]
    if kind < 0.6:
        return [chance.uniform(-size, size) for _ in range(10)]
    if kind < 0.7:
        return [chance.randrange(-int(size) - 1, int(size) + 1) for _ in range(10)]
    if kind < 0.9:
        return [round(chance.uniform(-size, size), chance.randrange(6)) for _ in range(10)]
    return [struct.unpack("d", chance.getrandbits(64).to_bytes(8, "little"))[0] for _ in range(10)]


def different(count: int, seed: int = 3) -> Any:
    chance = random.Random(seed)
    return next((each for each in (numbers(chance) for _ in range(count // 10)) if not same(each)), None)


def test_no_number_is_written_otherwise() -> None:
    assert different(COUNT, SEED or 3) is None
    chance = random.Random(4)
    taken = sum(json_text.encode_numbers(numbers(chance)) is not None for _ in range(1000))
    assert taken > 400


def test_around_every_power_of_ten() -> None:
    for exponent in range(-8, 24):
        for sign in (1.0, -1.0):
            value = sign * 10.0**exponent
            row = [value, math.nextafter(value, 0), math.nextafter(value, sign * math.inf), value * 3, value * 9.999]
            for each in row:
                assert same([each] * 8), each


@settings(max_examples=rounds(gate=25, long=2000))
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=12) | st.dictionaries(st.text(max_size=5), inner),
        max_leaves=60,
    )
)
def test_any_value(value: Any) -> None:
    assert same(value)


class Level(enum.IntEnum):
    LOW = 1


class Color(enum.Enum):
    RED = 1
    LIGHT = (1.5, 2)


class Numbers(list):  # type: ignore[type-arg]
    pass


@pytest.mark.parametrize(
    "value",
    [
        [1] * 8 + [True],
        [1.5] * 8 + [None],
        [1] * 8 + ["1,2"],
        [1] * 8 + [{}],
        [1] * 8 + [{"a": 1}],
        [1] * 8 + [math.nan],
        [1] * 8 + [math.inf],
        [2**64] * 8,
        [-(2**63) - 1] * 8,
        [Level.LOW] * 8,
        Numbers([1.5] * 9),
        [numpy.float64(1.5)] * 9,
        [Numbers([1.5])] * 9,
        [(1, 2)] * 9,
        {"a": [1.5] * 9, "b": "x,y"},
        {'é"': [1.5] * 9},
        {1: [1.5] * 9},
        {"a": {"b": [1.5] * 9}},
        {"a": [1.5] * 9, "b": math.nan},
        {"a": [[0.25] * 3] * 5, "n": None, "t": True},
        [[]] * 9,
        [[[]]],
        [[1, 2], [3, 4], [5, 6], [7, 8.5]],
    ],
    ids=repr,
)
def test_what_else_lists_hold(value: Any) -> None:
    assert same(value)


@pytest.mark.parametrize(
    "value",
    [[Color.RED] * 8, [1.5] * 8 + [Color.LIGHT], [[1, 2, Color.RED]] * 5, [[[1.5] * 9, [Color.LIGHT]]] * 2],
    ids=repr,
)
def test_members_of_an_enum_are_no_numbers(value: Any) -> None:
    with pytest.raises(TypeError):
        json.dumps(value)
    assert json_text.encode_numbers(value) is None
    assert json_text.encode_numbers({"a": value}) is None


def test_what_cannot_be_encoded_is_left_to_the_caller() -> None:
    ring: list[Any] = [1.0] * 9
    ring.append(ring)
    assert json_text.encode_numbers(ring) is None
    assert json_text.encode_numbers([1.0] * 9 + [object()]) is None


@pytest.mark.parametrize(
    ("name", "bug"),
    [("_SMALL", b"never"), ("_OF_NUMBERS", b"[]0123456789.,-+e"), ("_OF_NUMBERS", b"[]0123456789.,-nul")],
)
def test_planted_bugs_are_found(monkeypatch: pytest.MonkeyPatch, name: str, bug: bytes) -> None:
    monkeypatch.setattr(json_text, name, bug)
    assert different(200_000) is not None


def test_an_orjson_that_writes_otherwise_is_not_used() -> None:
    import orjson

    assert json_text._trusted(orjson.dumps) is orjson.dumps
    assert json_text._trusted(lambda value: b"10000000000000000.0" if value == 1e16 else orjson.dumps(value)) is None
