"""Places where the rules of this folder look: everywhere in a new script; after an edit where it can have changed
anything.

A statement of the module in which nothing was found is left out of the next check while all that the rules can have
seen from it is the same: itself, what its names lead to, what they ask of the script as a whole, and what they asked of
the facts. Only silence is kept, so no finding can be out of date.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.result_cache import Answers, noting, same_answers, without_functions
from scoredock.checks.library.forecasts import may_forecast
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import Call, ParsedScript
from scoredock.checks.script.walk_result import StatementWalk, WalkResult, joined
from scoredock.late_dataclass import dataclass

_MOST_ANSWERS = 1_000
_WORDS = ("hasattr", "isinstance(", "getattr(", "await", "asyncio.", "anyio.", "trio.", "concurrent.", "nest_asyncio")
"""What rules of this folder look for in the whole text, wherever it stands."""
_TESTS = ("isinstance", "type", "hasattr", "getattr")


@dataclass(frozen=True, slots=True)
class _LastCheck:
    """Results of the check of the text before."""

    whole: object
    answers: Answers
    gives: Mapping[int, frozenset[str]]
    """Names of the module that its statements bound, by the number of each statement's walk."""
    silent: frozenset[int]
    """Statements in which nothing was found."""


@dataclass(slots=True)
class Extent:
    """Parts of a script that are looked at."""

    walk: WalkResult
    """The calls, attributes and so on; the scopes as well."""
    plain_calls: dict[str, list[Call]]
    _whole: object = None
    _answers: Answers = field(default_factory=dict)

    def looks_at(self, scope: Scope) -> bool:
        """True if the code of a function of the module is looked at."""
        return any(each is scope for each in self.walk.scopes)

    def remember(self, script: ParsedScript, findings: Iterable[Finding]) -> None:
        """Keep where nothing was found for the next check."""
        statements = script.walk.statements
        spans = [(each.range.start.line + 1, each.range.end.line + 1) for each in findings]
        silent = frozenset(each.number for each in statements if not _is_in(each.statement, spans))
        gives = {each.number: each.gives for each in statements}
        kept = _LastCheck(self._whole, dict(self._answers), gives, silent)
        script.memory[Extent] = kept if len(self._answers) <= _MOST_ANSWERS else None


def extent_of(script: ParsedScript, facts: Facts) -> Extent:
    """Parts of a script to look at. Its facts note from here on what they are asked; `facts` are its own."""
    earlier: _LastCheck | None = script.memory.get(Extent)
    walk = script.walk
    whole = _whole(script, facts)
    answers: Answers = {}
    left_out: frozenset[int] = frozenset()
    if earlier is not None and earlier.whole == whole and same_answers(facts, earlier.answers):
        answers.update(earlier.answers)
        left_out = _unchanged(walk.statements, earlier)
    script.facts = noting(facts, answers)
    if not left_out:
        return Extent(walk, script.plain_calls, whole, answers)
    looked_at = joined(walk.module, [each for each in walk.statements if each.number not in left_out])
    calls = {id(call) for call, _, _ in looked_at.calls}
    plain = {name: [each for each in every if id(each[0]) in calls] for name, every in script.plain_calls.items()}
    return Extent(looked_at, plain, whole, answers)


def _whole(script: ParsedScript, facts: Facts) -> object:
    """Answers to what the rules ask of the script as a whole, and the facts that are not functions."""
    walk = script.walk
    bound = Counter(name for each in walk.statements for name, _ in each.bound)
    return (
        script.kind,
        without_functions(facts),
        walk.imported,
        walk.star_import,
        [word in script.text for word in _WORDS],
        {
            call.args[0].id
            for test in _TESTS
            for call, _, _ in script.plain_calls.get(test, ())
            if call.args and isinstance(call.args[0], ast.Name)
        },
        {
            (node.value.id, node.attr)
            for node, _, _ in walk.attributes
            if node.ctx.__class__ is not ast.Load and isinstance(node.value, ast.Name)
        },
        # what other checks add: names that the script looks up by their text
        {name for name, bindings in walk.module.bindings.items() if len(bindings) != bound[name]},
        may_forecast(script),
    )


def _unchanged(statements: Sequence[StatementWalk], earlier: _LastCheck) -> frozenset[int]:
    """Statements that are silent still: nothing that can be reached from them has changed."""
    pending = [each for each in statements if each.number in earlier.silent]
    numbers = {each.number for each in pending}
    changed: set[str] = set()
    for number, names in earlier.gives.items():
        if number not in numbers:
            changed |= names
    for each in statements:
        if each.number not in numbers:
            changed |= each.gives
    while reached := [each for each in pending if not each.reads.isdisjoint(changed)]:
        for each in reached:
            changed |= each.gives
        pending = [each for each in pending if each.reads.isdisjoint(changed)]
    return frozenset(each.number for each in pending)


def _is_in(statement: ast.stmt, spans: Iterable[tuple[int, int]]) -> bool:
    """True if something between the lines of one of the spans is in a statement."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(each.lineno for each in decorators)])
    last = statement.end_lineno or statement.lineno
    return any(first <= end and start <= last for start, end in spans)
