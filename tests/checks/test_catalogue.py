"""Every rule has a failing and a passing example, which are test cases, and every fix repairs."""

from __future__ import annotations

import ast
import dataclasses
import json
import re

import pytest
from scoredock.analysis.facts import Facts
from scoredock.analysis.project_settings import read_settings
from scoredock.analysis.rule import Rule
from scoredock.analysis.tree import Lines
from scoredock.analysis.yaml_text import parse_yaml
from scoredock.checks.catalogue import GROUPS, RULES, explain, pages, rule
from scoredock.checks.check import check
from scoredock.checks.configs.environment.conda import parse_conda
from scoredock.environments.facts import environment_facts
from scoredock.environments.spec import from_conda
from scoredock.formats.document_kind import kind_of
from scoredock.text import Fix

READING = [r for r in RULES if not r.runs]
"""The others have examples that are really run: tests/deploy/test_trying.py."""


def apply(text: str, fix: Fix) -> str:
    """The text after a fix; edits must not overlap."""
    lines = Lines(text)
    spans = sorted(
        ((lines.offset(e.range.start), lines.offset(e.range.end), e.new_text) for e in fix.edits), reverse=True
    )
    last = len(text) + 1
    for start, end, new in spans:
        assert 0 <= start <= end <= last <= len(text) + 1
        text = text[:start] + new + text[end:]
        last = start
    return text


def good_facts(rule_: Rule) -> Facts:
    facts = rule_.world.facts()
    return dataclasses.replace(facts, path="/project/score.py") if rule_.code == "SD114" else facts


@pytest.mark.parametrize("found", READING, ids=lambda r: r.code)
def test_bad_example_has_exactly_this_finding(found: Rule) -> None:
    facts = found.world.facts()
    assert kind_of(facts.path, found.page.bad) is not None
    findings = check(found.page.bad, facts)
    assert [f.code for f in findings] == [found.code]
    assert findings[0].severity == found.severity
    assert findings[0].message.endswith((".", "?"))
    assert bool(findings[0].fixes) == found.fixable


@pytest.mark.parametrize("found", READING, ids=lambda r: r.code)
def test_good_example_has_none(found: Rule) -> None:
    assert check(found.page.good, good_facts(found)) == []


def environment_repairs(found: Rule, fix: Fix) -> None:
    """A fix in the file of the environment: the script has no such finding with the environment that it then is."""
    facts = found.world.facts()
    assert facts.environment is not None
    assert fix.path == facts.environment.path
    text = apply(facts.environment.text, fix)
    conda, findings = parse_conda(text, Facts(path=fix.path))
    assert conda is not None
    assert [f for f in findings if f.code != "SD463"] == []
    environment = environment_facts(from_conda(conda, fix.path), text)
    assert check(found.page.bad, dataclasses.replace(facts, environment=environment)) == []


@pytest.mark.parametrize("found", [r for r in RULES if r.fixable], ids=lambda r: r.code)
def test_every_fix_repairs(found: Rule) -> None:
    facts = found.world.facts()
    (finding,) = check(found.page.bad, facts)
    for fix in finding.fixes:
        if fix.path:
            environment_repairs(found, fix)
            continue
        repaired = apply(found.page.bad, fix)
        assert found.code not in [f.code for f in check(repaired, facts)], repaired
        assert not [f for f in check(repaired, facts) if f.severity == "error"], repaired
        if facts.path.endswith(".py"):
            ast.parse(repaired)
        elif facts.path.endswith(".json"):
            json.loads(repaired)
        elif facts.path.endswith(".toml"):
            assert "unreadable" not in {slip.kind for slip in read_settings(repaired, "/project")[1]}
        else:
            assert parse_yaml(repaired).problems == ()


def test_codes_are_unique_and_in_their_group() -> None:
    assert len({r.code for r in RULES}) == len(RULES)
    digits = {
        "Entry script": "15",  # the hundred numbers of its own are taken
        "Inference configuration": "2",
        "Deployment configuration": "3",
        "Environments, workspace files and Swagger": "4",
        "Models and paths": "5",
        "Azure ML v2": "6",
        "Migration": "7",
        "Deployment scripts and commands": "8",
        "Comments and settings of the checks": "9",
        "Encodings of files": "9",
        "Secrets": "9",
        "Try it": "9",
    }
    for title, group in GROUPS:
        assert {r.code[2] for r in group} <= set(digits[title])
        assert all(re.fullmatch(r"SD\d{3}", r.code) for r in group)


@pytest.mark.parametrize("found", RULES, ids=lambda r: r.code)
def test_texts_are_sentences(found: Rule) -> None:
    assert found.page.why.endswith(".")
    assert found.page.fix.endswith(".")
    assert found.page.source
    assert not found.page.title.endswith(".")
    page = explain(found.code)
    assert page.startswith(f"# {found.code}: {found.page.title}")
    message = next(line for line in page.splitlines() if line.startswith("> "))
    assert not re.search(r"<\w|: \.|\s[.,;](?:\s|$)", message), "HTML, which editors do not show, or a gap"
    assert "{" not in page.split("## Wrong")[0].replace("{{", "").replace('{"data": …}', "").replace("{}", "")


def test_pages_and_lookup() -> None:
    written = pages()
    assert set(written) == {"README.md", *(f"{r.code}.md" for r in RULES)}
    assert all(f"({r.code}.md)" in written["README.md"] for r in RULES)
    assert rule("sd110").code == "SD110"
    with pytest.raises(KeyError):
        rule("SD000")
