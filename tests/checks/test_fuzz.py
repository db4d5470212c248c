"""Whatever the text, the checks never raise, never take long, and point inside it."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scoredock.analysis.facts import EnvironmentFacts, Facts, ModelFacts
from scoredock.analysis.tree import Lines
from scoredock.checks.catalogue import RULES
from scoredock.checks.check import check

from depth import rounds
from pace import within

FILES = Path(__file__).parents[1] / "samples" / "files"
SEEDS = [
    (p.name, p.read_text(encoding="utf-8")) for p in sorted(FILES.rglob("*")) if p.suffix in (".py", ".json", ".yml")
]
SEEDS += [
    (r.world.path.rsplit("/", 1)[-1], text) for r in RULES if r.code != "SD199" for text in (r.page.bad, r.page.good)
]
SEEDS.append(
    (
        "requirements.txt",
        (
            "numpy==1.26\n# comment\nscikit-learn>=1 ; python_version < '3.12' \\\n  --hash=sha256:00\n-r"
            " other.txt\ngit+https://x/y\n"
        ),
    )
)
PREFIXES = rounds(gate=4, long=60)
"""Of each text, about."""
KINDS = {"py": "entry-script", "txt": "requirements"}
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
    "&a ",
    "*a",
    "<<: ",
    "%",
    "#",
    "\\",
    "\x00",
    "\ufeff",
    "\ud800",
    "é",
    "🙂",
    "\r",
    "- ",
    "pip:",
    "global x",
    "lambda",
    "f'{",
    "None",
    "1e999",
    "async ",
    "await ",
    "%%writefile x",
    "return ",
    "@",
    "AZUREML_MODEL_DIR",
]
MODELS = (ModelFacts("diabetes", 1, ("ridge.pkl", "a/b.pkl")),)


def facts_for(name: str) -> Facts:
    return Facts(
        path=f"/project/{name}",
        exists=lambda p: len(p) % 2 == 0,
        is_folder=lambda p: p == "/project",
        listing=lambda p: ["score.py", "conda.yml"],
        models={"diabetes": MODELS},
        deployed_models=MODELS,
        environment=EnvironmentFacts(),
    )


def assert_sound(text: str, name: str, seconds: float = 2.0) -> None:
    kind = "entry-script" if name.endswith(".py") else None
    begun = time.process_time()
    findings = check(text, facts_for(name), kind)
    assert within(time.process_time() - begun, seconds)
    lines = Lines(text)
    for finding in findings:
        spans = [finding.range, *(e.range for fix in finding.fixes for e in fix.edits)]
        for span in spans:
            assert span.start <= span.end
            for place in (span.start, span.end):
                assert 0 <= place.line < len(lines.starts)
                assert 0 <= place.character <= len(lines.line(place.line)), (finding, place)


@pytest.mark.parametrize(("name", "text"), SEEDS, ids=[f"{i}-{n}" for i, (n, _) in enumerate(SEEDS)])
def test_every_prefix_is_survived(name: str, text: str) -> None:
    for end in range(0, len(text), max(1, len(text) // PREFIXES)):
        assert_sound(text[:end], name)


@settings(max_examples=rounds(gate=100, long=4_000), suppress_health_check=list(HealthCheck))
@given(st.sampled_from(SEEDS), st.integers(0, 2**32), st.integers(1, 6))
def test_mutated_files(seed: tuple[str, str], number: int, changes: int) -> None:
    name, text = seed
    source = random.Random(number)
    for _ in range(changes):
        at = source.randrange(len(text) + 1)
        gone = source.choice((0, 0, 1, 3, 20))
        text = text[:at] + source.choice(NOISE) * source.choice((1, 1, 2)) + text[at + gone :]
    assert_sound(text, name)


@settings(max_examples=rounds(gate=100, long=2_000))
@given(
    st.text(max_size=300),
    st.sampled_from(
        [
            "score.py",
            "inferenceconfig.json",
            "deploymentconfig.yml",
            "conda.yml",
            "requirements.txt",
            "azureml_environment.json",
            "config.json",
        ]
    ),
)
def test_any_text(text: str, name: str) -> None:
    assert_sound(text, name)


BOMBS = {
    "deep-json": ("inferenceconfig.json", '{"a":' * 100_000),
    "deep-list": ("deploymentconfig.json", '{"computeType": ' + "[" * 100_000),
    "deep-yaml": ("conda.yml", "dependencies: " + "[" * 100_000),
    "deep-yaml-mapping": ("conda.yml", "dependencies: " + "{a: " * 40_000),
    "deep-yaml-block": ("conda.yml", "dependencies:\n" + "".join(" " * i + "- a:\n" for i in range(1, 400))),
    "aliases": (
        "conda.yml",
        "dependencies: &a [x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\n"
        + "".join(f"{chr(99 + i)}: &{chr(99 + i)} [{', '.join(['*' + chr(98 + i)] * 9)}]\n" for i in range(9)),
    ),
    "self-alias": ("conda.yml", "dependencies: &a [*a]\n"),
    "huge-json": ("inferenceconfig.json", '{"entryScript": "' + "x" * 5_000_000 + '"}'),
    "many-values": ("inferenceconfig.json", '{"entryScript": [' + "1," * 300_000 + "1]}"),
    "huge-yaml": ("conda.yml", "dependencies:\n" + "- numpy\n" * 400_000),
    "long-scalar": ("conda.yml", "dependencies:\n- " + "x" * 199_000),
    "quoted-scalar": ("conda.yml", 'dependencies:\n- "' + "x" * 190_000),
    "comments": ("conda.yml", "dependencies:\n" + "# c\n" * 40_000),
    "nul": ("conda.yml", "dependencies:\n- numpy\x00\n"),
    "surrogate": ("conda.yml", "dependencies:\n- \ud800\n"),
    "big-number": ("deploymentconfig.json", '{"computeType": "local", "port": ' + "9" * 100_000 + "}"),
    "big-yaml-number": ("deploymentconfig.yml", "computeType: local\nport: " + "9" * 100_000 + "\n"),
    "infinity": ("deploymentconfig.json", '{"computeType": "local", "port": 1e999}'),
    "script-sum": ("score.py", "def init(): pass\ndef run(d):\n    return " + "+".join(["1"] * 100_000)),
    "script-minus": ("score.py", "x = " + "-" * 100_000 + "1"),
    "script-attributes": ("score.py", "x = a" + ".b" * 100_000),
    "script-calls": ("score.py", "x = a" + "()" * 50_000),
    "script-brackets": ("score.py", "x = " + "(" * 100_000),
    "script-not": ("score.py", "x = " + "not " * 100_000 + "1"),
    "script-lambda": ("score.py", "x = " + "lambda: " * 50_000 + "1"),
    "script-else": ("score.py", "if a:\n  pass\n" + "elif a:\n  pass\n" * 12_000),
    "script-concatenation": ("score.py", "import os\nx = os.environ['AZUREML_MODEL_DIR']" + " + 'a'" * 900),
    "script-nul": ("score.py", "def init():\n    pass\x00\n"),
    "script-surrogate": ("score.py", "def init():\n    x = '\ud800'\n"),
    "script-coding": ("score.py", "# -*- coding: evil -*-\ndef init(): pass\n"),
    "script-huge": ("score.py", "x = 1\n" * 400_000),
    "script-long-line": ("score.py", "x = '" + "y" * 1_500_000 + "'\n"),
    "script-dense": ("score.py", "def init(): pass\ndef run(d): return d\n" + "a.b(c, d[1], e=f'{g}')\n" * 8_000),
    "script-chain": (
        "score.py",
        "import os\na0 = os.environ['AZUREML_MODEL_DIR']\n" + "".join(f"a{i + 1} = a{i} + '/x'\n" for i in range(3000)),
    ),
    "script-cycle": ("score.py", "import os\na = os.path.join(b, 'x')\nb = os.path.join(a, 'AZUREML_MODEL_DIR')\n"),
    "script-methods": (
        "score.py",
        "class A:\n"
        + "".join(f"    def m{n}(self):\n        self.x = self.m{n}()\n\n" for n in range(3_000))
        + "def init():\n    pass\n\n\ndef run(data):\n    return data\n",
    ),
    "script-functions": (
        "score.py",
        "".join(f"def f{n}():\n    return f{n + 1}()\n\n\n" for n in range(4_000))
        + "def init():\n    pass\n\n\ndef run(data):\n    return f0()\n",
    ),
    "script-awaits": ("score.py", "async def f(): pass\nasync def run(d):\n" + "    await g.h(f(), k(f()))\n" * 5_000),
    "requirements-long": ("requirements.txt", "a" * 500_000 + "\n"),
    "requirements-many": ("requirements.txt", "numpy\n" * 9_999),
    "requirements-continued": ("requirements.txt", "numpy \\\n" * 9_000),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs(name: str) -> None:
    path, text = BOMBS[name]
    assert_sound(text, path, seconds=3.0)
