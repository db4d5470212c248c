"""Tracebacks in the log of a service name the files that the person edits, not the copies that run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lsp.client import Client

SCRIPT = """import helper


def init():
    print("up")


def run(data):
    return helper.halve(data)
"""
HELPER = 'def halve(data):\n    raise RuntimeError("no half of it")\n'


@pytest.fixture
def source(project: Path) -> Path:
    folder = project / "src"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    (folder / "helper.py").write_text(HELPER)
    return folder


@pytest.fixture
def deployed(shared_environments: None, client: Client, home: Path, source: Path) -> Iterator[Client]:
    client.ask(
        "scoredock/service/deploy",
        {
            "name": "halver",
            "entryScript": str(source / "score.py"),
            "sourceDirectory": str(source),
            "skipChecks": True,
        },
    )
    yield client
    client.ask("scoredock/service/delete", {"name": "halver"})


def places(client: Client, word: str) -> list[str]:
    """Files and lines of the log, once the word has come."""
    id = client.ask("scoredock/log/subscribe", {"service": "halver"})["id"]
    texts: list[str] = []

    def whole(params: dict[str, object]) -> bool:
        if params["id"] != id:
            return False
        lines = params["lines"]
        assert isinstance(lines, list)
        texts.extend(line["text"] for line in lines)
        client.notify("scoredock/log/acknowledge", {"id": id, "sequence": lines[-1]["sequence"]})
        return any(word in text for text in texts)

    client.notified("scoredock/log/lines", whole)
    return [f"{file}:{line}" for text in texts for file, line in re.findall(r'File "([^"]+)", line (\d+)', text)]


def test_they_are_the_persons_own_where_they_are_there(deployed: Client, source: Path, home: Path) -> None:
    answer = deployed.ask("scoredock/service/call", {"name": "halver", "body": "4"})
    assert answer["status"] == 500
    found = places(deployed, "no half of it")
    assert [f"{source}/score.py:9", f"{source}/helper.py:2"] == [each for each in found if str(source) in each]
    assert not any("azureml-app" in each for each in found), found

    # One that was deleted meanwhile stays the copy, which can be read at least.
    (source / "helper.py").unlink()
    found = places(deployed, "no half of it")
    assert f"{source}/score.py:9" in found
    assert any("azureml-app" in each and each.endswith("helper.py:2") for each in found), found


def test_files_are_mapped_on_request(deployed: Client, source: Path, home: Path) -> None:
    (staged,) = (home / "workspaces" / "local" / "services" / "halver" / "revisions").glob("*/azureml-app/src/score.py")
    files = [str(staged), "/usr/lib/python3/json/__init__.py", "<string>", str(staged.with_name("none.py"))]
    told = deployed.ask("scoredock/service/places", {"name": "halver", "files": files})
    assert told["files"] == [str(source / "score.py"), *files[1:]]
    error = deployed.error("scoredock/service/places", {"name": "nobody", "files": []})
    assert error["data"]["code"] == "service-not-found"
