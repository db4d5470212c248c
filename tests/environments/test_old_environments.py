"""What `environment suggest` proposes for environments of 2018 to 2022 is imported by a service, or it says that
nothing does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.conftest import Terminal
from environments.old_environments import ENVIRONMENTS, Old

SCRIPT = """\
{imports}


def init():
    pass


def run(data):
    return {{name: True for name in {modules!r}}}
"""
SAID = ("environment-requirement-unsatisfiable", "python-not-found")
"""What `suggest` says where nothing near the pins works."""


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    (tmp_path / "project").mkdir()
    made = Terminal(tmp_path / "home", tmp_path / "project")
    yield made
    made.run("service", "stop-all", "--all")


def test_there_are_more_than_forty() -> None:
    assert len({each.text for each in ENVIRONMENTS}) == len({each.name for each in ENVIRONMENTS})
    assert len(ENVIRONMENTS) == 57


@pytest.mark.long(
    "more than forty environments, some of half a gigabyte; test_companions.py has one of them at the gate"
)
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("old", ENVIRONMENTS, ids=lambda old: old.name)
def test_a_proposal_deploys(old: Old, terminal: Terminal) -> None:
    file = terminal.folder / "conda.yml"
    file.write_text(old.text)
    imports = "\n".join(f"import {module}" for module in old.modules)
    (terminal.folder / "score.py").write_text(SCRIPT.format(imports=imports, modules=old.modules))
    done = terminal.run("environment", "suggest", "conda.yml", "--write", "--json")
    if done.returncode != 0:
        error = json.loads(done.stderr)["error"]
        assert error["code"] in SAID, error
        assert re.search(r"\bPython 3\.\d+", error["message"]), error
        print(f"{old.name}: {error['message']}")
        return
    found = json.loads(done.stdout)
    assert found["byHand"] == []
    terminal.ok("service", "deploy", "old", "--es", "score.py", "--cf", "conda.yml", "--skip-checks")
    assert json.loads(terminal.ok("service", "call", "old", "--data", "[]")) == dict.fromkeys(old.modules, True)
