"""Texts in which `${{ }}` is filled in."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

from scoredock import l10n
from scoredock.contrib.pipelines.domain.expressions.evaluation import as_text
from scoredock.contrib.pipelines.domain.expressions.tokens import ExpressionFault, tokens
from scoredock.contrib.pipelines.domain.values import Fields, Items, Text, Value

Evaluation = Callable[[str], Any]
"""The value of an expression, without its brackets."""
_END = re.compile(r"'[^']*'|\}\}")
_STATUS = frozenset(("success", "failure", "always", "cancelled"))


def filled(text: str, value: Evaluation) -> str:
    """Text with the values of its expressions filled in. Raises ExpressionFault."""
    return "".join(as_text(value(part)) if is_expression else part for is_expression, part in _parts(text))


def typed(text: str, value: Evaluation) -> Any:
    """The value itself where the text is one expression. Raises ExpressionFault."""
    parts = list(_parts(text))
    return value(parts[0][1]) if len(parts) == 1 and parts[0][0] else filled(text, value)


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    """The expressions and what stands between them. A `}}` in a text of an expression does not end it."""
    position = 0
    while (start := text.find("${{", position)) >= 0:
        if start > position:
            yield False, text[position:start]
        end = next((match for match in _END.finditer(text, start + 3) if match.group() == "}}"), None)
        if end is None:
            raise ExpressionFault(l10n.t("The expression “{text}” has no “}}}}” at its end.", text=text[start:][:200]))
        yield True, text[start + 3 : end.start()]
        position = end.end()
    if position < len(text):
        yield False, text[position:]


def json_filled(value: Value, evaluation: Evaluation) -> Any:
    """Value as expressions see it: a list in the place of an item becomes items, and the mapping of an `insert`
    entries.
    """
    if isinstance(value, Text):
        return typed(value.text, evaluation) if "${{" in value.text else value.value
    if isinstance(value, Items):
        items: list[Any] = []
        for each in value.items:
            item = json_filled(each, evaluation)
            items += item if isinstance(each, Text) and isinstance(item, list) else [item]
        return items
    entries: dict[str, Any] = {}
    for key, each in value.entries:
        if key.text.replace(" ", "") == "${{insert}}":
            more = json_filled(each, evaluation)
            entries |= more if isinstance(more, dict) else {}
        else:
            entries[filled(key.text, evaluation)] = json_filled(each, evaluation)
    return entries


def has_expressions(value: Value | None) -> bool:
    """True if a part of it is one."""
    if isinstance(value, Text):
        return "${{" in value.text
    if isinstance(value, Items):
        return any(map(has_expressions, value.items))
    return isinstance(value, Fields) and any(has_expressions(part) for entry in value.entries for part in entry)


def condition(text: str) -> str:
    """An `if` as an expression that asks whether all went well, unless it asks itself how it went. Raises
    ExpressionFault."""
    parts = list(_parts(text.strip() if "${{" not in text else text))
    if len(parts) > 1:
        raise ExpressionFault(
            l10n.t(
                "In the condition “{text}” there is text beside ${{{{ }}}}: it would always hold.", text=text.strip()
            )
        )
    expression = parts[0][1] if parts else ""
    if not expression.strip():
        return "success()"
    words = tokens(expression)
    calls = {one.text.lower() for one, other in itertools.pairwise(words) if other.text == "("}
    return expression if calls & _STATUS else f"success() && ({expression})"
