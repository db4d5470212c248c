"""Findings after an edit, where most of a script is not looked at again, are those of the script as it stands there."""

from __future__ import annotations

import ast
import dataclasses
import re
import statistics
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from scoredock.analysis import result_cache
from scoredock.analysis.facts import EnvironmentFacts, Facts, ModelFacts
from scoredock.analysis.finding import Finding
from scoredock.checks.check import check
from scoredock.checks.library import extent
from scoredock.checks.script import kept_script, syntax_tree
from scoredock.checks.script.kept_script import KeptScript
from scoredock.checks.script.scope import Binding, Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk import gather
from scoredock.checks.script.walk_result import WalkResult
from scoredock.formats.document_kind import DocumentKind

from checks.correct_scripts import SCRIPTS
from depth import SEED, rounds

SPEAKING = """import asyncio
import json
import os
from pathlib import Path

import joblib
import numpy as np
import helper

ROOT = Path(os.getenv("AZUREML_MODEL_DIR", "."))
NAME = "model.pkl"
LIMIT = 10


class Scaler:
    def __init__(self, factor):
        self.factor = factor

    def scale(self, rows):
        return rows * self.factor


def text():
    return json.dumps({"a": 1})


def number():
    return 5


def path():
    return ROOT / NAME


async def waiting():
    return 1


def init():
    global model, scaler, names
    model = joblib.load(path())
    scaler = Scaler(2)
    names = text().split(",")


def rows_of(data):
    rows = np.array(json.loads(data)["data"])
    return scaler.scale(rows)


def wrong():
    value = text()
    value.tolist()
    number().append(3)
    helper.absent(1)
    return value + number()


def asked(data):
    if hasattr(data, "lower"):
        return data.lower
    return max(number(), 3)


def later():
    waiting()
    return model.predict()


def run(data):
    rows = rows_of(data)
    if isinstance(data, str):
        data = json.load(data)
    answer = model.predict(rows)
    return {"answer": answer.tolist, "names": names.uper(), "size": len(rows), "path": path()}
"""
LINES = (
    "import json as np",
    "import statsmodels",
    "from os import path",
    "from helper import given",
    "NAME = 5",
    "    global text",
    "    global ROOT; ROOT = 3",
    "    globals()['LIMIT'] = 'x'",
    "    return 5",
    '    return "text"',
    "    text = 3",
    "def number(): return []",
    "def text(a): return a",
    "def run(data): return data",
    "@staticmethod",
    "    await waiting()",
    "    json.loadz = print",
    "    isinstance(data, str)",
    "class Scaler: pass",
    "if number(): LIMIT = 'x'",
    "    'joblib' in globals()",
)
"""Lines that change what other lines mean."""
VERSIONS = """import sys
import platform

PY2 = sys.version_info[0] == 2
NEW = sys.version_info >= (3, 8)
BOTH = PY2 or not NEW

if PY2:
    import cPickle as pickle
else:
    import pickle


def text(value):
    if BOTH:
        return unicode(value)
    if NEW and value:
        raise ValueError(value)
    return str(value)


if not NEW:
    def run(data): return data
else:
    def run(data): return text(data)
"""
"""Where the walk itself asks for names of the module."""
WORD = re.compile(r"\b[^\W\d]\w+\b")
FACTS = Facts(
    path="/project/score.py",
    models={},
    environment=EnvironmentFacts(packages={"scikit-learn": ">=1.5"}),
    exists=lambda path: path == "/project/helper.py",
    read=lambda path: "def given(a): return a\n" if path == "/project/helper.py" else None,
)


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    forget()
    yield
    forget()


def forget() -> None:
    result_cache.clear()
    syntax_tree.clear()
    kept_script.clear()


def edited(text: str, chance: Random) -> str:
    """The text after one edit that mostly leaves it a script."""
    lines = text.split("\n")
    number = chance.randrange(len(lines))
    match chance.randrange(6):
        case 0:
            lines.insert(number, chance.choice(LINES))
        case 1:
            del lines[number]
        case 2:
            lines.insert(number, chance.choice(lines))
        case 3:
            lines.insert(number, "")
        case 4 if words := list(WORD.finditer(text)):
            word = chance.choice(words)
            return text[: word.start()] + chance.choice(words)[0] + text[word.end() :]
        case _:
            lines[number] += chance.choice((" ", "x", "()", ".lower", " + 1", " + 'x'", "  # note", "[0]"))
    return "\n".join(lines)


def test_findings_after_an_edit_are_those_of_a_new_script(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left_out = 0
    extent_of = extent.extent_of

    def counting(script: ParsedScript, facts: Facts) -> extent.Extent:
        nonlocal left_out
        answer = extent_of(script, facts)
        left_out += len(answer.walk.statements) < len(script.walk.statements)
        return answer

    monkeypatch.setattr("scoredock.checks.library.check.extent_of", counting)

    @seed(SEED)
    @settings(
        max_examples=rounds(gate=60, long=5_000, name="SCOREDOCK_FUZZ"),
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**64 - 1))
    def edit(number: int) -> None:
        nonlocal left_out
        chance = Random(number)
        text = chance.choice((SPEAKING, SPEAKING, *SCRIPTS.values()))
        forget()
        check(text, FACTS, "entry-script")
        texts = []
        for _ in range(6):
            text = edited(text, chance)
            texts.append((text, check(text, FACTS, "entry-script")))
        for each, findings in texts:
            forget()
            assert findings == check(each, FACTS, "entry-script"), each

    edit()
    assert left_out > 50, "the edits hardly ever left anything out"


def outline(found: WalkResult) -> list[object]:
    """What a walk found, by places and names."""

    def told(each: object) -> object:
        if isinstance(each, ast.AST):
            return (
                each.__class__.__name__,
                getattr(each, "lineno", 0),
                getattr(each, "col_offset", 0),
            )
        if isinstance(each, Scope):
            return (
                each.kind,
                told(each.node),
                told(each.parent.node) if each.parent is not None else None,
            )
        if isinstance(each, Binding):
            return (
                each.kind,
                told(each.node),
                told(each.value),
                each.target,
                each.flags,
                told(each.owner),
            )
        return [told(part) for part in each] if isinstance(each, tuple | list) else each

    def inside(scope: Scope) -> object:
        names = [(name, told(bindings)) for name, bindings in scope.bindings.items()]
        uses = [(name, told(places)) for name, places in scope.uses.items()]
        return (
            told(scope),
            names,
            uses,
            scope.globals,
            scope.nonlocals,
            told(scope.returns),
            scope.yields,
            scope.awaits,
        )

    lists = [getattr(found, each.name) for each in dataclasses.fields(found) if each.name != "statements"]
    return [[inside(scope) for scope in found.scopes], [told(each) for each in lists]]


def test_a_walk_after_an_edit_finds_what_a_new_one_finds() -> None:
    walked_again: list[float] = []

    @seed(SEED)
    @settings(
        max_examples=rounds(gate=60, long=5_000, name="SCOREDOCK_FUZZ"),
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**64 - 1))
    def edit(number: int) -> None:
        chance = Random(number)
        text = chance.choice((SPEAKING, VERSIONS, *SCRIPTS.values()))
        kept, before = KeptScript(), set[int]()
        for _ in range(6):
            try:
                tree, found = kept.read(text)
            except (SyntaxError, ValueError):
                continue
            finally:
                previous, text = text, edited(text, chance)
            assert ast.dump(tree, include_attributes=True) == ast.dump(ast.parse(previous), include_attributes=True)
            assert outline(found) == outline(gather(ast.parse(previous))), previous
            numbers = {each.number for each in found.statements}
            if before and numbers:
                walked_again.append(len(numbers - before) / len(numbers))
            before = numbers

    edit()
    assert statistics.median(walked_again) < 0.2, "most statements are walked again"


def test_a_test_for_the_python_is_asked_again_when_a_name_above_it_changes() -> None:
    text = "import sys\n\nOLD = sys.version_info < (3, 0)\n\nif OLD:\n    import absent\n    absent.call()\n"
    kept = KeptScript()
    for each in (
        text,
        text.replace("< (3, 0)", "> (3, 0)"),
        text.replace("OLD = sys", "OTHER = sys"),
        text,
    ):
        assert outline(kept.read(each)[1]) == outline(gather(ast.parse(each)))


def found(text: str, facts: Facts = FACTS) -> list[Finding]:
    return check(text, facts, "entry-script")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('    return json.dumps({"a": 1})\n', "    return 5\n"),
        ('    return json.dumps({"a": 1})\n', "    return []\n"),
        ('NAME = "model.pkl"\n', "NAME = 3\n"),
        ("import numpy as np\n", "import json as np\n"),
        ("    return 5\n", '    return "5"\n'),
        (
            "    global model, scaler, names\n",
            "    global model, scaler, names, text\n    text = 5\n",
        ),
        ("        self.factor = factor\n", "        self.factor, self.uper = factor\n"),
        ('    if hasattr(data, "lower"):\n', "    if data:\n"),
        ("LIMIT = 10\n", "def run(): pass\nLIMIT = 10\n"),
    ],
)
def test_what_a_statement_leads_to_is_looked_at_again(before: str, after: str) -> None:
    text = SPEAKING.replace(before, after)
    assert text != SPEAKING
    for one, other in ((SPEAKING, text), (text, SPEAKING)):
        forget()
        found(one)
        later = found(other)
        forget()
        assert later == found(other)


SILENT_FOR = {
    "a second definition": (
        "def number():\n    return []\n",
        "",
        'def run(data):\n    return number() + "x"\n',
    ),
    "a word of forecasts": (
        "# arima\n",
        "",
        "def init():\n    global model\n    model = joblib.load('m.pkl')\n\n\n"
        "def run(data):\n    return model.predict().tolist()\n",
    ),
    "a question of another function": (
        "def other(data):\n    return hasattr(data, 'a')\n",
        "",
        "def run(data):\n    if data:\n        json.loadz(data)\n    if data:\n        return number().lower()\n",
    ),
    "a word in a note": (
        "# hasattr\n",
        "",
        "def run(data):\n    if data:\n        return number().lower()\n",
    ),
    "a question about the body": (
        "def other(data):\n    return type(data)\n",
        "",
        "def run(data):\n    return data + 5\n",
    ),
    "a name that another function gives a module": (
        "def other():\n    json.loadz = print\n",
        "",
        "def run(data):\n    return json.loadz(data)\n",
    ),
    "a name by its text": (
        "def other():\n    return 'number' in globals()\n",
        "",
        'def run(data):\n    return number() + "x"\n',
    ),
}
"""What keeps a rule silent about the rest, and what stands there without it."""


@pytest.mark.parametrize("what", SILENT_FOR)
def test_what_kept_a_rule_silent_elsewhere_is_missed_at_once(what: str) -> None:
    before, after, rest = SILENT_FOR[what]
    text = "import json\n\nimport joblib\n\n\ndef number():\n    return 5\n\n\n{}\n\n" + rest
    silent = found(text.format(before))
    later = found(text.format(after))
    forget()
    assert later == found(text.format(after))
    assert len(later) > len(silent), "the example does not show what it is for"


@pytest.mark.parametrize("kind", ["batch-script", "module"])
def test_a_file_that_becomes_an_entry_script_is_looked_at_again(
    kind: DocumentKind,
) -> None:
    text = "def run(data):\n    return data + 5\n"
    before = check(text, FACTS, kind)
    later = found(text + "# note\n")
    forget()
    assert later == found(text + "# note\n")
    assert {each.code for each in later} - {each.code for each in before}


def test_a_deployment_with_another_model_is_seen_by_statements_that_did_not_change() -> None:
    text = (
        "import joblib\n\n\ndef init():\n    global model\n    model = joblib.load('arima.pkl')\n\n\n"
        "def run(data):\n    return model.predict().tolist()\n"
    )
    deployed = (ModelFacts("m", 1, ("m.pkl",), framework="ScikitLearn"),)
    silent = found(text, Facts(path="/project/score.py"))
    facts = Facts(path="/project/score.py", deployed_models=deployed)
    later = found(text + "# note\n", facts)
    forget()
    assert later == found(text + "# note\n", facts)
    assert any("predict" in each.message for each in later if each not in silent)


def test_a_file_that_goes_is_seen_by_statements_that_did_not_change() -> None:
    """A module beside the script that has the name of one of the library."""
    text = "import json\n\n\ndef run(data):\n    return json.dumsp(data)\n"
    files = {"/project/json.py"}
    facts = Facts(path="/project/score.py", exists=lambda path: path in files)
    assert not any("dumsp" in each.message for each in found(text, facts))
    files.clear()
    assert any("dumsp" in each.message for each in found(text + "\n# note\n", facts))


def test_only_the_functions_around_an_edit_are_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In a script of a thousand lines a keystroke asks for the values of a function, not of all."""
    step = "def step_{0}(values):\n    return np.clip(values * 2 + {0}, 0, 1).sum().tolist()\n\n\n"
    text = SPEAKING + "\n\n" + "".join(step.format(number) for number in range(250))
    found(text)
    counts: list[int] = []
    extent_of = extent.extent_of

    def noting(*args: object) -> extent.Extent:
        answer = extent_of(*args)  # type: ignore[arg-type]
        counts.append(len(answer.walk.calls))
        return answer

    monkeypatch.setattr("scoredock.checks.library.check.extent_of", noting)
    for edit in ("values * 2 + 12 * 10", "values * 2 + (\n    120\n    )"):
        found(text.replace("values * 2 + 120", edit))
        assert counts.pop() < 80
    assert not counts
