"""Strings that Python reads from 3.12 on are no mistakes of a script, where an older Python checks it."""

from __future__ import annotations

import sys

import pytest
from scoredock.analysis.facts import EnvironmentFacts, Facts
from scoredock.checks.check import check

OLDER = pytest.mark.skipif(sys.version_info >= (3, 12), reason="tools: this Python reads them itself")
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


def told(text: str, python: str | None = None, path: str = "/p/score.py") -> list[tuple[str, str]]:
    environment = EnvironmentFacts("/p/conda.yml", "project", python, {"azureml-defaults": ""}) if python else None
    found = check(text, Facts(path=path, environment=environment))
    return [(each.code, each.severity) for each in found if each.code in ("SD101", "SD801")]


@OLDER
@pytest.mark.parametrize("string", SOUND)
def test_what_only_later_pythons_read_is_no_error(string: str) -> None:
    script = f"{START}    return {string}\n"
    assert told(script) == [("SD101", "warning")]
    assert told(script, "3.11") == [("SD101", "error")]
    assert told(script, "3.12") == told(script, "3.13") == []
    assert told(f"{SDK}print({string})\n", path="/p/list.py") == [("SD801", "warning")]


@pytest.mark.parametrize("string", BROKEN)
def test_what_no_python_reads_is_an_error(string: str) -> None:
    assert told(f"{START}    return {string}\n", "3.12") == [("SD101", "error")]
    assert told(f"{SDK}print({string})\n", path="/p/list.py") == [("SD801", "error")]
