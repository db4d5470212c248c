"""Methods of datasets, environments and images: one good call each, and facts that do not fit. Run by
test_methods.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any


def dataset_register(world: Any) -> None:
    rows = world.project / "requests.jsonl"
    rows.write_text('{"data": [1]}\n{"data": [2]}\n')
    made = world.ask(
        "scoredock/dataset/register",
        {"path": str(rows), "name": "requests", "tags": {"from": "test"}},
    )
    assert (made.kind, made.id, made.summary, made.tags) == (
        "dataset",
        "requests:1",
        "2 rows · 26 B",
        {"from": "test"},
    )


def dataset_rows(world: Any) -> None:
    page = world.ask("scoredock/dataset/rows", {"id": "requests", "offset": 1, "limit": 5})
    assert (page.rows, page.total) == (['{"data": [2]}'], 2)


def environment_curated(world: Any) -> None:
    found = world.ask("scoredock/environment/curated", {})
    assert "AzureML-Minimal" in [each.name for each in found.environments]


def environment_suggest(world: Any) -> None:
    """Nothing is old, so nothing changes; the conda file has unsaved text on no client."""
    path = world.project / "plain-requirements.txt"
    path.write_text("six==1.16.0\n")
    found = world.ask("scoredock/environment/suggest", {"path": str(path)})
    assert (found.changed, found.text, found.warning) == ([], "six==1.16.0\n", "")


def server_enable(world: Any) -> None:
    """What is there already is there afterwards."""
    done = world.ask("scoredock/server/enable", {"extra": "conda"})
    assert [line.split(">")[0] for line in done.requirements] == ["py-rattler"]


def environment_register(world: Any) -> None:
    made = world.ask("scoredock/environment/register", {"name": "plain", "clone": "AzureML-Minimal"})
    assert (made.id, made.summary) == ("plain:1", "conda · 2 packages")
    assert world.ask("scoredock/environment/register", {"name": "plain", "clone": "plain:1"}).id == "plain:1"


def image_register(world: Any) -> None:
    params = {
        "name": "adder",
        "reference": "registry.example.com/team/adder:1",
        "models": ["weights"],
        "environment": "plain",
    }
    made = world.ask("scoredock/image/register", params)
    assert made.id == "adder:1"
    assert made.summary == "registry.example.com/team/adder:1 · 1 model"


def asset_list(world: Any) -> None:
    found = world.ask("scoredock/asset/list", {}).assets
    assert [each.id for each in found] == ["requests:1", "plain:1", "adder:1"]
    assert [each.used_by for each in found] == [[], ["adder:1"], []]
    assert [each.id for each in world.ask("scoredock/asset/list", {"kind": "image"}).assets] == ["adder:1"]


def asset_show(world: Any) -> None:
    found = world.ask("scoredock/asset/show", {"kind": "dataset", "id": "requests"})
    assert (found.text, found.language, found.truncated) == (
        '{"data": [1]}\n{"data": [2]}',
        "jsonl",
        False,
    )
    assert world.ask("scoredock/asset/show", {"kind": "environment", "id": "plain:1"}).language == "yaml"
    assert world.ask("scoredock/asset/show", {"kind": "image", "id": "adder:1"}).language == "json"


def asset_update(world: Any) -> None:
    params = {
        "kind": "dataset",
        "id": "requests:1",
        "description": "two",
        "removeTags": ["from"],
        "setTags": {"a": "b"},
    }
    changed = world.ask("scoredock/asset/update", params)
    assert (changed.description, changed.tags) == ("two", {"a": "b"})


def asset_delete(world: Any) -> None:
    error = world.client.error("scoredock/asset/delete", {"kind": "environment", "id": "plain:1"})
    assert (error["data"]["code"], error["data"]["details"]) == ("asset-in-use", {"images": ["adder:1"]})
    gone = world.ask("scoredock/asset/delete", {"kind": "dataset", "id": "requests:1"})
    assert gone.deleted is not None
    assert world.ask("scoredock/asset/list", {"kind": "dataset"}).assets == []
    assert len(world.ask("scoredock/asset/list", {"kind": "dataset", "deleted": True}).assets) == 1


def asset_restore(world: Any) -> None:
    assert world.ask("scoredock/asset/restore", {"kind": "dataset", "id": "requests:1"}).deleted is None


def environment_definition(world: Any) -> None:
    path = world.project / "definition.yml"
    path.write_text("name: small\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n")
    found = world.ask("scoredock/environment/definition", {"path": str(path)})
    assert json.loads(found.text)["python"]["condaDependencies"]["name"] == "small"
    assert not found.nearest_python
    path.write_text("name: old\ndependencies:\n  - pip:\n      - scipy==1.4.1\n      - tensorflow-gpu==2.1.0\n")
    found = world.ask("scoredock/environment/definition", {"path": str(path), "python": "3.11"})
    assert found.nearest_python in ("3.6", "3.7")
    assert found.nearest_python in found.reason
    path.unlink()


def environment_propose(world: Any) -> None:
    path = world.project / "of-v2.yml"
    path.write_text(
        "$schema: https://azuremlschemas.azureedge.net/latest/environment.schema.json\n"
        "name: small\nversion: '1'\nimage: python:3.11\ndescription: Little.\ntags: {team: lab}\n"
    )
    found = world.ask("scoredock/environment/propose", {"path": str(path)})
    assert (found.name, found.description, found.tags) == ("small", "Little.", {"team": "lab"})
    path.unlink()


GOOD: dict[str, Callable[[Any], None]] = {
    "scoredock/environment/suggest": environment_suggest,
    "scoredock/server/enable": server_enable,
    "scoredock/dataset/register": dataset_register,
    "scoredock/dataset/rows": dataset_rows,
    "scoredock/environment/curated": environment_curated,
    "scoredock/environment/definition": environment_definition,
    "scoredock/environment/propose": environment_propose,
    "scoredock/environment/register": environment_register,
    "scoredock/image/register": image_register,
    "scoredock/asset/list": asset_list,
    "scoredock/asset/show": asset_show,
    "scoredock/asset/update": asset_update,
    "scoredock/asset/delete": asset_delete,
    "scoredock/asset/restore": asset_restore,
}
NEVER_REFUSED = {"scoredock/environment/curated", "scoredock/environment/propose"}
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("scoredock/environment/suggest", {"path": "/nowhere/conda.yml"}, "file-unreadable"),
    ("scoredock/server/enable", {"extra": "nothing"}, "extra-not-found"),
    ("scoredock/environment/definition", {"id": "none:1"}, "asset-not-found"),
    ("scoredock/asset/list", {"workspaceId": "nobody"}, "workspace-not-found"),
    ("scoredock/asset/show", {"kind": "dataset", "id": "none"}, "asset-not-found"),
    (
        "scoredock/asset/show",
        {"kind": "dataset", "id": "../../store:1"},
        "asset-not-found",
    ),
    ("scoredock/asset/update", {"kind": "image", "id": "none:1"}, "asset-not-found"),
    ("scoredock/asset/delete", {"kind": "image", "id": "none:1"}, "asset-not-found"),
    ("scoredock/asset/restore", {"kind": "image", "id": "none:1"}, "asset-not-found"),
    ("scoredock/dataset/register", {"path": "/nowhere", "name": "a"}, "file-not-found"),
    (
        "scoredock/dataset/register",
        {"path": "/nowhere", "name": "a/b"},
        "asset-name-invalid",
    ),
    ("scoredock/dataset/rows", {"id": "none"}, "asset-not-found"),
    ("scoredock/environment/register", {"name": "a"}, "environment-source-invalid"),
    (
        "scoredock/environment/register",
        {"name": "AzureML-mine", "image": "a"},
        "asset-name-invalid",
    ),
    (
        "scoredock/environment/register",
        {"name": "a", "image": "A B"},
        "image-reference-invalid",
    ),
    (
        "scoredock/environment/register",
        {"name": "a", "path": "/nowhere.yml"},
        "file-not-found",
    ),
    (
        "scoredock/environment/register",
        {"name": "a", "clone": "none"},
        "asset-not-found",
    ),
    ("scoredock/image/register", {"name": "a", "reference": "a"}, "asset-name-invalid"),
    (
        "scoredock/image/register",
        {"name": "abc", "reference": "a:1", "models": ["none:1"]},
        "model-not-found",
    ),
    (
        "scoredock/image/register",
        {"name": "abc", "reference": "a:1", "environment": "none"},
        "asset-not-found",
    ),
]
