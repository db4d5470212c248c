"""Finding versions by reference and filter; changing what may change; the trash."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from scoredock.errors import ScoredockError
from scoredock.registry import Registry

Refused = Callable[..., ScoredockError]


def _use(registry: Registry, service: str, name: str, version: int) -> None:
    """A service with one revision that uses a model, as the ledger writes it."""
    with registry.store.write() as connection:
        connection.execute(
            "INSERT INTO services(name, engine, state, phase, active_revision, last_revision, created, updated)"
            " VALUES(?, 'process', 'Healthy', '', 2, 2, 0, 0)",
            (service,),
        )
        connection.execute("INSERT INTO revisions VALUES(?, 1, '{}', '', '', 0)", (service,))
        connection.execute("INSERT INTO revision_models VALUES(?, 1, 0, ?, ?)", (service, name, version))


@pytest.fixture
def shelf(registry: Registry, model_file: Path) -> Registry:
    registry.register([model_file], "b", tags={"stage": "old"})
    registry.register([model_file], "b", tags={"stage": "champion", "area": "x"}, properties={"run": "1"})
    registry.register([model_file], "B", tags={"stage": "champion"})
    registry.register([model_file], "a", tags={"empty": ""})
    return registry


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        pytest.param({}, ["a:1", "B:1", "b:2", "b:1"], id="all, by name, newest first"),
        pytest.param({"name": "b"}, ["b:2", "b:1"], id="one name, in its case"),
        pytest.param({"latest": True}, ["a:1", "B:1", "b:2"], id="newest of each name"),
        pytest.param({"tags": ["stage"]}, ["B:1", "b:2", "b:1"], id="has the key"),
        pytest.param({"tags": ["stage=champion"]}, ["B:1", "b:2"], id="has the value"),
        pytest.param({"tags": ["stage=champion", "area"]}, ["b:2"], id="both"),
        pytest.param({"tags": ["stage=old"], "latest": True}, [], id="asked of the newest only"),
        pytest.param({"tags": ["empty="]}, ["a:1"], id="the empty value"),
        pytest.param({"tags": ["stage=Champion"]}, [], id="values are case-sensitive"),
        pytest.param({"tags": ["run"]}, [], id="a property is no tag"),
        pytest.param({"properties": ["run=1"]}, ["b:2"], id="a property"),
        pytest.param({"properties": ["run"], "tags": ["area=x"]}, ["b:2"], id="a property and a tag"),
        pytest.param({"name": "' OR 1=1 --"}, [], id="no SQL"),
        pytest.param({"tags": ["a=b=c"]}, [], id="a value may hold an equals sign"),
    ],
)
def test_lists(shelf: Registry, named: dict[str, object], expected: list[str]) -> None:
    assert [model.id for model in shelf.models(**named)] == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("filters", [[""], ["=x"], [" "], "stage"])
def test_filters_that_mean_nothing(shelf: Registry, refused: Refused, filters: list[str]) -> None:
    refused("model-tags-invalid", shelf.models, tags=filters)


def test_references(shelf: Registry, refused: Refused) -> None:
    assert shelf.model("b").id == "b:2"
    assert shelf.model("b:1").id == "b:1"
    for reference in (
        "c",
        "b:3",
        "b:0",
        "b:01",
        "b:",
        ":1",
        "",
        "b:x",
        "b:1:1",
        "b:-1",
        "b:99999999999",
        "../b",
        "b\n",
    ):
        refused("model-not-found", shelf.model, reference)


def test_many_versions_come_back_whole(registry: Registry, model_file: Path) -> None:
    for number in range(103):
        registry.register([model_file], "m", tags={"n": str(number)}, properties={"p": "1"})
    models = registry.models()
    assert [model.version for model in models] == list(range(103, 0, -1))
    assert models[0] == registry.model("m:103")
    assert models[-1] == registry.model("m:1")
    assert [model.version for model in registry.models(tags=["n=50"])] == [51]


def test_update(shelf: Registry, refused: Refused) -> None:
    after = shelf.update(
        "b:2",
        description="best",
        set_tags={"area": "y", "new": "1"},
        remove_tags=["stage", "nothing"],
        add_properties={"q": "2"},
    )
    assert after.description == "best"
    assert after.tags == {"area": "y", "new": "1"}
    assert after.properties == {"run": "1", "q": "2"}
    assert shelf.model("b:2") == after
    assert shelf.update("b:2", description="", remove_tags=["area", "new"]).tags == {}
    assert shelf.model("b:2").description == ""
    assert shelf.update("b:2", set_tags={"t": "1"}, remove_tags=["t"]).tags == {"t": "1"}, "removed first, then set"


def test_properties_are_only_added(shelf: Registry, refused: Refused) -> None:
    error = refused(
        "model-property-immutable", shelf.update, "b:2", add_properties={"run": "1", "x": "2"}, set_tags={"t": "1"}
    )
    assert error.details["keys"] == ["run"]
    assert shelf.model("b:2").properties == {"run": "1"}
    assert "t" not in shelf.model("b:2").tags, "all of an update or nothing"


def test_updates_that_are_refused(shelf: Registry, refused: Refused) -> None:
    refused("model-tags-invalid", shelf.update, "b:2", set_tags={"": "x"})
    refused("model-tags-invalid", shelf.update, "b:2", set_tags={str(n): "" for n in range(256)})
    refused("model-text-invalid", shelf.update, "b:2", description="\0")
    refused("model-not-found", shelf.update, "b:9", description="x")


def test_the_trash(shelf: Registry, refused: Refused) -> None:
    before = time.time()
    deleted = shelf.delete("b:2")
    assert deleted.deleted is not None
    assert before <= deleted.deleted <= time.time()
    assert [model.id for model in shelf.models(name="b")] == ["b:1"]
    assert [model.id for model in shelf.models(name="b", include_deleted=True)] == ["b:2", "b:1"]
    assert shelf.model("b").id == "b:1"
    assert "trash" in refused("model-not-found", shelf.model, "b:2").message
    refused("model-not-found", shelf.delete, "b:2")
    refused("model-not-found", shelf.update, "b:2", description="x")
    shelf.collect_garbage(0)
    assert shelf.restore("b:2").deleted is None
    assert shelf.model("b:2").tags == {"stage": "champion", "area": "x"}
    refused("model-not-deleted", shelf.restore, "b:2")
    refused("model-not-found", shelf.restore, "b:9")
    refused("model-not-found", shelf.restore, "b")
    assert shelf.verify(deep=True) == []


def test_latest_passes_over_the_trash(shelf: Registry) -> None:
    shelf.delete("b:2")
    assert [model.id for model in shelf.models(latest=True)] == ["a:1", "B:1", "b:1"]
    shelf.delete("b:1")
    assert [model.id for model in shelf.models(latest=True)] == ["a:1", "B:1"]
    with pytest.raises(ScoredockError):
        shelf.model("b")


def test_a_model_in_use_stays(shelf: Registry, refused: Refused) -> None:
    _use(shelf, "web", "b", 2)
    _use(shelf, "api", "b", 2)
    assert shelf.used_by() == {"b:2": ["api", "web"]}
    error = refused("model-in-use", shelf.delete, "b:2")
    assert error.details["services"] == ["api", "web"]
    assert "the services api, web" in error.message
    shelf.delete("b:1")


def test_a_model_in_use_is_not_purged_from_the_trash(shelf: Registry) -> None:
    shelf.delete("b:2")
    _use(shelf, "web", "b", 2)
    shelf.collect_garbage(0, trash_seconds=0)
    assert shelf.restore("b:2").id == "b:2"
