"""Misspelt words: which known one was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_DIGITS = str.maketrans("OILSZB", "011528")


def similar(word: str, words: Iterable[str], count: int, cutoff: float) -> list[str]:
    """Words as `difflib.get_close_matches` gives them, in half its time for the hundreds that are nothing like it."""
    letters = set(word)
    length = len(word)
    # Two words share at most the letters that are left when those the other one lacks are counted once each.
    candidates = [
        other
        for other in words
        if 2 * min(length - len(letters.difference(other)), len(other) - len(set(other) - letters))
        >= cutoff * (length + len(other))
    ]
    return get_close_matches(word, candidates, n=count, cutoff=cutoff) if candidates else []


def similar_code(word: str, codes: Iterable[str]) -> list[str]:
    """The code of a rule that was probably meant: letters for digits, else the one that begins most like it."""
    upper = word.strip().upper()
    known = list(codes)
    digits = upper[:2] + upper[2:].translate(_DIGITS)
    if digits in known:
        return [digits]
    near = get_close_matches(upper, known, n=8, cutoff=0.75) if len(upper) > 3 else []
    return sorted(near, key=lambda code: (-_common_start(code, upper), code))[:1]


def _common_start(one: str, other: str) -> int:
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
