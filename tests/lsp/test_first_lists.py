"""What a window waits for first: its models, which can be listed before the services were looked at."""

from __future__ import annotations

from pathlib import Path

from lsp.client import Client

WORKSPACES = "scoredock/workspace/changed"


def pushed_lists(client: Client) -> list[dict[str, object]]:
    return [note["params"] for note in client.notifications if note["method"] == WORKSPACES]


def test_the_workspaces_are_told_before_the_services_are_known(client: Client, project: Path) -> None:
    listed = client.ask("scoredock/state/list", {"folders": [str(project)]})
    # What was sent before the answer has been read before it.
    (push,) = pushed_lists(client)
    assert push["workspaces"] == listed["workspaces"]
    assert push["offers"] == listed["offers"]
    assert 0 < int(str(push["sequence"])) <= listed["sequence"], "the listing is newer than the push"

    again = client.ask("scoredock/state/list", {"folders": [str(project)]})
    assert again["workspaces"] == listed["workspaces"]
    assert len(pushed_lists(client)) == 1, "who is told of every change needs no push before the answer"
