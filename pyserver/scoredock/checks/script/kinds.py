"""Kinds of values in words for messages: “a text”, “a list”."""

from __future__ import annotations

import ast

from scoredock import l10n


def in_an_answer(what: str, answer: ast.expr | None) -> str:
    """Words for an answer of which a part is `what`: that itself, or what holds it."""
    is_literal = isinstance(answer, ast.Dict | ast.List | ast.ListComp | ast.Tuple)
    return l10n.t("a dictionary or list with {what}", what=what) if is_literal else what


def in_words(kind: str) -> str:
    """A value of that kind, as it stands in a message; empty where no kind is known."""
    words = {
        "array": l10n.t("a NumPy array"),
        "bool": l10n.t("a truth value"),
        "bytes": l10n.t("bytes"),
        "class": l10n.t("a class"),
        "complex": l10n.t("a complex number"),
        "datetime": l10n.t("a date or time"),
        "decimal": l10n.t("a Decimal"),
        "dict": l10n.t("a dictionary"),
        "eager tensor": l10n.t("a tensor"),
        "ellipsis": l10n.t("an ellipsis"),
        "frame": l10n.t("a pandas data frame"),
        "function": l10n.t("a function"),
        "generator": l10n.t("a generator"),
        "instance": l10n.t("an object of a class in the script"),
        "iterator": l10n.t("an iterator"),
        "keys": l10n.t("a dictionary whose keys are not text"),
        "list": l10n.t("a list"),
        "module": l10n.t("a module"),
        "number": l10n.t("a number"),
        "NumPy number": l10n.t("a NumPy number"),
        "object": l10n.t("an object"),
        "path": l10n.t("a path"),
        "run": l10n.t("a run of the SDK"),
        "series": l10n.t("a pandas series"),
        "set": l10n.t("a set"),
        "single": l10n.t("a single value"),
        "str": l10n.t("text"),
        "tensor": l10n.t("a tensor"),
        "tensors": l10n.t("tensors"),
        "timedelta": l10n.t("a timedelta"),
        "tuple": l10n.t("a tuple"),
        "uuid": l10n.t("a UUID"),
        "value": l10n.t("a value"),
    }
    return words.get(kind, "")
