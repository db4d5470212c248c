"""A repair of a script may be made in the file of its environment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lsp.client import Client

SCRIPT = (
    "import json\n\nimport pandas as pd\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return"
    " pd.DataFrame(json.loads(data)).to_dict()\n"
)
CONDA = "name: é🎈\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n"


def _actions(client: Client, uri: str) -> list[dict[str, Any]]:
    start = {"line": 2, "character": 8}
    params = {
        "textDocument": {"uri": uri},
        "range": {"start": start, "end": start},
        "context": {"diagnostics": [], "only": ["quickfix"]},
    }
    found: list[dict[str, Any]] = client.ask("textDocument/codeAction", params)
    return [action for action in found if action["title"] == "Add pandas to conda.yml"]


def _written(path: Path) -> None:
    path.mkdir(exist_ok=True)
    (path / "inferenceconfig.json").write_text(json.dumps({"entryScript": "score.py", "condaFile": "conda.yml"}))
    (path / "conda.yml").write_text(CONDA, encoding="utf-8")
    (path / "score.py").write_text(SCRIPT)


def test_the_edit_is_in_the_conda_file(client: Client, project: Path) -> None:
    _written(project)
    uri = client.open(project / "score.py", SCRIPT)
    (action,) = _actions(client, uri)
    (changed,) = action["edit"]["documentChanges"]
    assert changed["textDocument"] == {"uri": (project / "conda.yml").as_uri(), "version": None}
    assert changed["edits"] == [
        {
            "range": {"start": {"line": 4, "character": 24}, "end": {"line": 4, "character": 24}},
            "newText": "\n      - pandas",
        }
    ]


def test_the_open_conda_file_is_edited_as_it_is(client: Client, project: Path) -> None:
    _written(project)
    client.open(project / "conda.yml", CONDA.replace("name: é🎈\n", ""), "yaml")
    uri = client.open(project / "score.py", SCRIPT)
    (action,) = _actions(client, uri)
    (changed,) = action["edit"]["documentChanges"]
    assert changed["textDocument"]["version"] is not None
    assert changed["edits"][0]["range"]["start"] == {"line": 3, "character": 24}
