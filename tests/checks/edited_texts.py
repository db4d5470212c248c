"""Valid samples of every kind of file, random edits of them, and what must hold of the findings of any text at all."""

from __future__ import annotations

import dataclasses
import json
import time
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import get_args

from scoredock.analysis.facts import EnvironmentFacts, Facts, ModelFacts
from scoredock.analysis.finding import Finding
from scoredock.analysis.tree import Lines
from scoredock.checks.catalogue import RULES
from scoredock.checks.check import check
from scoredock.formats.document_kind import DocumentKind, kind_of
from scoredock.language.code_actions import code_actions
from scoredock.language.completions import completions
from scoredock.language.definition import definition
from scoredock.language.hover import hover
from scoredock.text import Fix, Position, Range

from checks.correct_scripts import SCRIPTS
from configs.correct_files import ALL
from configs.v2.correct_files import CORRECT
from pace import within

KINDS: tuple[DocumentKind, ...] = get_args(DocumentKind)
LONGEST = 3_000
"""Characters; what edits have made longer is cut off."""
SECONDS = 2.0
"""Of processor time, for one text."""
_CODES = frozenset(rule.code for rule in RULES)
_SAMPLES = Path(__file__).parents[1] / "samples"
_MODELS = (ModelFacts("diabetes", 1, ("ridge.pkl", "a/b.pkl"), "ScikitLearn", "1.4.0"),)
_ENVIRONMENT = EnvironmentFacts("/project/conda.yml", "e", "3.8", {"numpy": "==1.26.4", "scikit-learn": ">=1"})
_SDK = (
    "from azureml.core import Workspace\nws = Workspace.from_config()\nfor model in Model.list(ws):\n   "
    " print(model.name)\n"
)
_SCORE = "%%writefile score.py\ndef init():\n    global model\n\ndef run(data):\n    return model\n"


@dataclass(frozen=True)
class Sample:
    """A text and what surrounds it."""

    text: str
    facts: Facts


def _facts(path: str) -> Facts:
    return Facts(
        path=f"/project/{path}",
        exists=lambda name: len(name) % 2 == 0,
        is_folder=lambda name: name == "/project",
        listing=lambda _folder: ["score.py", "conda.yml", "ridge.pkl"],
        models={"diabetes": _MODELS},
        deployed_models=_MODELS,
        environments={"e": (1, 2)},
        environment=_ENVIRONMENT,
        migration=True,
    )


def _notebook(*cells: str) -> str:
    code = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": c.splitlines(keepends=True)} for c in cells]
    words = {"cell_type": "markdown", "metadata": {}, "source": ["# Words"]}
    return json.dumps({"cells": [words, *code], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


@cache
def samples() -> dict[DocumentKind, list[Sample]]:
    """Valid files of each kind, and those of the rules with one mistake."""
    found: dict[DocumentKind, list[Sample]] = {kind: [] for kind in KINDS}

    def add(text: str, facts: Facts) -> None:
        kind = kind_of(facts.path, text)
        if kind is not None and len(text) <= LONGEST:
            found[kind].append(Sample(text, facts))

    for rule in RULES:
        if rule.code != "SD199":
            add(rule.page.bad, rule.world.facts())
            add(rule.page.good, rule.world.facts())
    for path in sorted(_SAMPLES.rglob("*")):
        if path.suffix in (".py", ".json", ".yml", ".sh"):
            add(path.read_text(encoding="utf-8"), _facts(path.name))
    for text in SCRIPTS.values():
        add(text, _facts("score.py"))
        found["module"].append(Sample(text, dataclasses.replace(_facts("helper.py"), imported_by="/project/score.py")))
    for file in ALL:
        add(file.text, _facts(file.path))
    for texts in CORRECT.values():
        for text in texts.values():
            add(text, _facts("x.yml"))
    for cells in ((_SDK, _SCORE), ("%matplotlib inline\n!pip install x\n" + _SDK, "%%bash\naz ml model list\n", "")):
        add(_notebook(*cells), _facts("deploy.ipynb"))
    add(
        "numpy==1.26 \\\n  --hash=sha256:00\n-r other.txt\ngit+https://x/y\nx[y]>=1 ; python_version<'3'\n",
        _facts("requirements.txt"),
    )
    add('[tool.scoredock]\nignore = ["SD101"]\n[tool.scoredock.severity]\nSD102 = "hint"\n', _facts("pyproject.toml"))
    assert all(found.values()), [kind for kind, texts in found.items() if not texts]
    return found


# ------------------------------------------------------------------------------------------------ edits

_PIECES = (
    *"()[]{}<>\"'`:,;*&%#@!|?=+-/\\.~^$_ \t\n0aZ",
    *('"""', "'''", "\r\n", "\r", "\x00", "\x0b", "\x0c", "\x1a", "\x1c", "\x85", "\xa0", "\u2028", "\u200b", "\ufeff"),
    *("\ud800", "\udfff", "é", "e\u0301", "🙂", "👩\u200d💻", "“", "”", "٣", "İ", "ﬁ"),
    *(
        "    ",
        "\n\n",
        "\n    ",
        "- ",
        ": ",
        "<<: ",
        "&a ",
        "*a",
        "*a\n",
        "!!python/object:os.system ",
        "%YAML 9\n",
        "---\n",
        "...\n",
    ),
    *(
        "null",
        "None",
        "true",
        "1e999",
        "-1",
        "0x",
        "9" * 30,
        "NaN",
        "//",
        "/*",
        "*/",
        "${{",
        "}}",
        "{{",
        "$(",
        "%(a)s",
        "{0}",
    ),
    *(
        "lambda: ",
        "async ",
        "await ",
        "yield ",
        "return ",
        "global x\n",
        "def ",
        "class ",
        "import ",
        "from . import ",
        "del ",
    ),
    *(
        "f'{",
        "rb'",
        "\\N{",
        "\\x",
        "\\ud800",
        "not ",
        "if ",
        "else ",
        "try:\n",
        "except:\n",
        "for x in ",
        "with a as b:\n",
        "match x:\n",
    ),
    *(
        "%%writefile x\n",
        "!ls\n",
        "?x",
        "az ml ",
        "--",
        " -n ",
        "AZUREML_MODEL_DIR",
        "# scoredock: ignore[SD101]",
        "pip:\n",
        "==",
        "~=",
    ),
)
_NESTING = (
    ("(", ")"),
    ("[", "]"),
    ("{", "}"),
    ("{'a':", "}"),
    ('{"a": ', "}"),
    ("- ", ""),
    ("not ", ""),
    ("-", ""),
    ("f('", "')"),
    ("x[", "]"),
    ("lambda: ", ""),
    ("a.", ""),
    ("a(", ")"),
)


def edited(text: str, chance: Random, other: str) -> str:
    """The text after one random edit; `other` is spliced in now and then."""
    if len(text) > LONGEST:
        text = text[:LONGEST]
    at = chance.randrange(len(text) + 1)
    end = min(len(text), at + chance.choice((1, 1, 1, 2, 5, 20, 80)))
    match chance.randrange(20):
        case 0 | 1 | 2 | 3:
            return text[:at] + text[end:]
        case 4 | 5:
            return text[:end] + text[at:]
        case 6:  # two neighbours change places
            return text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]
        case 7 | 8 | 9 | 10 | 11:
            return text[:at] + chance.choice(_PIECES) + text[at:]
        case 12 | 13:
            return text[:at] + chance.choice(_PIECES) * chance.choice((1, 2, 3, 40)) + text[end:]
        case 14:  # half typed
            return text[:at] if chance.randrange(2) else text[at:]
        case 15:
            return text[:at] + other[chance.randrange(len(other) + 1) :]
        case 16:
            begin = chance.randrange(len(other) + 1)
            return text[:at] + other[begin : begin + chance.choice((3, 30, 300))] + text[at:]
        case 17:
            opened, closed = chance.choice(_NESTING)
            depth = chance.choice((2, 30, 70, 130, 250))
            return text[:at] + opened * depth + text[at:end] + closed * depth + text[end:]
        case 18:
            lines = text.splitlines(keepends=True) or [""]
            number = chance.randrange(len(lines))
            moved = lines.pop(number) if chance.randrange(2) else lines[number]
            lines.insert(chance.randrange(len(lines) + 1), chance.choice(("", " ", "  ", "\t")) + moved)
            return "".join(lines)
        case _:
            if chance.randrange(2):
                return text.replace("\r\n", "\n").replace("\n", chance.choice(("\r\n", "\r", "\n\n")))
            return chr(chance.choice((0, 9, 0xFEFF, 0xD800, 0x1F642))) + text


# ------------------------------------------------------------------------------------------------ what must hold


def fixed(text: str, fix: Fix) -> str:
    """The text after a repair, whose edits must not overlap."""
    lines = Lines(text)
    spans = sorted((lines.offset(e.range.start), lines.offset(e.range.end), e.new_text) for e in fix.edits)
    assert all(one[1] <= two[0] for one, two in pairwise(spans)), ("edits overlap", fix)
    for start, end, new in reversed(spans):
        text = text[:start] + new + text[end:]
    return text


def _inside(lines: Lines, span: Range, what: object) -> None:
    assert span.start <= span.end, ("range is upside down", what)
    for place in (span.start, span.end):
        assert 0 <= place.line < len(lines.starts), ("line outside", what)
        assert 0 <= place.character <= len(lines.line(place.line)), ("character outside", what)


def examine(text: str, facts: Facts, kind: DocumentKind) -> list[Finding]:
    """The findings, each of which is sound."""
    begun = time.process_time()
    findings = check(text, facts, kind)
    assert within(time.process_time() - begun, SECONDS)
    lines = Lines(text)
    for finding in findings:
        assert finding.code in _CODES, finding
        assert finding.message.strip(), finding
        assert len(finding.message.splitlines()) == 1, finding
        assert len(finding.message) < 2_000, finding
        _inside(lines, finding.range, finding)
        for fix in finding.fixes:
            assert fix.edits, finding
            assert fix.title.strip(), finding
            if not fix.path or fix.path == facts.path:
                for edit in fix.edits:
                    _inside(lines, edit.range, finding)
    return findings


def repair(text: str, facts: Facts, kind: DocumentKind, findings: list[Finding], chance: Random) -> None:
    """One of the repairs leaves a text that can be checked."""
    fixes = [fix for f in findings for fix in f.fixes if not fix.path or fix.path == facts.path]
    if fixes:
        examine(fixed(text, chance.choice(fixes)), facts, kind)


def ask(text: str, facts: Facts, findings: list[Finding], chance: Random) -> None:
    """The questions of an editor at some place: they never raise, and soon have an answer."""
    lines = Lines(text)
    place = lines.position(chance.randrange(len(text) + 1))
    if chance.randrange(8) == 0:
        place = Position(chance.randrange(60), chance.randrange(90))
    begun = time.process_time()
    proposed = completions(text, facts, place)
    shown = hover(text, facts, place)
    target = definition(text, facts, place)
    actions = code_actions(text, facts, Range(place, place), findings)
    assert within(time.process_time() - begun, SECONDS)
    for span in (*(p.range for p in proposed), *([shown.range] if shown else []), *([target.origin] if target else [])):
        _inside(lines, span, (place, span))
    for action in actions:
        if not action.path:
            for edit in action.edits:
                _inside(lines, edit.range, (place, action))
