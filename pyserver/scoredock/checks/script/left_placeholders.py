"""Placeholders in angle brackets that a script still has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.analysis.rule import quoted_names
from scoredock.checks.script.placeholder_rules import PLACEHOLDER
from scoredock.checks.script.script import ParsedScript
from scoredock.formats.placeholders import ANGLES
from scoredock.text import Position, Range

_TAG = re.compile(
    r"</|<(?:br|b|i|p|a|div|span|html|body|table|tr|td|h[1-6]|ul|li|img|code|pre|unk|pad|eos|bos|s|mask)\b",
    re.IGNORECASE,
)
_OF_WORDS = re.compile(r"""<(?=[^='"]*>)[^>]*(?:[ -]|your|name|path|here>|key>)""", re.IGNORECASE)
"""What a person has to fill in; `<start_of_turn>` is a token of a vocabulary."""

_ASKS = re.compile(r"your|here>", re.IGNORECASE)
_FALLBACKS = {"get": 1, "pop": 1, "setdefault": 1, "getattr": 2, "getenv": 1, "next": 1}
"""Calls of which an argument is given back where there is nothing else, and where it stands."""


def check_placeholders(script: ParsedScript) -> list[Finding]:
    """Findings about an entry script, where a word alone in angle brackets may be one of a model's vocabulary."""
    return list(left_placeholders(script, set(), _OF_WORDS))


def left_placeholders(
    script: ParsedScript, ranges: set[tuple[Position, Position]], form: re.Pattern[str] = ANGLES
) -> Iterator[Finding]:
    """All values in angle brackets that are given to something, at the first of them; `form` is in each."""
    if "<" not in script.text:
        return
    places: dict[str, Range] = {}
    for value in _given_texts(script):
        text = value.value if isinstance(value, ast.Constant) else None
        if not isinstance(text, str) or len(text) > 200 or _TAG.search(text) or not ANGLES.fullmatch(text.strip()):
            continue
        place = script.range(value)
        if form.search(text) and (place.start, place.end) not in ranges:
            places[text] = min(place, places.get(text, place), key=lambda each: each.start)
    if not places:
        return
    texts = sorted(places, key=lambda each: places[each].start)
    message = l10n.t("{names} are placeholders; put the real values in their place.", names=quoted_names(texts, "and"))
    yield PLACEHOLDER.finding(places[texts[0]], message=message if len(texts) > 1 else "", text=texts[0])


def _is_for_nothing(script: ParsedScript, call: ast.Call, name: str, value: ast.expr) -> bool:
    """True if a value is what `record.get(key, "<empty>")` gives where nothing is there, and asks nobody for anything.
    That of a variable of the environment may ask: who sets the variable need not put anything in its place."""
    place = _FALLBACKS.get(name)
    given = [*call.args[place:], *(each.value for each in call.keywords if each.arg == "default")] if place else []
    if value not in given:
        return False
    of_environment = name == "getenv" or (
        isinstance(call.func, ast.Attribute) and script.source(call.func.value).endswith("environ")
    )
    return of_environment or not _ASKS.search(ast.unparse(value))


def _given_texts(script: ParsedScript) -> Iterator[ast.expr]:
    for call, _, _ in script.walk.calls:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name in (
            "print",
            "replace",
            "split",
            "compile",
            "sub",
            "add_tokens",
            "format",
            "startswith",
            "endswith",
            "find",
            "info",
            "write",
        ):
            continue
        yield from (each for each in call.args if not _is_for_nothing(script, call, name, each))
        yield from (
            k.value
            for k in call.keywords
            if k.arg != "description" and not _is_for_nothing(script, call, name, k.value)
        )
    for scope in script.walk.scopes:
        for bindings in scope.bindings.values():
            yield from (b.value for b in bindings if isinstance(b.value, ast.Constant))
