"""Pickles whose classes the service cannot find, and what the models in them are asked with."""

from __future__ import annotations

import ast
import re

from scoredock import l10n
from scoredock.analysis.finding import Finding, Severity
from scoredock.checks.models import pickle_rules as rules
from scoredock.checks.requests.array_items import ItemReader
from scoredock.checks.script.loaded_pickles import label, loaded_pickles, loading_call
from scoredock.checks.script.model_variables import LOADERS, is_loaded
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import IN_IF, IN_TRY
from scoredock.text import Fix

_MAIN = "__main__"
_WANTS_ROWS = frozenset(("predict", "predict_proba", "decision_function", "predict_log_proba"))

_OF_TEXTS = ("sklearn.feature_extraction.text.", "sklearn.feature_extraction._hash.")
_OF_ROWS = frozenset(("sklearn.isotonic.IsotonicRegression",))
"""Models that take one dimension."""
_OF_TABLES = ("sklearn.", "xgboost.sklearn.", "lightgbm.", "catboost.")
_TEXT_WORDS = re.compile(
    r"tf_?idf|vectori[sz]er|\bimport (?:nltk|spacy|gensim|statsmodels)|\bfrom (?:nltk|spacy|gensim|statsmodels)"
    r"|(?<![a-z])(?:texts?|sentences?|reviews?|comments?|tweets?|documents?|docs|corpus|sentiments?|headlines?|spam"
    r"|utterances?|emails?|articles?|messages?)(?![a-z(])",
    re.IGNORECASE,
)
"""In the names and texts of a script whose model reads texts."""


def check_pickled_names(script: ParsedScript) -> list[Finding]:
    """Findings about the objects of pickles and their input."""
    return _check_main(script) + _check_rows(script)


def _check_main(script: ParsedScript) -> list[Finding]:
    """A class of the program that was run directly when the model was saved."""
    call = loading_call(script)
    if call is None or _gives_main(script):
        return []
    for model, file in loaded_pickles(script):
        facts = script.facts.pickle(model, file)
        name = next((each for each in sorted(facts.objects) if each.startswith(f"{_MAIN}.")), "") if facts else ""
        if name:
            severity: Severity | None = None if script.facts.deployed_models is not None else "warning"
            return [
                rules.OF_MAIN.finding(
                    script.range(call.func),
                    severity=severity,
                    model=label(model),
                    name=name.removeprefix(f"{_MAIN}."),
                )
            ]
    return []


def _gives_main(script: ParsedScript) -> bool:
    """True if the script puts something into the main module itself."""
    text = script.text
    return "modules[" in text or "import __main__" in text or "find_class" in text or "setattr(" in text


def _wants_table(script: ParsedScript) -> bool:
    """Not a model of texts, which takes a list of them, nor one that is not a model of scikit-learn: by the pickles of
    the script, or by what it calls its data."""
    pickles = [facts for each in loaded_pickles(script) if (facts := script.facts.pickle(*each)) is not None]
    objects = frozenset[str]().union(*(each.objects | {each.first} for each in pickles))
    if any(each.startswith(_OF_TEXTS) or each in _OF_ROWS for each in objects):
        return False
    if pickles:
        return any(each.startswith(_OF_TABLES) for each in objects)
    return not _TEXT_WORDS.search(script.text)


def _check_rows(script: ParsedScript) -> list[Finding]:
    """`predict(rows.ravel())`: one long row, which is not a table."""
    function = script.run
    if function is None:
        return []
    findings = []
    reader = ItemReader(script, function.scope, {})
    for call, scope, flags in script.method_calls:
        method = call.func
        if not isinstance(method, ast.Attribute) or method.attr not in _WANTS_ROWS or len(call.args) != 1:
            continue
        owner, argument = method.value, call.args[0]
        if flags & (IN_IF | IN_TRY) or not isinstance(owner, ast.Name) or not is_loaded(owner.id, scope, LOADERS):
            continue
        content = reader.content(argument, scope)
        if (
            content is None
            or content.form != "array"
            or content.rank != 1
            or content.guess
            or content.numbers == "text"
        ):
            continue
        if not script.once(_wants_table):
            return []
        fixes: tuple[Fix, ...] = ()
        if isinstance(argument, ast.Name | ast.Call | ast.Subscript):
            new = f"{script.source(argument)}.reshape(1, -1)"
            fixes = (
                Fix(l10n.t("Add {code}", code=".reshape(1, -1)"), (script.replace(argument, new),), preferred=True),
            )
        findings.append(rules.ONE_ROW.finding(script.range(argument), fixes=fixes, call=f"{method.attr}()"))
    return findings
