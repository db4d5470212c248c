"""The line above a request of an `.http` file, which follows the services of the script beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lsp.client import Client
from lsp.test_lenses import GOOD, deploy, follows, lenses, source, titles, watching

__all__ = ["source", "watching"]

OURS = "@service = http://127.0.0.1:1\n\nPOST {{service}}/score\n\n{}\n###\nPOST http://localhost:6789/score\n\n{}\n"
THEIRS = "@host = https://api.contoso.com\nGET {{host}}/v1\n###\nGET https://example.com/\n###\nGET {{unknown}}/a\n"


@pytest.mark.usefixtures("source")
def test_requests_for_other_servers_have_none(client: Client, project: Path) -> None:
    path = project / "contoso.http"
    client.open(path, THEIRS)
    assert titles(client, path) == []


def test_a_file_without_a_script_has_none(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "alone.http"
    client.open(path, OURS)
    assert titles(client, path) == []


def test_they_lead_to_the_service(watching: Client, source: Path) -> None:
    path = source.parent / "requests.http"
    watching.open(path, OURS)
    assert lenses(watching, path) == [("Deploy", "scoredock.deploy", [str(source.parent)])]
    deploy(watching, "wheat", source)
    follows(watching, path, lambda now: now == ["Send to wheat", "Send to wheat"])
    assert lenses(watching, path)[1] == ("Send to wheat", "scoredock.sendFileRequest", [str(path), "6"])
    watching.ask("scoredock/service/stop", {"name": "wheat"})
    follows(watching, path, lambda now: now == ["Start"])
    assert GOOD in source.read_text()
