"""Arguments of a kind that a function does not take, by `kinds.json`, which `tools/library_kinds.py` writes."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files

from scoredock import l10n
from scoredock.analysis.finding import Finding, Severity
from scoredock.checks.library import rules
from scoredock.checks.library.forecasts import OF_DATA, forecasts
from scoredock.checks.library.values import LibraryValues, Value
from scoredock.checks.library.wording import severity_of
from scoredock.checks.script.model_variables import is_loaded
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import ANNOTATION, ERROR_CAUGHT, IN_IF, MAIN_ONLY

_SKIPPED = MAIN_ONLY | ANNOTATION | ERROR_CAUGHT
_LETTERS = {
    "builtins.str": "s",
    "builtins.bytes": "b",
    "builtins.int": "i",
    "builtins.bool": "o",
    "builtins.float": "f",
    "builtins.list": "l",
    "builtins.dict": "d",
    "builtins.tuple": "t",
    "builtins.set": "e",
}
_NUMBERS = frozenset("iof")
_WORDS: Mapping[str, Callable[[], str]] = {
    "s": lambda: l10n.t("text"),
    "b": lambda: l10n.t("bytes"),
    "i": lambda: l10n.t("a number"),
    "o": lambda: l10n.t("a number"),
    "f": lambda: l10n.t("a number"),
    "l": lambda: l10n.t("a list"),
    "d": lambda: l10n.t("a dict"),
    "t": lambda: l10n.t("a tuple"),
    "e": lambda: l10n.t("a set"),
    "n": lambda: "None",
}
_OTHERS: Mapping[str, Mapping[str, str]] = {
    "numpy.round": {"1": "io", "decimals": "io"},
    "numpy.around": {"1": "io", "decimals": "io"},
}
"""Of packages that bring no stubs: `np.round(x, "3")`."""
_ESTIMATORS = frozenset(("ScikitLearn", "XGBoost", "LightGBM"))
"""Frameworks whose models predict nothing without data; a time series goes on without."""
_OF_CLASSES = frozenset(("builtins.str", "builtins.bytes", "builtins.list", "builtins.dict"))
_WITHOUT_INSTANCE = ("fromkeys", "fromhex", "maketrans")


def check_kinds(script: ParsedScript, values: LibraryValues) -> Iterator[Finding]:
    """All findings of this kind."""
    for call, scope, flags in values.extent.walk.calls:
        if flags & _SKIPPED:
            continue
        called = values.of(call.func, scope)
        if called.entry is not None:
            yield from _wrong_kinds(script, values, call, called, scope, flags)
            if _lacks_instance(call, called, scope, values):
                problem = l10n.t("is called on the class and needs the value as its argument")
                yield rules.CALL.finding(
                    script.range(call), severity=severity_of(flags), name=called.name, problem=problem
                )
        elif not (call.args or call.keywords) and _predicts_nothing(script, call, scope):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            problem = l10n.t("{name}() needs the data that it is to predict for", name=name)
            severity: Severity = severity_of(flags) if _is_estimator(script) else "warning"
            yield rules.OPERANDS.finding(script.range(call), severity=severity, problem=problem)


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    text = files(__package__).joinpath("kinds.json").read_text(encoding="utf-8")
    document: dict[str, Mapping[str, str]] = json.loads(text)
    return {**document, **_OTHERS}


def _parameters(called: Value) -> Mapping[str, str] | None:
    """Kinds of the arguments of a function, or of a method of one class; None where they are not known."""
    table = _table()
    if not called.owner:
        return table.get(called.name if "." in called.name else f"builtins.{called.name}")
    if len(called.owner) != 1:
        return None
    (owner,) = called.owner
    signature = called.entry.signature if called.entry is not None else None
    # Without a signature it was found on the class: a plain method would take the instance first.
    return table.get(f"{owner}.{called.name}") if signature is not None or owner.startswith("datetime.") else None


def _wrong_kinds(
    script: ParsedScript, values: LibraryValues, call: ast.Call, called: Value, scope: Scope, flags: int
) -> Iterator[Finding]:
    parameters = _parameters(called)
    if not parameters or (flags & IN_IF and "isinstance(" in script.text):
        return  # the script asks what it is
    arguments: list[tuple[str, ast.expr]] = []
    for number, each in enumerate(call.args):
        if isinstance(each, ast.Starred):
            break
        arguments.append((parameters.get(str(number), parameters.get("*", "")), each))
    arguments += [(parameters.get(each.arg, ""), each.value) for each in call.keywords if each.arg is not None]
    for accepted_letters, node in arguments:
        kind = _unfit(node, values, scope, accepted_letters) if accepted_letters else ""
        if kind:
            problem = l10n.t("{name}() cannot take {kind} here", name=called.name, kind=_WORDS[kind]())
            yield rules.OPERANDS.finding(script.range(node), severity=severity_of(flags), problem=problem)


def _unfit(node: ast.expr, values: LibraryValues, scope: Scope, accepted_letters: str) -> str:
    """The letter of what an argument is, where the function does not take it; empty where it may."""
    if isinstance(node, ast.Constant) and node.value is None:
        return "" if "n" in accepted_letters else "n"
    letters = [_LETTERS.get(kind, "") for kind in values.of(node, scope).kinds]
    if len(letters) != 1 or not letters[0] or letters[0] in accepted_letters:
        return ""
    if _NUMBERS & set(letters) and _NUMBERS & set(accepted_letters):
        return ""  # a fraction that is a whole number is taken by some
    return letters[0]


def _lacks_instance(call: ast.Call, called: Value, scope: Scope, values: LibraryValues) -> bool:
    """`str.encode()`: a method of a class that gets nothing to work on."""
    if call.args or call.keywords or not called.owner <= _OF_CLASSES or not called.owner:
        return False
    if not isinstance(call.func, ast.Attribute) or called.name in _WITHOUT_INSTANCE:
        return False
    return isinstance(call.func.value, ast.Name) and not values.of(call.func.value, scope).kinds


def _predicts_nothing(script: ParsedScript, call: ast.Call, scope: Scope) -> bool:
    """`model.predict()` of an estimator."""
    function = call.func
    if not isinstance(function, ast.Attribute) or function.attr not in OF_DATA:
        return False
    if not isinstance(function.value, ast.Name) or not is_loaded(function.value.id, scope):
        return False
    return _is_estimator(script) or not forecasts(script)


def _is_estimator(script: ParsedScript) -> bool:
    """True if all deployed models are estimators, whose methods predict for data."""
    models = script.facts.deployed_models
    return bool(models) and all(model.framework in _ESTIMATORS for model in models or ())
