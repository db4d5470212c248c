"""What a folder made in the default workspace before its config.json named one is found by an editor, too, as far as
it names no workspace; and a change that fails makes none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scoredock.features.named_things import fields_of, nameless
from scoredock.features.verbs import verbs

from lsp.client import Client


@pytest.fixture
def old(client: Client, project: Path) -> Client:
    """With a model and a dataset in the default workspace, and then a configuration."""
    for content in ("one", "another"):
        (project / "weights.txt").write_text(content)
        client.ask("scoredock/model/register", {"paths": [str(project / "weights.txt")], "name": "used"})
    (project / "rows.jsonl").write_text('{"data": 1}\n')
    client.ask("scoredock/dataset/register", {"path": str(project / "rows.jsonl"), "name": "rows"})
    config = {"subscription_id": "s", "resource_group": "g", "workspace_name": "contoso-ml"}
    (project / "config.json").write_text(json.dumps(config))
    return client


def made(home: Path) -> list[str]:
    return [each.name for each in (home / "workspaces").iterdir() if each.name.startswith("contoso")]


def test_what_the_folder_left_is_found_where_no_workspace_is_named(old: Client, home: Path) -> None:
    for method, params in (
        ("model/show", {"id": "used:1"}),
        ("model/text", {"id": "used:1", "path": "weights.txt"}),
        ("model/compare", {"first": "used:1", "second": "used:2"}),
        ("model/update", {"id": "used:2", "setTags": {"a": "b"}}),
        ("model/alias", {"id": "used:1", "alias": "champion"}),
        ("model/favourite", {"name": "used", "favourite": True}),
        ("asset/show", {"kind": "dataset", "id": "rows:1"}),
        ("dataset/rows", {"id": "rows"}),
        ("model/delete", {"id": "used:2"}),
        ("model/purge", {"ids": ["used:2"]}),
    ):
        old.ask(f"scoredock/{method}", params)
    assert old.ask("scoredock/model/list", {})["models"] == [], "a list is that of the folder's own"
    assert made(home) == []


def test_a_workspace_that_is_named_is_the_only_one(old: Client, project: Path) -> None:
    active = next(
        each
        for each in old.ask("scoredock/workspace/list", {"folders": [str(project)]})["workspaces"]
        if each["isActive"]
    )
    error = old.error("scoredock/model/delete", {"id": "used:1", "workspaceId": active["id"]})
    assert error["data"]["code"] == "model-not-found"
    assert old.ask("scoredock/model/show", {"id": "used:1", "workspaceId": "local"})["model"]["id"] == "used:1"


def test_a_change_that_fails_makes_no_workspace_and_the_next_one_does(old: Client, project: Path, home: Path) -> None:
    for method, params in (
        ("model/update", {"id": "nope:1"}),
        ("model/register", {"paths": [str(project / "nope.bin")], "name": "nope"}),
        ("service/stop", {"name": "nope"}),
        ("endpoint/create", {"name": "nope", "version": "a", "service": "nope"}),
    ):
        old.error(f"scoredock/{method}", params)
        assert made(home) == [], method
    old.ask("scoredock/model/register", {"paths": [str(project / "weights.txt")], "name": "new"})
    assert len(made(home)) == 1
    assert [each["id"] for each in old.ask("scoredock/model/list", {})["models"]] == ["new:1"]


def test_every_method_of_a_workspace_says_what_it_names() -> None:
    """One that names nothing is listed as that; what is listed is there."""
    silent = [
        request.method
        for request in verbs()
        if "workspace_id" in request.params.__dataclass_fields__
        and request.method.partition("/")[2] not in nameless()
        and not fields_of(request.method).keys() & request.params.__dataclass_fields__.keys()
    ]
    assert silent == []
    known = {request.method.partition("/")[2] for request in verbs()}
    assert nameless() <= known
