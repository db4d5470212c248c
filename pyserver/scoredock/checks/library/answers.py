"""Values that run() returns and JSON does not know, where only their kinds show it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from scoredock import l10n
from scoredock.analysis.finding import Finding, Related
from scoredock.checks.library.misuse import parts_of
from scoredock.checks.library.values import LibraryValues
from scoredock.checks.library.wording import severity_of
from scoredock.checks.requests import request_rules
from scoredock.checks.requests.answer_values import conversion
from scoredock.checks.requests.request_use import is_looked_at
from scoredock.checks.script.kinds import in_an_answer
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript

_NOT_JSON: dict[str, tuple[Callable[[], str], str]] = {
    "builtins.bytes": (lambda: l10n.t("bytes"), "bytes"),
    "builtins.set": (lambda: l10n.t("a set"), "set"),
    "builtins.frozenset": (lambda: l10n.t("a set"), "set"),
    "datetime.datetime": (lambda: l10n.t("a datetime"), "datetime"),
    "datetime.date": (lambda: l10n.t("a date"), "datetime"),
    "decimal.Decimal": (lambda: l10n.t("a Decimal"), "decimal"),
    "pathlib.Path": (lambda: l10n.t("a path"), "path"),
    "builtins.complex": (lambda: l10n.t("a complex number"), "complex"),
    "numpy.ndarray": (lambda: l10n.t("a NumPy array"), "array"),
    "uuid.UUID": (lambda: l10n.t("a UUID"), "uuid"),
    "builtins.zip": (lambda: l10n.t("a zip"), "iterator"),
    "builtins.map": (lambda: l10n.t("a map"), "iterator"),
}
"""What each is called, and as which kind it is converted."""


def check_answers(script: ParsedScript, values: LibraryValues) -> list[Finding]:
    """Findings about values that run() returns and JSON does not know, where only their kinds show it."""
    run = script.run
    if (
        run is None
        or script.batch
        or not values.extent.looks_at(run.scope)
        or run.scope.yields
        or any("rawhttp" in script.source(d) for d in run.node.decorator_list)
    ):
        return []
    findings = []
    for statement, flags in run.scope.returns:
        for part, scope in _answer_parts(script, statement.value, run.scope):
            if isinstance(part, ast.Name) and is_looked_at(script, part.id):
                continue  # the script asks what it is first
            kinds = values.of(part, scope).kinds
            if len(kinds) == 1 and (kind := _NOT_JSON.get(next(iter(kinds)))):
                findings.append(
                    request_rules.NOT_JSON.finding(
                        script.range(part),
                        severity=severity_of(flags),
                        related=_origins(script, values, part, scope),
                        what=in_an_answer(kind[0](), statement.value),
                        hint=conversion(kind[1]),
                    )
                )
    return findings


def _origins(script: ParsedScript, values: LibraryValues, part: ast.expr, scope: Scope) -> tuple[Related, ...]:
    """Places where a function of the script makes what is returned."""
    function = values.of(part.func, scope).function if isinstance(part, ast.Call) else None
    inside = next((s for s in script.walk.scopes if s.node is function), None) if function is not None else None
    if inside is None or not script.facts.path:
        return ()
    return tuple(
        Related(script.facts.path, l10n.t("{name}() returns it here.", name=inside.name), script.range(statement))
        for statement, _ in inside.returns
    )


def _answer_parts(script: ParsedScript, node: ast.expr | None, scope: Scope) -> Iterator[tuple[ast.expr, Scope]]:
    """The values in an answer, in comprehensions as well."""
    for part in parts_of(node) if node is not None else ():
        if not isinstance(part, ast.ListComp):
            yield part, scope
        elif inner := next((each for each in script.walk.scopes if each.node is part), None):
            yield part.elt, inner
