"""Every script of the page about entry scripts is served, and gives the answers that the page shows."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cli.conftest import Terminal
from runtime.conftest import Answer, Service, environment

from .conftest import Train

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "entry-scripts.md"


@dataclass(frozen=True)
class Exchange:
    """A request and the answer that the page shows."""

    method: str
    path: str
    sent: dict[str, str]
    body: str
    status: int
    headers: dict[str, str]
    answer: str


@dataclass(frozen=True)
class Example:
    """A script of the page and the exchanges below it."""

    heading: str
    script: str
    exchanges: list[Exchange] = field(default_factory=list)


def _message(text: str) -> tuple[str, dict[str, str], str]:
    """First line, headers and body."""
    head, _, body = text.strip("\n").partition("\n\n")
    first, *lines = head.splitlines()
    return first, dict(line.split(": ", 1) for line in lines), body


def _exchange(text: str) -> Exchange:
    asked, answered = re.split(r"^(?=HTTP )", text, flags=re.MULTILINE)
    first, sent, body = _message(asked)
    status, headers, answer = _message(answered)
    method, path = first.split()
    return Exchange(method, path, sent, body, int(status.removeprefix("HTTP ")), headers, answer)


def _examples(page: str) -> Iterator[Example]:
    heading, current = "", None
    for found in re.finditer(r"^## ([^\n]+)$|^```(python|http)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        title, kind, text = found.groups()
        if title is not None:
            heading = title
        elif kind == "python":
            if current is not None:
                yield current
            current = Example(heading, text)
        else:
            assert current is not None, "an exchange stands below its script"
            current.exchanges.append(_exchange(text))
    if current is not None:
        yield current


EXAMPLES = list(_examples(PAGE.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory, third_party: Path) -> str:
    """With the runtime of this checkout and what the scripts of the page import."""
    made = environment(tmp_path_factory, Path(sys.executable))
    site = "import sysconfig; print(sysconfig.get_path('purelib'))"
    ours, theirs = (
        subprocess.run([each, "-I", "-c", site], check=True, capture_output=True, text=True).stdout.strip()
        for each in (made, third_party)
    )
    (Path(ours) / "third_party.pth").write_text(f"{theirs}\n")
    return made


@pytest.fixture(scope="session")
def models(train: Train) -> Path:
    """The folder with the model that the scripts load."""
    path, _ = train("plane", ("scikit-learn", "joblib"), {})
    return path.parent


@pytest.fixture
def service(tmp_path: Path, python: str) -> Iterator[Service]:
    made = Service(tmp_path / "svc", python)
    yield made
    made.clean_up()


def _same(answer: Answer, exchange: Exchange) -> None:
    text = answer.body.decode()
    assert answer.status == exchange.status, text
    for name, value in exchange.headers.items():
        assert answer.headers[name.lower()] == value
    try:
        expected, told = json.loads(exchange.answer), json.loads(text)
    except ValueError:
        expected, told = exchange.answer, text
    if isinstance(expected, dict) and "predictions" in expected:
        expected = {"predictions": [pytest.approx(value) for value in expected["predictions"]]}
    assert told == expected


def test_the_page_is_read() -> None:
    assert len(EXAMPLES) >= 6
    assert all(example.exchanges for example in EXAMPLES)
    asked = PAGE.read_text(encoding="utf-8").count("\nHTTP ")
    assert sum(len(example.exchanges) for example in EXAMPLES) == asked


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.heading)
def test_it_answers_as_the_page_says(example: Example, service: Service, models: Path) -> None:
    service.up(example.script, model_dir=str(models), strict=example.heading.startswith("Strict"))
    for exchange in example.exchanges:
        _same(service.request(exchange.method, exchange.path, exchange.body.encode() or None, exchange.sent), exchange)


def test_the_checks_have_nothing_against_it(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "home", tmp_path)
    for number, example in enumerate(EXAMPLES):
        (tmp_path / f"part{number}").mkdir()
        (tmp_path / f"part{number}" / "score.py").write_text(example.script, encoding="utf-8")
    told = json.loads(terminal.run("check", ".", "--json", "--min-severity", "information").stdout)
    assert len(told["checked"]) == len(EXAMPLES)
    # Nobody has registered the models of the page here.
    assert {(each["code"], each["severity"]) for each in told["findings"]} <= {("SD501", "information")}
