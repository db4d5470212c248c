"""Hostile and broken texts: every reader answers, soon, and with findings that stand in the text."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.tree import Lines
from scoredock.checks.check import check
from scoredock.formats.document_kind import DocumentKind

from configs.correct_files import ALL
from depth import rounds
from pace import within

KINDS: dict[DocumentKind, str] = {
    "inference-config": "inferenceconfig.json",
    "deployment-config": "deploymentconfig.yml",
    "environment": "azureml_environment.json",
    "workspace-config": "config.json",
    "swagger": "swagger.json",
    "conda": "conda.yml",
    "requirements": "requirements.txt",
}
_BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(20)
)
_CONDA = "dependencies:\n- python=3.11\n"
HOSTILE = {
    "deep brackets": "[" * 100_000,
    "deep objects": '{"a":' * 100_000,
    "deep and closed": "[" * 100_000 + "]" * 100_000,
    "deep block": "".join(f"{' ' * n}a:\n" for n in range(1_000)),
    "deep flow in YAML": "a: " + "{a: " * 100_000,
    "many dashes": "- " * 100_000,
    "alias bomb": _BOMB,
    "anchor to itself": "a: &a [*a]\n",
    "many anchors": "".join(f"a{n}: &x{n} 1\nb{n}: *x{n}\n" for n in range(3_000)),
    "lone surrogate": '{"entryScript": "\ud800.py", "swagger": "\udfff", "dependencies": ["\ud800"]}',
    "escaped surrogate": '{"entryScript": "\\ud800.py", "computeType": "\\udc00", "name": "\\ud800"}',
    "null characters": "a: \x00\nnumpy\x00==1\n\x00",
    "utf-16": '{"entryScript": "score.py"}'.encode("utf-16").decode("latin-1"),
    "binary": bytes(range(256)).decode("latin-1") * 200,
    "one long line": '{"a": "' + "x" * 300_000 + '"}',
    "long key": '{"' + "x" * 300_000 + '": 1}',
    "no end of text": '{"a": "' + "x" * 100_000,
    "commas": "[" + "," * 150_000,
    "quotes": "'" * 100_000,
    "odd quotes": "“" * 100_000,
    "comments": "/*" * 200_000,
    "hashes": "#" * 100_000,
    "spaces": " " * 100_000,
    "odd spaces": "\u00a0" * 100_000,
    "line ends": "\r\n" * 150_000,
    "tabs": "\t" * 150_000,
    "same key": "{" + ",".join(['"entryScript": "a"'] * 4_000) + "}",
    "unknown keys": "{" + ",".join(f'"key{n}": 1' for n in range(4_000)) + "}",
    "same package": _CONDA + "- pip:\n" + "  - numpy>=1\n" * 3_000,
    "packages of both": _CONDA + "- numpy=1.26\n" * 2_000 + "- pip:\n" + "  - numpy==2.0\n" * 2_000,
    "packages of pip in conda": _CONDA + "- azureml-core\n" * 3_000,
    "requirements": "numpy==1.26.4\n" * 9_000,
    "bad requirements": "numpy=1.26.4 <\n" * 9_000,
    "long requirement": "numpy" + " <2" * 200_000,
    "continued": "numpy \\\n" * 5_000,
    "long extras": "a[" + "b," * 100_000,
    "variables": '{"environmentVariables": {' + ",".join(f'"PASSWORD_{n}": "secret"' for n in range(3_000)) + "}}",
    "references": '{"paths": {"/score": {"post": [' + ",".join(['{"$ref": "#/a/b/c"}'] * 3_000) + "]}}}",
    "long number": '{"port": ' + "9" * 5_000 + "}",
    "small number": '{"port": 1e-999999, "cpu": 1e999999}',
    "long path": '{"entryScript": "' + "../" * 100_000 + 'x.py", "sourceDirectory": "' + "a/" * 50_000 + '"}',
    "variables in paths": '{"entryScript": "' + "$a" * 100_000 + '"}',
    "backslashes": '{"entryScript": "' + "\\\\" * 100_000 + '"}',
}


def examine(text: str, name: str, kind: DocumentKind) -> list[Finding]:
    facts = Facts(
        path=f"/project/{name}",
        exists=lambda path: path == "/project",
        is_folder=lambda path: path == "/project",
        listing=lambda _folder: [name, "score.py", "deploymentconfig.json"],
        read=lambda _path: text,
    )
    findings = check(text, facts, kind)
    lines = Lines(text)
    last = lines.position(len(text))
    for finding in findings:
        assert finding.range.start <= finding.range.end
        assert finding.range.end <= last or finding.range.end.line <= last.line + 1
        assert len(finding.message) < 2_000
        for fix in finding.fixes:
            spans = sorted((e.range.start, e.range.end) for e in fix.edits)
            assert all(one[1] <= two[0] for one, two in pairwise(spans))
    return findings


READERS = ("inference-config", "conda", "requirements")
"""One kind for each way to read a file: JSON, YAML, lines."""
OWN = {
    "deployment-config": ("deep flow in YAML", "same key", "long number", "small number"),
    "environment": ("unknown keys", "variables", "packages of pip in conda"),
    "workspace-config": ("unknown keys", "escaped surrogate"),
    "swagger": ("references", "deep objects"),
}
"""Texts that concern what is looked for in this kind of file beyond its form."""
FOR_ONE = {
    "inference-config": ("same key", "unknown keys", "variables", "references", "long path", "variables in paths"),
    "conda": ("many anchors", "same package", "packages of both", "packages of pip in conda"),
    "requirements": ("requirements", "bad requirements", "long requirement", "continued", "long extras"),
}
"""Texts that mean something to one of the readers alone."""


def _at_the_gate(what: str, kind: str) -> bool:
    only = [reader for reader, texts in FOR_ONE.items() if what in texts]
    return kind in (only or READERS) or what in OWN.get(kind, ())


def _hostile() -> list[object]:
    """Each text for each reader it means something to at the gate, and for every kind in the long run."""
    again = pytest.mark.long(
        "the same text for a kind of file that is read in the same way, or that it means nothing to"
    )
    return [
        pytest.param(what, kind, marks=() if _at_the_gate(what, kind) else again) for what in HOSTILE for kind in KINDS
    ]


@pytest.mark.parametrize(("what", "kind"), _hostile())
def test_hostile_texts_are_answered_soon(what: str, kind: DocumentKind) -> None:
    started = time.perf_counter()
    examine(HOSTILE[what], KINDS[kind], kind)
    assert within(time.perf_counter() - started, 8)


_PIECES = st.sampled_from(
    [
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        '"',
        "'",
        "\n",
        "\t",
        "- ",
        "  ",
        "#",
        "&a ",
        "*a",
        "null",
        "true",
        "1",
        "=",
        "\\",
        "\ud800",
        "é",
        "😀",
    ]
)


@settings(max_examples=rounds(gate=40, long=2_000))
@given(st.sampled_from(ALL), st.data())
def test_edited_files_are_checked_without_a_fault(file, data) -> None:
    text = file.text
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        cut = data.draw(st.integers(0, 6))
        text = text[:at] + data.draw(_PIECES) + text[at + cut :]
    for kind, name in KINDS.items():
        examine(text, name, kind)


@pytest.mark.parametrize("path", ["deploymentconfig.json", "deploymentconfig.yml"])
@pytest.mark.parametrize(
    "written", ["9" * 400, "-" + "9" * 400, "9" * 5000, "0x" + "f" * 400, ".inf", ".nan", "1.0e+999"]
)
def test_numbers_too_large_to_reckon_with_are_no_trouble(path: str, written: str) -> None:
    for text in (
        '{"computeType": "aci", "containerResourceRequirements": {"cpu": %s, "memoryInGB": %s}}',
        '{"computeType": "aks", "scoringTimeoutMs": %s, "numReplicas": %s}',
        '{"computeType": "aks", "autoScaler": {"autoscaleEnabled": true, "maxReplicas": %s, "minReplicas": %s}}',
    ):
        text = text % (written, written)
        findings = check(text, Facts(path=path, migration=True), "deployment-config")
        assert all(finding.code.startswith("SD") for finding in findings)
