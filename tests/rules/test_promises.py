"""What pages of the user guide promise is listed with the tests that ask for it: docs/internals/promises.md."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIST = ROOT / "docs" / "internals" / "promises.md"
PAGES = ("packages.md", "services.md", "operations.md", "runtime-contract.md", "no-code.md")
HEAD = ["| promise | test |", "|---|---|"]
CELL = re.compile(r"`tests/([\w./-]+)::([^`]+)`( \(nightly\))?")
LONGEST = 125
"""Characters of a quotation."""


def plain(text: str) -> str:
    """Without emphasis and marks of code, with one space for any white space."""
    return " ".join(re.sub(r"[*`]", "", text).split())


@functools.cache
def functions(file: Path) -> Mapping[str, bool]:
    """The tests of a Python file, of its classes too, and whether all of each is left to the long run."""
    found = {}
    module = ast.parse(file.read_text(encoding="utf-8"))
    of_all = []
    for each in module.body:
        if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "pytestmark":
            marks_of_module = each.value.elts if isinstance(each.value, ast.List) else [each.value]
            of_all = [ast.unparse(mark) for mark in marks_of_module]
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            marks = [*of_all, *(ast.unparse(each) for each in node.decorator_list)]
            found[node.name] = any(mark.startswith("pytest.mark.long(") for mark in marks)
    return found


def faults_of_test(file: str, name: str, *, nightly: bool) -> Iterator[str]:
    """What is wrong with a test that a row names."""
    path = ROOT / "tests" / file
    if not path.is_file():
        yield f"there is no file tests/{file}"
    elif path.suffix == ".ts":
        if f'test("{name}"' not in path.read_text(encoding="utf-8"):
            yield f"tests/{file} has no test {name!r}"
    elif name not in functions(path):
        yield f"tests/{file} has no test {name}"
    elif functions(path)[name] != nightly:
        yield f"tests/{file}::{name} " + ("runs at the gate, too" if nightly else "runs nightly only")


def faults(listed: str) -> Iterator[str]:
    """What is wrong with a list of promises: one sentence each."""
    sections = re.split(r"^## (.+)\n", listed, flags=re.MULTILINE)[1:]
    named = sections[::2]
    if sorted(named) != sorted(PAGES):
        yield f"the sections are {', '.join(named)}, and the pages {', '.join(PAGES)}"
    for page, section in zip(named, sections[1::2], strict=True):
        lines = section.strip().splitlines()
        if lines[:2] != HEAD or len(lines) == 2:
            yield f"{page} has no table"
        guide = plain((ROOT / "docs" / page).read_text(encoding="utf-8")) if page in PAGES else ""
        for line in lines[2:]:
            row = re.fullmatch(r"\| ([^|]+) \| ([^|]+) \|", line)
            if row is None:
                yield f"{page}: no row of two cells: {line}"
                continue
            promise, tests = row.groups()
            if len(promise) > LONGEST or plain(promise) not in guide:
                yield f"{page} does not say, in at most {LONGEST} characters: {promise}"
            if re.fullmatch(rf"{CELL.pattern}(, {CELL.pattern})*", tests) is None:
                yield f"{page}: these are no tests: {tests}"
            for file, name, nightly in CELL.findall(tests):
                yield from faults_of_test(file, name, nightly=bool(nightly))


def test_each_promise_is_in_its_page_and_each_test_exists() -> None:
    assert list(faults(LIST.read_text(encoding="utf-8"))) == []


def test_the_list_is_read() -> None:
    rows = re.findall(r"^\| .+ \| `tests/", LIST.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) > 250


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("A receiver that is away costs spans, never", "A receiver that is away costs nothing, never", "does not say"),
        ("test_requests_become_spans`", "test_requests_become_rockets`", "has no test test_requests_become_rockets"),
        ("tests/runtime/test_telemetry.py::", "tests/runtime/test_telepathy.py::", "there is no file tests/runtime"),
        ("a service in a container says so", "a service in a bottle says so", "has no test 'a service in a bottle"),
        ("test_requests_become_spans`", "test_requests_become_spans` (nightly)", "runs at the gate, too"),
        ("test_it_can_be_turned_off` (nightly)", "test_it_can_be_turned_off`", "runs nightly only"),
        ("## no-code.md", "## no-codes.md", "the sections are"),
        ("| `/` and `/ready` need no key", "| | `/` and `/ready` need no key", "no row of two cells"),
        ("`tests/runtime/test_telemetry.py::test_requests_become_spans`", "none yet", "these are no tests"),
    ],
)
def test_a_made_up_row_is_noticed(right: str, wrong: str, fault: str) -> None:
    listed = LIST.read_text(encoding="utf-8")
    assert right in listed
    assert any(fault in each for each in faults(listed.replace(right, wrong)))


def test_emphasis_and_line_ends_are_no_difference() -> None:
    assert plain("**Update** makes `the next`\n  revision") == "Update makes the next revision"
