"""Packages that cannot be had are told at their line of the file, with the way out of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lsp.client import Client

SCRIPT = "def init():\n    pass\n\n\ndef run(data):\n    return data\n"
FIND = "Find Versions That Install"
CONDA = """\
name: forest
dependencies:
  - python=3.11
  - pip:
      # six==99 is ours
      - azureml-defaults
      - six==99
"""


def of_services(diagnostics: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for each in diagnostics if "service" in each.get("data", {})]


def actions(client: Client, uri: str, line: int) -> dict[str, Any]:
    place = {"line": line, "character": 9}
    asked = {
        "textDocument": {"uri": uri},
        "range": {"start": place, "end": place},
        "context": {"diagnostics": [], "only": ["quickfix"]},
    }
    return {each["title"]: each for each in client.ask("textDocument/codeAction", asked)}


@pytest.mark.usefixtures("shared_environments")
@pytest.mark.parametrize("is_open", [True, False], ids=["open", "closed"])
def test_a_pin_that_does_not_exist_is_marked_where_it_stands(client: Client, project: Path, is_open: bool) -> None:
    script, packages = project / "score.py", project / "conda.yml"
    script.write_text(SCRIPT)
    packages.write_text(CONDA)
    client.ask("scoredock/state/list", {"folders": [str(project)]})
    uri = client.open(packages, CONDA, "yaml") if is_open else packages.as_uri()
    deployment = {"name": "forest", "entryScript": str(script), "environmentFile": str(packages)}
    refused = client.error("scoredock/service/deploy", deployment)
    assert refused["data"]["code"] == "environment-requirement-unsatisfiable"
    assert refused["data"]["place"] == {"path": str(packages), "line": 6, "character": 8}

    told = client.notified(
        "textDocument/publishDiagnostics", lambda told: told["uri"] == uri and bool(of_services(told["diagnostics"]))
    )
    (shown,) = of_services(told["diagnostics"])
    assert shown["code"] == "environment-requirement-unsatisfiable"
    assert shown["range"]["start"]["line"] == 6
    assert shown["message"].startswith("forest: six==99 cannot be installed: ")
    assert "\n" not in shown["message"]
    assert len(shown["message"]) < 300
    log = client.ask("scoredock/log/page", {"services": ["forest"], "filter": {}, "before": []})
    assert "No solution found" in str(log), "what the resolver says is in the log"

    uri = uri if is_open else client.open(packages, CONDA, "yaml")
    action = actions(client, uri, 6)[FIND]
    assert action["command"]["command"] == "scoredock.suggestVersions"
    assert action["command"]["arguments"] == [str(packages)]
    assert [each["code"] for each in action["diagnostics"]] == ["environment-requirement-unsatisfiable"]
    assert FIND not in actions(client, uri, 2)

    # What is edited is not what failed any more.
    version = client.change(uri, {"text": CONDA.replace("six==99", "six==1.17.0")})
    assert of_services(client.diagnostics(uri, version)) == []
    assert FIND not in actions(client, uri, 6)
