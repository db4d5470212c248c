"""What pages of the user guide promise is listed with the tests that ask for it: docs/internals/promises.md. A
statement with a word that promises is covered by a row of it, or is an exception here with the reason."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from conformance.differences import rows as rows_of_differences

ROOT = Path(__file__).resolve().parents[2]
LIST = ROOT / "docs" / "internals" / "promises.md"
PAGES = (
    "carry-over.md",
    "packages.md",
    "exhaustion.md",
    "services.md",
    "operations.md",
    "metrics.md",
    "runtime-contract.md",
    "no-code.md",
    "security.md",
    "endpoints.md",
    "requests.md",
    "testing.md",
)
HEAD = ["| promise | test |", "|---|---|"]
CELL = re.compile(r"`tests/([\w./-]+)::([^`]+)`( \(nightly\))?")
LONGEST = 125
"""Characters of a quotation."""
PROMISING = re.compile(
    r"\b(never|always|refused|equal|same|kept|stays?|only|no|none|nobody|nothing|neither|not|every|each|all|without|until)\b",
    re.IGNORECASE,
)
"""Words by which a statement says how something behaves in all cases, or in none."""
PARTS = re.compile(r"(?<=[.!?])\s+(?=[A-Z\[(\d-])|(?<=[:;])\s+")
"""Between statements: sentences, and what a colon or a semicolon divides."""
OF_AZURE = "says what Azure's server or service does"
A_CASE = "names a case, of which the same row of the table says what happens"
NOT_KEPT_APART = "says what is not kept apart"
ADVICE = "says what to do"
NO_PROMISES = {
    "packages.md": {
        "fill them in a copy that is not under version control.": ADVICE,
        "Container Instances end no TLS.": OF_AZURE,
    },
    "services.md": {
        "- Without an editor:": "a title of what follows",
        "Every account and every program of this machine can call it;": NOT_KEPT_APART,
        "A service in a process is not a sandbox:": NOT_KEPT_APART,
        "[What is isolated, and what is not](security.md) tells the rest.": "a link",
        'Azure ML passes over all of these in a file with "computeType":': OF_AZURE,
    },
    "operations.md": {
        "a worker answers no probe": A_CASE,
        "Telemetry is not in it.": "of the figures of performance.md, which are not a promise",
    },
    "runtime-contract.md": {
        "This is shown, not promised:": "of the comparison that shows what the page says",
        "bare NaN, which JSON does not have": OF_AZURE,
        "a value that is not JSON": A_CASE,
        "input that does not fit the sample of @input_schema": A_CASE,
        "not read": OF_AZURE,
    },
    "security.md": {
        "A process is not a sandbox.": NOT_KEPT_APART,
        'Deploy in Docker what you have not written or read, with "network":': ADVICE,
        "false where the script needs none.": ADVICE,
        "What lies in files of your home folder it can read all the same.": NOT_KEPT_APART,
        "Every account and every program of this machine does.": NOT_KEPT_APART,
        "With Docker, whoever may use the daemon can read every container and volume:": NOT_KEPT_APART,
        "it does not leave the node": "says where the way is that is not encrypted",
        "everything with https://, nothing with http://": "says what the address that the person gives does",
        "Whoever can change what goes over a way that is not encrypted can take over a connection that has begun.": (
            NOT_KEPT_APART
        ),
        "Known names are not proof of harmlessness:": NOT_KEPT_APART,
        "run models of strangers in a container without a network.": ADVICE,
    },
}
"""Statements with such a word that no test can ask for, by page, with the reason."""


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
                yield f"{page}: these are not tests: {tests}"
            for file, name, nightly in CELL.findall(tests):
                yield from faults_of_test(file, name, nightly=bool(nightly))


def blocks(text: str) -> Iterator[str]:
    """Paragraphs, items of lists and cells of tables; no titles, pictures and examples. The table of differences from
    Azure's server is left out: tests/conformance compares it line by line."""
    compared = set(rows_of_differences())
    paragraph: list[str] = []
    for line in map(str.strip, re.sub(r"```.*?```", "\n", text, flags=re.DOTALL).splitlines()):
        apart = not line or line.startswith(("#", "![", "<", "|"))
        if apart or re.match(r"([-*]|\d+\.) ", line):
            yield " ".join(paragraph)
            paragraph = []
        if line.startswith("|") and line not in compared:
            yield from line.strip("|").split(" | ")
        elif not apart:
            paragraph.append(line)
    yield " ".join(paragraph)


def statements(text: str) -> Iterator[tuple[int, str]]:
    """Those that promise something, as plain text, with their places in the plain page. A cell of one word is none."""
    page, end = plain(text), 0
    for block in blocks(text):
        for statement in PARTS.split(plain(block)):
            begin = page.index(statement, end)
            end = begin + len(statement)
            if " " in statement and PROMISING.search(statement):
                yield begin, statement


def uncovered(text: str, quoted: Iterable[str]) -> list[str]:
    """Statements that promise something, and of which no quotation holds a part."""
    page = plain(text)
    spans = [found.span() for quote in quoted for found in re.finditer(re.escape(plain(quote)), page)]
    return [
        statement
        for begin, statement in statements(text)
        if not any(first < begin + len(statement) - 1 and begin < last - 1 for first, last in spans)
    ]


def quotations(listed: str) -> Mapping[str, list[str]]:
    """What the rows quote, by page."""
    sections = re.split(r"^## (.+)\n", listed, flags=re.MULTILINE)[1:]
    return {
        page: re.findall(r"^\| ([^|]+) \| `tests/", section, re.MULTILINE)
        for page, section in zip(sections[::2], sections[1::2], strict=True)
    }


@pytest.mark.parametrize("page", PAGES)
def test_each_statement_that_promises_has_a_row_or_a_reason(page: str) -> None:
    """Whoever sees one here adds its row with the tests, or writes the test; what nobody can ask for, an exception."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    quoted = quotations(LIST.read_text(encoding="utf-8"))[page]
    assert uncovered(text, quoted) == list(NO_PROMISES.get(page, {}))


@pytest.mark.parametrize(
    ("planted", "told"),
    [
        ("A deployment never takes longer than a second.", ["A deployment never takes longer than a second."]),
        (
            "What a model predicts stays the same; so do logs: *nothing* is lost.",
            ["What a model predicts stays the same;", "nothing is lost."],
        ),
        ("| log | how it looks; no line is lost |\n|---|---|", ["no line is lost"]),
        ("- Keys are equal on\n  all machines.", ["- Keys are equal on all machines."]),
        ("```\nnothing is refused\n```\n\n# Nothing is refused\n\n![Nothing is refused](image.png)", []),
        ("It takes a moment.", []),
    ],
)
@pytest.mark.parametrize("page", ["services.md", "security.md"])
def test_a_planted_promise_is_noticed(page: str, planted: str, told: list[str]) -> None:
    head, title, rest = (ROOT / "docs" / page).read_text(encoding="utf-8").rpartition("\n## ")
    quoted = quotations(LIST.read_text(encoding="utf-8"))[page]
    found = uncovered(f"{head}\n\n{planted}\n{title}{rest}", quoted)
    assert [each for each in found if each not in NO_PROMISES[page]] == told


def test_a_row_that_is_taken_out_is_noticed() -> None:
    text = (ROOT / "docs" / "services.md").read_text(encoding="utf-8")
    quoted = quotations(LIST.read_text(encoding="utf-8"))["services.md"]
    without = [each for each in quoted if not each.startswith("After a restart of Docker or of the machine")]
    (told,) = set(uncovered(text, without)) - set(uncovered(text, quoted))
    assert told.startswith("After a restart of Docker or of the machine, Start serves the same revision")


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
        ("`tests/runtime/test_telemetry.py::test_requests_become_spans`", "none yet", "these are not tests"),
    ],
)
def test_a_made_up_row_is_noticed(right: str, wrong: str, fault: str) -> None:
    listed = LIST.read_text(encoding="utf-8")
    assert right in listed
    assert any(fault in each for each in faults(listed.replace(right, wrong)))


def test_emphasis_and_line_ends_are_no_difference() -> None:
    assert plain("**Update** makes `the next`\n  revision") == "Update makes the next revision"
