"""Strings that Python reads from 3.12 on are not mistakes of a script, where an older Python checks it."""

from __future__ import annotations

import sys

import pytest
from scoredock.analysis.facts import EnvironmentFacts, Facts
from scoredock.checks.check import check

READS_THEM = sys.version_info >= (3, 12)
"""Whether the Python that checks needs no finding."""
START = "import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    rows = json.loads(data)\n"
SDK = "from azureml.core import Workspace\n\nws = Workspace.from_config()\nrows = dict(ws.models)\n"
SOUND = [
    'f"{rows["data"]}"',
    "f'{rows['data']:>{rows['width']}} of {len(rows['data'])}'",
    "f\"{'\\n'.join(rows)} {{\"",
    "f'{len(str(rows).split('\\n'))} rows'",
    'f"{f"{f"{rows}"}"}"',
    "f'''{rows  # all of them\n}'''",
    'f"{\n    rows\n}"',
    "f\"{'\\\\'.join(rows)} \\N{BULLET}\"",
]
BROKEN = ['f"{rows["data"}"', 'f"{rows', "f'{rows['data']}", 'f"{rows["data"]}" rows', "f'{\"\\n\"}' = 1"]


def syntax_findings(text: str, python: str | None = None, path: str = "/p/score.py") -> list[tuple[str, str]]:
    environment = EnvironmentFacts("/p/conda.yml", "project", python, {"azureml-defaults": ""}) if python else None
    findings = check(text, Facts(path=path, environment=environment))
    return [(each.code, each.severity) for each in findings if each.code in ("SD101", "SD801")]


@pytest.mark.parametrize("string", SOUND)
def test_what_only_later_pythons_read_is_no_error(string: str) -> None:
    script = f"{START}    return {string}\n"
    assert syntax_findings(script) == ([] if READS_THEM else [("SD101", "warning")])
    assert syntax_findings(script, "3.11") == ([] if READS_THEM else [("SD101", "error")])
    assert syntax_findings(script, "3.12") == syntax_findings(script, "3.13") == []
    assert syntax_findings(f"{SDK}print({string})\n", path="/p/list.py") == (
        [] if READS_THEM else [("SD801", "warning")]
    )


@pytest.mark.parametrize("string", BROKEN)
def test_what_no_python_reads_is_an_error(string: str) -> None:
    assert syntax_findings(f"{START}    return {string}\n", "3.12") == [("SD101", "error")]
    assert syntax_findings(f"{SDK}print({string})\n", path="/p/list.py") == [("SD801", "error")]
