"""What a type checker reports as well is left to it in an editor that has one, and told everywhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lsp.client import Client

SCRIPT = "import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return json.load_s(data) + count\n"


def codes(client: Client, project: Path, setting: str) -> set[str]:
    client.initialize(project, settings={"scoredock.check.typeErrors": setting})
    return {each["code"] for each in client.diagnostics(client.open(project / "score.py", SCRIPT), 1)}


def test_it_is_told_unless_somebody_else_does(start: Callable[..., Client], project: Path) -> None:
    assert codes(start(), project, "auto") == {"SD110", "SD190"}
    assert codes(start(), project, "on") == {"SD110", "SD190"}
    assert codes(start(), project, "off") == {"SD110"}


def test_files_that_are_checked_on_demand_agree(start: Callable[..., Client], project: Path) -> None:
    (project / "score.py").write_text(SCRIPT)
    client = start()
    client.initialize(project, settings={"scoredock.check.typeErrors": "off"})
    found = client.ask("scoredock/document/check", {"paths": [str(project / "score.py")]})["findings"]
    assert {each["code"] for each in found} == {"SD110"}
