"""A repair takes its finding away and leaves everything else as it was, however the file is written."""

from __future__ import annotations

import ast
import dataclasses
import functools
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

import pytest
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.rule import Rule
from scoredock.analysis.tree import Lines
from scoredock.checks.catalogue import RULES
from scoredock.checks.check import check
from scoredock.checks.configs.environment.conda import parse_conda
from scoredock.language.code_actions import fix_all
from scoredock.scripts.fixing import applied
from scoredock.text import Fix

FIXABLE = [rule for rule in RULES if rule.fixable]
MARK = "\ufeff"
WRITTEN = MappingProxyType(
    {
        "as it is": lambda text: text,
        "lines of Windows": lambda text: text.replace("\n", "\r\n"),
        "byte order mark": lambda text: MARK + text,
        "without a last line end": lambda text: text.rstrip("\n"),
        "both of Windows": lambda text: MARK + text.replace("\n", "\r\n"),
    }
)
REVEALED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        # The older keys of an inference configuration are told once nothing in it is wrong.
        **dict.fromkeys(("SD205", "SD211", "SD218", "SD228", "SD232"), ("SD216",)),
        # What the key holds is looked at once it counts.
        "SD333": ("SD325",),
        "SD404": ("SD406",),
        "SD405": ("SD406",),
        # 3.1 was written for 3.10, which is old.
        "SD424": ("SD423",),
        # The code is right now, but there is nothing to ignore in the example.
        "SD902": ("SD901",),
    }
)
"""What a repair brings to light, by the code that hid it."""


def edited(text: str, fix: Fix) -> str:
    """The text after a fix, and the assurance that its edits lie in the text and apart from one another."""
    lines = Lines(text)
    spans = sorted((lines.offset(e.range.start), lines.offset(e.range.end), e.new_text) for e in fix.edits)
    assert spans
    parts, last = [], 0
    for start, end, new in spans:
        assert last <= start <= end <= len(text)
        parts += [text[last:start], new]
        last = end
    return "".join([*parts, text[last:]])


def only(found: Rule, text: str, facts: Facts) -> Finding:
    (finding,) = check(text, facts)
    assert finding.code == found.code
    return finding


@functools.cache
def as_it_is(code: str) -> Finding:
    """The finding in the bad example itself, which is the same for every way to write it."""
    (found,) = [rule for rule in FIXABLE if rule.code == code]
    return only(found, found.page.bad, found.world.facts())


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("found", FIXABLE, ids=lambda r: r.code)
def test_a_fix_changes_nothing_else(found: Rule, written: str) -> None:
    facts = found.world.facts()
    text = WRITTEN[written](found.page.bad)
    usual = as_it_is(found.code)
    finding = only(found, text, facts)
    assert [fix.title for fix in finding.fixes] == [fix.title for fix in usual.fixes]
    for fix, plain in zip(finding.fixes, usual.fixes, strict=True):
        if fix.path:
            continue  # in another file: below
        repaired = edited(text, fix)
        assert repaired != text, "it must do something"
        left = Counter(f.code for f in check(repaired, facts))
        assert found.code not in left, "and cannot be done twice"
        assert set(left) <= set(REVEALED.get(found.code, ())), left
        expected = edited(found.page.bad, plain)
        if written == "as it is":
            assert repaired.endswith("\n") or not repaired
        elif written == "without a last line end":
            assert repaired.rstrip("\n") == expected.rstrip("\n")
        else:
            assert repaired == WRITTEN[written](expected)


@pytest.mark.parametrize("found", FIXABLE, ids=lambda r: r.code)
def test_a_fix_in_another_file_leaves_that_file_right(found: Rule) -> None:
    facts = found.world.facts()
    fixes = [fix for fix in only(found, found.page.bad, facts).fixes if fix.path and fix.path != facts.path]
    if not fixes:
        return
    environment = facts.environment
    assert environment is not None
    for ends in ("\n", "\r\n"):
        text = environment.text.replace("\n", ends)
        known = dataclasses.replace(facts, environment=dataclasses.replace(environment, text=text))
        for fix in only(found, found.page.bad, known).fixes:
            if fix.path != environment.path:
                continue
            repaired = edited(text, fix)
            assert repaired != text
            assert repaired.count("\n") == repaired.count(ends)
            conda, findings = parse_conda(repaired, Facts(path=fix.path))
            assert conda is not None
            assert {f.code for f in findings} <= {f.code for f in parse_conda(text, Facts(path=fix.path))[1]}


def twice(found: Rule) -> str:
    """The example with its mistake a second time: the lines of the finding are written again below."""
    finding = only(found, found.page.bad, found.world.facts())
    lines = found.page.bad.splitlines(keepends=True)
    end = finding.range.end
    last = end.line if end.character or end.line == finding.range.start.line else end.line - 1
    again = lines[finding.range.start.line : last + 1]
    return "".join([*lines[: last + 1], *again, *lines[last + 1 :]])


def test_all_of_one_kind_are_repaired_together() -> None:
    tried = []
    for found in FIXABLE:
        facts = found.world.facts()
        text = twice(found)
        told = check(text, facts)
        findings = [f for f in told if f.code == found.code]
        sure = [f for f in findings if any(fix.preferred and not fix.path for fix in f.fixes)]
        others = {f.code for f in told} - {found.code}
        if len(sure) < 2 or others & {"SD101", "SD601", "SD401", "SD201", "SD301"}:
            continue  # written twice it is another mistake
        tried.append(found.code)
        for _ in range(5):  # the edits of two may overlap, and the next one may show only now
            together = fix_all(text, findings) or next(fix for f in findings for fix in f.fixes if fix.preferred)
            text = applied(text, together.edits)
            told = check(text, facts)
            findings = [f for f in told if f.code == found.code]
            if not findings:
                break
        assert not findings, (found.code, text)
        assert {f.code for f in told if f.severity == "error"} <= others, (found.code, told)
        if facts.path.endswith(".py"):
            ast.parse(text)
    assert len(tried) > 50, tried
