"""Lines above functions and the light bulb lead to a contribution where it is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from scoredock.analysis.facts import Facts
from scoredock.checks.environment.rules import PICKLE_REFUSED
from scoredock.contrib import table
from scoredock.language.code_actions import code_actions
from scoredock.language.code_lens import code_lenses
from scoredock.text import Position, Range

PAGES = Path(__file__).resolve().parents[2] / "pyserver" / "rule_pages"
ALL = Range(Position(0, 0), Position(1000, 0))
FACTS = {path: Facts(path) for path in ("deploy.py", "score.py", "deploy.sh")} | {
    "pickle.py": PICKLE_REFUSED.world.facts()
}
TEXTS = {
    "deploy.py": "from azureml.core import Workspace\n\nws = Workspace.from_config()\nprint(ws.webservices)\n",
    "score.py": "def init():\n    pass\n\n\ndef run(mini_batch):\n    return [each for each in mini_batch]\n",
    "deploy.sh": "az ml model list\n",
    "pickle.py": (PAGES / PICKLE_REFUSED.code / "bad.py").read_text("utf-8"),
}
OWN = {"sdk": "runSdk", "batch": "scoreInBatch", "az": "runAzLine", "carry_over": "carryOver"}


def commands() -> set[str]:
    """What is offered in all of the texts."""
    return {
        each.command.removeprefix("scoredock.")
        for path, text in TEXTS.items()
        for each in (*code_lenses(text, FACTS[path]), *code_actions(text, FACTS[path], ALL))
    }


@pytest.mark.parametrize("name", OWN)
def test_a_command_is_offered_where_its_contribution_is(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(OWN.values()) <= commands()
    rest = tuple(each for each in table.NAMES if each != name)
    monkeypatch.setattr(table, "present", lambda: rest)
    left = commands()
    assert OWN[name] not in left
    assert set(OWN.values()) - {OWN[name]} <= left
    assert "checkFile" in left
