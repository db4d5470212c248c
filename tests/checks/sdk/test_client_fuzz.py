"""Whatever is typed into a script, notebook or command file, the checks never raise, point inside it, and stay
quick."""

from __future__ import annotations

import importlib.util
import random
import time
from pathlib import Path

import pytest
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.tree import Lines
from scoredock.checks.check import check
from scoredock.contrib.az.checks import rules as command_rules
from scoredock.contrib.sdk.checks import rules as sdk_rules
from scoredock.contrib.sdk.checks.notebooks.notebook import check_cells
from scoredock.text import Range

from depth import SEED, rounds
from pace import within

_SPEC = importlib.util.spec_from_file_location("correct_clients", Path(__file__).parent / "correct_clients.py")
assert _SPEC is not None
assert _SPEC.loader is not None
_MODULE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_MODULE)
SEEDS = [
    *_MODULE.FILES.items(),
    *((r.world.path, text) for r in (*sdk_rules.RULES, *command_rules.RULES) for text in (r.page.bad, r.page.good)),
]
NOISE = [
    "",
    "\n",
    "\t",
    "  ",
    "(",
    "[",
    "{",
    "}",
    "]",
    ")",
    '"',
    "'",
    '"""',
    ":",
    ",",
    "*",
    "%",
    "!",
    "#",
    "\\",
    "\x00",
    "\ufeff",
    "\ud800",
    "é",
    "🙂",
    "\r",
    "- ",
    "`",
    "^",
    "|",
    "> ",
    "<<EOF\n",
    "$(",
    "<a b>",
    "--",
    "-n ",
    "az ml ",
    "\\\n",
    "%%writefile score.py\n",
    "%%bash\n",
    "global x",
    "await ",
    "\u201c",
    "\u2014",
    " = ",
    "lambda: ",
    "f'{",
    "async ",
]
KINDS = {"py": "sdk-script", "ipynb": "notebook"}


def _inside(span: Range, lines: Lines) -> bool:
    last = span.end
    return span.start <= last and last.line < len(lines.starts) and last.character <= len(lines.line(last.line))


def _judge(findings: list[Finding], text: str) -> None:
    lines = Lines(text)
    for finding in findings:
        assert finding.message.endswith((".", "?"))
        assert _inside(finding.range, lines), finding
        for fix in finding.fixes:
            assert all(_inside(edit.range, lines) for edit in fix.edits), finding


def _facts(name: str, known: bool) -> Facts:
    if not known:
        return Facts(path=f"/project/{name}")
    return Facts(
        path=f"/project/{name}",
        exists=lambda p: len(p) % 2 == 0,
        is_folder=lambda _: True,
        listing=lambda _: ["a.py", "score.py"],
    )


@pytest.mark.parametrize("seed", range(8))
def test_random_edits(seed: int) -> None:
    rng = random.Random(seed + SEED)
    for _ in range(rounds(gate=12, long=300)):
        name, text = rng.choice(SEEDS)
        for _ in range(rng.randint(1, 6)):
            start = rng.randrange(len(text) + 1)
            end = min(len(text), start + rng.choice((0, 0, 1, 1, 3, 20)))
            text = text[:start] + rng.choice(NOISE) + text[end:]
        kind = KINDS.get(name.rsplit(".", 1)[-1], "commands")
        facts = _facts(name, rng.random() < 0.5)
        _judge(check(text, facts, kind), text)  # type: ignore[arg-type]  # the kinds above
        if kind == "sdk-script":
            cells = text.split("\n\n")
            for cell, found in zip(cells, check_cells(cells, facts), strict=True):
                _judge(found, cell)


@pytest.mark.parametrize("name", ["aks.py", "deploy.sh", "fragment.ipynb", "azure-pipelines.yml"])
def test_every_prefix(name: str) -> None:
    text = _MODULE.FILES[name]
    kind = KINDS.get(name.rsplit(".", 1)[-1], "commands")
    for length in range(0, len(text), 7):
        _judge(check(text[:length], _facts(name, False), kind), text[:length])  # type: ignore[arg-type]  # the kinds above


HOSTILE = {
    "names.py": f"import azureml\n{'x' * 50_000}()\n",
    "paths.py": f"from azureml.core.model import InferenceConfig\nInferenceConfig('{'a' * 50_000}-b.py')\n",
    "names.sh": (
        f"az ml model {'x' * 50_000} -n a\naz ml model deploy -n {'y' * 50_000} -m {'z' * 50_000} --{'q' * 50_000}\n"
    ),
    "brackets.py": "import azureml\n" + "(" * 100_000,
    "attributes.py": "import azureml.core\nx = azureml" + ".a" * 50_000,
    "unclosed.py": "import azureml\n" + "x = f(1\n" * 3_000,
    "posts.py": 'import requests\nu = "http://localhost"\n' + "requests.post(u, data={})\n" * 3_000,
    "registered.py": "from azureml.core import Model\n" + 'Model.register(ws, "a.pkl", "m")\n' * 3_000,
    "chain.py": (
        "from azureml.core import Workspace\na0 = Workspace.from_config()\n"
        + "\n".join(f"a{i + 1} = a{i}" for i in range(5_000))
    ),
    "deep.ipynb": '{"azureml":' + "[" * 100_000,
    "closed.ipynb": '{"azureml":' + "[" * 50_000 + "]" * 50_000 + "}",
    "angles.sh": "az ml model deploy " + "<a" * 100_000,
    "quotes.sh": 'az ml model deploy "' * 20_000,
    "dollars.sh": "az ml model deploy $(" * 20_000,
    "documents.sh": "az ml x <<EOF\n" * 20_000,
    "marks.sh": "az ml model show \\\n" * 20_000,
    "words.sh": "az ml model deploy " + "-x " * 100_000,
    "spaces.sh": "az ml model show " + " " * 200_000 + "\\ " + " " * 100_000,
    "lines.sh": "az ml model deploy -n a -m b --ic c.json\n" * 2_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_take_no_time(name: str) -> None:
    began = time.process_time()
    check(HOSTILE[name], _facts(name, True), KINDS.get(name.rsplit(".", 1)[-1], "commands"))  # type: ignore[arg-type]  # the kinds above
    assert within(time.process_time() - began, 4)
