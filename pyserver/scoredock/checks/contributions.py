"""Checks that contributions add: rules, the findings of kinds of files that are theirs, and remarks about those of
others.

A contribution that has any has a folder `checks` whose `contribution.py` has one `CHECKS`. What it names is imported
when the first file of the kind is checked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from scoredock.contrib.table import module_of, with_part
from scoredock.late_dataclass import dataclass

if TYPE_CHECKING:
    from scoredock.analysis.facts import Facts
    from scoredock.analysis.finding import Finding
    from scoredock.analysis.rule import Rule
    from scoredock.formats.document_kind import DocumentKind

Check = Callable[["str", "Facts"], "list[Finding]"]


@dataclass(frozen=True, slots=True)
class ContributedChecks:
    """Places are `module:name`."""

    group: str
    """Of its rules, in the list of all."""
    rules: str
    """Place of all of them."""
    checks: Mapping[DocumentKind, str] = field(default_factory=dict)
    """Kind of file that is its own → place of a function of text and facts."""
    cells: str = ""
    """Place of a function of the texts of the cells of a notebook and facts, which gives findings of each."""
    remarks: str = ""
    """Place of a function of text, facts and kind, which is asked about every file."""

    def all_rules(self) -> tuple[Rule, ...]:
        """Rules in the order of their codes."""
        return cast("tuple[Rule, ...]", _at(self.rules))


@cache
def checks_by_contribution() -> Mapping[str, ContributedChecks]:
    """Checks by the name of their contribution, in the order of the table."""
    return {name: import_module(module_of(name, "checks.contribution")).CHECKS for name in with_part("checks")}


@cache
def _at(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)


def rule_groups() -> list[tuple[str, tuple[Rule, ...]]]:
    """Title → rules; contributions may share a title."""
    groups: dict[str, list[Rule]] = defaultdict(list)
    for each in checks_by_contribution().values():
        groups[each.group] += each.all_rules()
    return [(title, tuple(rules)) for title, rules in groups.items()]


def check_of(kind: DocumentKind) -> Check:
    """Check of files of a kind, which finds nothing where no contribution has it."""
    place = next((each.checks[kind] for each in checks_by_contribution().values() if kind in each.checks), "")
    return cast(Check, _at(place)) if place else lambda _text, _facts: []


def check_cells(cells: Sequence[str], facts: Facts) -> list[list[Finding]]:
    """Findings of each cell of a notebook, at places in its own text; none where no contribution has notebooks."""
    place = next((each.cells for each in checks_by_contribution().values() if each.cells), "")
    return cast("list[list[Finding]]", _at(place)(cells, facts)) if place else [[] for _ in cells]


def remarks(text: str, facts: Facts, kind: DocumentKind) -> Sequence[Finding]:
    """About a text of any kind, or a part of one."""
    return [
        finding
        for each in checks_by_contribution().values()
        if each.remarks
        for finding in _at(each.remarks)(text, facts, kind)
    ]
