"""Datasets, environments and images as versioned records: numbers, trash, who uses them, bytes that stay."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from scoredock.errors import ScoredockError
from scoredock.registry import Registry
from scoredock.registry.assets import datasets, images
from scoredock.registry.assets import environments as environment_records
from scoredock.registry.records import AssetRecord

Refused = Callable[..., ScoredockError]


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"data": [1]}\n')
    return path


def dataset(registry: Registry, path: Path, name: str = "requests") -> AssetRecord:
    return datasets.register(registry.assets, path, name)


def test_numbers_count_from_one_for_each_kind_and_name(registry: Registry, rows: Path) -> None:
    assert [dataset(registry, rows).id for _ in range(3)] == ["requests:1", "requests:2", "requests:3"]
    assert dataset(registry, rows, "Requests").id == "Requests:1"
    assert environment_records.register(registry.assets, "requests", image="a/b:1").id == "requests:1"
    assert images.register(registry, "requests", "a/b:1").id == "requests:1"
    listed = [(each.kind, each.id) for each in registry.assets.records()]
    assert listed == [
        ("dataset", "Requests:1"),
        ("dataset", "requests:3"),
        ("dataset", "requests:2"),
        ("dataset", "requests:1"),
        ("environment", "requests:1"),
        ("image", "requests:1"),
    ]
    newest = [each.id for each in registry.assets.records("dataset", latest=True)]
    assert newest == ["Requests:1", "requests:3"]
    assert [each.id for each in registry.assets.records("dataset", name="requests", latest=True)] == ["requests:3"]


def test_a_record_is_what_was_given(registry: Registry, rows: Path) -> None:
    made = datasets.register(registry.assets, rows, "r", description="d", tags={"a": "b", "c": ""})
    found = registry.assets.get("dataset", "r:1")
    assert found == made
    assert (found.description, found.tags, found.deleted) == ("d", {"a": "b", "c": ""}, None)
    assert found.content["source"] == "rows.jsonl"
    assert Registry(registry.folder).assets.get("dataset", "r") == made


@pytest.mark.parametrize("reference", ["none", "r:2", "r:0", "r:01", "r:", ":1", "", "r:1:1", "../r", "r@a", "r:1\n"])
def test_references_that_lead_nowhere(registry: Registry, rows: Path, refused: Refused, reference: str) -> None:
    dataset(registry, rows, "r")
    for call in (registry.assets.get, registry.assets.update, registry.assets.delete, registry.assets.restore):
        refused("asset-not-found", call, "dataset", reference)
    refused("asset-not-found", registry.assets.get, "environment", "r:1")
    refused("asset-not-found", registry.assets.get, "model", "r:1")


def test_update(registry: Registry, rows: Path, refused: Refused) -> None:
    dataset(registry, rows, "r")
    registry.assets.update("dataset", "r", description="new", set_tags={"a": "1", "b": "2"})
    changed = registry.assets.update("dataset", "r:1", set_tags={"a": "3"}, remove_tags=["b", "never"])
    assert (changed.description, changed.tags) == ("new", {"a": "3"})
    assert registry.assets.update("dataset", "r", description="").description == ""
    refused("model-tags-invalid", registry.assets.update, "dataset", "r", set_tags={"": "x"})
    refused("model-text-invalid", registry.assets.update, "dataset", "r", description="\0")
    refused("model-tags-invalid", registry.assets.update, "dataset", "r", set_tags={str(n): "" for n in range(257)})
    assert registry.assets.get("dataset", "r").tags == {"a": "3"}


def test_trash_and_back(registry: Registry, rows: Path, refused: Refused) -> None:
    dataset(registry, rows, "r")
    dataset(registry, rows, "r")
    assert registry.assets.delete("dataset", "r").id == "r:2"
    assert registry.assets.get("dataset", "r").id == "r:1"
    error = refused("asset-not-found", registry.assets.get, "dataset", "r:2")
    assert "trash" in error.message
    assert [each.id for each in registry.assets.records(include_deleted=True)] == ["r:2", "r:1"]
    refused("asset-not-deleted", registry.assets.restore, "dataset", "r:1")
    refused("asset-not-found", registry.assets.restore, "dataset", "r")
    refused("asset-not-found", registry.assets.delete, "dataset", "r:2")
    back = registry.assets.restore("dataset", "r:2")
    assert list(datasets.every_row(registry.assets, back)) == ['{"data": [1]}']
    refused("asset-not-deleted", registry.assets.restore, "dataset", "r:2")


def test_purged_numbers_are_never_given_again(registry: Registry, rows: Path, refused: Refused) -> None:
    dataset(registry, rows, "r")
    last = dataset(registry, rows, "r")
    registry.assets.delete("dataset", "r:1")
    registry.assets.delete("dataset", "r:2")
    registry.collect_garbage(grace_seconds=0, trash_seconds=3600)
    assert registry.assets.restore("dataset", "r:1").id == "r:1"
    registry.assets.delete("dataset", "r:1")
    registry.collect_garbage(grace_seconds=0, trash_seconds=0)
    refused("asset-not-found", registry.assets.restore, "dataset", "r:2")
    assert list(registry.blobs.all()) == []
    again = dataset(registry, rows, "r")
    assert (again.id, again.files) == ("r:3", last.files)
    assert registry.verify(deep=True) == []


def test_garbage_collection_leaves_what_records_need(registry: Registry, rows: Path) -> None:
    made = dataset(registry, rows)
    environment = environment_records.register(registry.assets, "mine", clone="AzureML-Minimal")
    registry.collect_garbage(grace_seconds=0, trash_seconds=0)
    assert list(datasets.every_row(registry.assets, made)) == ['{"data": [1]}']
    assert environment_records.of_record(registry.assets, environment).packages
    registry.assets.delete("dataset", made.id)
    registry.collect_garbage(grace_seconds=0)
    assert registry.assets.restore("dataset", made.id).files == made.files
    assert registry.verify(deep=True) == []


def test_a_dataset_that_a_model_names_stays(registry: Registry, rows: Path, model_file: Path, refused: Refused) -> None:
    dataset(registry, rows)
    registry.register([model_file], "net", sample_input_dataset="requests")
    assert registry.model("net").metadata.sample_input_dataset == "requests:1"
    error = refused("asset-in-use", registry.assets.delete, "dataset", "requests:1")
    assert error.details == {"models": ["net:1"]}
    assert error.message == "The dataset requests:1 is used by: model net:1."
    assert registry.assets.used_by() == {("dataset", "requests:1"): ["net:1"]}
    registry.delete("net:1")
    registry.assets.delete("dataset", "requests:1")
    registry.collect_garbage(grace_seconds=0, trash_seconds=3600)
    registry.restore("net:1")  # what lies in the trash keeps what it names from being purged
    registry.delete("net:1")
    assert registry.assets.restore("dataset", "requests:1").id == "requests:1"


def test_an_environment_that_an_image_names_stays(registry: Registry, model_file: Path, refused: Refused) -> None:
    registry.register([model_file], "net")
    environment_records.register(registry.assets, "mine", clone="azureml-minimal")
    made = images.register(registry, "net.image", "registry.example.com:5000/a/b:1", models=["net"], environment="mine")
    assert made.content == {
        "reference": "registry.example.com:5000/a/b:1",
        "models": ["net:1"],
        "environment": "mine:1",
    }
    refused("asset-in-use", registry.assets.delete, "environment", "mine")
    assert refused("model-in-use", registry.delete, "net:1").details == {"images": ["net.image:1"]}
    registry.assets.delete("image", "net.image")
    assert registry.assets.delete("environment", "mine").id == "mine:1"
    assert registry.delete("net:1").deleted is not None


@pytest.mark.parametrize("name", ["", "ab", "x" * 33, "Abc", "-abc", "abc-", "a_b", "a/b", "äbc", "abc\n", "abc:1"])
def test_names_of_images(registry: Registry, refused: Refused, name: str) -> None:
    refused("asset-name-invalid", images.register, registry, name, "a/b:1")


@pytest.mark.parametrize("name", ["abc", "0.a", "a-b.c", "x" * 32])
def test_names_that_images_may_have(registry: Registry, name: str) -> None:
    assert images.register(registry, name, "a").id == f"{name}:1"


@pytest.mark.parametrize(
    "reference",
    [
        "",
        " ",
        "A",
        "a b",
        "a:",
        "a@",
        "-a",
        "a//b",
        "http://a/b",
        "a:b:c",
        "a@sha256:12",
        "a/b:" + "t" * 129,
        "a\n",
        "x" * 513,
    ],
)
def test_what_is_no_image(registry: Registry, refused: Refused, reference: str) -> None:
    refused("image-reference-invalid", images.register, registry, "abc", reference)
    assert registry.assets.records() == []


def test_images_hold_what_is_registered(registry: Registry, refused: Refused) -> None:
    refused("model-not-found", images.register, registry, "abc", "a", models=["none"])
    refused("asset-not-found", images.register, registry, "abc", "a", environment="none:1")
    refused("image-reference-invalid", images.register, registry, "abc", "a", models=["none"] * 1001)


def test_bytes_that_were_damaged_are_told(registry: Registry, rows: Path, refused: Refused) -> None:
    made = dataset(registry, rows)
    blob = registry.blobs.path(made.files[0].sha256)
    blob.unlink()
    refused("model-damaged", datasets.rows, registry.assets, made)
    assert any("requests:1" in problem for problem in registry.verify(deep=False))
    dataset(registry, rows)  # the same bytes heal the older version as well
    assert datasets.rows(registry.assets, made).total == 1
    environment = environment_records.register(registry.assets, "mine", clone="AzureML-Minimal")
    registry.blobs.path(environment.files[0].sha256).unlink()
    refused("model-damaged", environment_records.of_record, registry.assets, environment)


@pytest.mark.chance
def test_writers_at_the_same_time_get_numbers_without_gaps(registry: Registry, rows: Path) -> None:
    failures: list[BaseException] = []

    def write() -> None:
        try:
            other = Registry(registry.folder)
            for _ in range(8):
                dataset(other, rows)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert [each.version for each in registry.assets.records("dataset")] == list(range(32, 0, -1))


def test_the_change_number_of_assets_moves(registry: Registry, rows: Path) -> None:
    seen = [registry.store.changes()["assets"]]
    for change in (
        lambda: dataset(registry, rows),
        lambda: registry.assets.update("dataset", "requests", description="x"),
        lambda: registry.assets.delete("dataset", "requests"),
        lambda: registry.assets.restore("dataset", "requests:1"),
    ):
        change()
        seen.append(registry.store.changes()["assets"])
    assert seen == sorted(set(seen))


def test_a_workspace_that_can_only_be_read(registry: Registry, rows: Path, refused: Refused) -> None:
    dataset(registry, rows)
    registry.store.read_only, registry.store._read_only_code = "It can only be read.", "workspace-read-only"
    refused("workspace-read-only", dataset, registry, rows)
    refused("workspace-read-only", registry.assets.update, "dataset", "requests", description="x")
    refused("workspace-read-only", registry.assets.delete, "dataset", "requests")
    assert registry.assets.get("dataset", "requests").id == "requests:1"
