"""Checks of the files that an inference configuration names: faults are reported there too, and here because they end
the deployment."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable
from functools import partial

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding, Related
from scoredock.analysis.other_languages import language_problem, other_language
from scoredock.analysis.paths import resolve
from scoredock.analysis.tree import Mapping, Scalar
from scoredock.checks.configs.environment.conda import parse_conda
from scoredock.checks.configs.inference import path_rules as rules
from scoredock.checks.configs.inference.paths import texts_of
from scoredock.text import Position, Range

_LONGEST = 200_000
"""Characters of a script that are parsed for its configuration's sake."""
_First = Callable[[str], tuple[Range, str] | None]
"""Finds the first error of a text: where and what."""


def check_named(root: Mapping, base: str, facts: Facts) -> list[Finding]:
    """The first error of the entry script and of the conda file, when they can be read."""
    paths = texts_of(root)
    source = paths.get("sourceDirectory")
    inner = resolve(base, str(source.value)) if source is not None else base
    findings = []
    for name, first in (("entryScript", _syntax), ("condaFile", _conda)):
        node = paths.get(name)
        if node is not None:
            path = resolve(inner, str(node.value))
            findings += _faulty_file(node, path, partial(first, path), facts)
    return findings


def _faulty_file(node: Scalar, path: str, first: _First, facts: Facts) -> list[Finding]:
    text = facts.read(path)
    found = first(text) if text is not None else None
    if found is None:
        return []
    place, problem = found
    related = (Related(path, problem, place),)
    line = place.start.line + 1
    return [rules.FAULTY_FILE.finding(node.range, related=related, path=node.value, line=line, problem=problem)]


def _syntax(path: str, text: str) -> tuple[Range, str] | None:
    if len(text) > _LONGEST or text.lstrip("\ufeff").startswith("%%"):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes and the like are the interpreter's business
            ast.parse(text.removeprefix("\ufeff"))
    except SyntaxError as error:
        language = other_language(path, text)
        if language:
            return Range(Position(0, 0), Position(0, 0)), language_problem(path, language)
        place = Position(max((error.lineno or 1) - 1, 0), max((error.offset or 1) - 1, 0))
        return Range(place, place), l10n.t("{syntax_error}.", syntax_error=error.msg or l10n.t("invalid syntax"))
    except (ValueError, RecursionError, MemoryError):
        return None
    return None


def _conda(_: str, text: str) -> tuple[Range, str] | None:
    findings = parse_conda(text, Facts())[1]
    error = next((f for f in findings if f.severity == "error"), None)
    return (error.range, error.message) if error is not None else None
