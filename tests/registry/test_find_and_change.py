"""Finding versions by reference and filter; changing what may change; the trash."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest
from scoredock.errors import ScoredockError
from scoredock.registry import ModelVersion, Registry
from scoredock.registry.grammar import Reference, parse_reference
from scoredock.registry.models.conditions import query
from scoredock.registry.models.listing import Order
from scoredock.registry.records import ModelSummary, Resources

Refused = Callable[..., ScoredockError]


def as_listed(model: ModelVersion) -> ModelSummary:
    """What a list shows of it."""
    return ModelSummary(**{each.name: getattr(model, each.name) for each in fields(ModelSummary)})


def _use(registry: Registry, service: str, name: str, version: int) -> None:
    """A service with one revision that uses a model, as the ledger writes it."""
    with registry.store.write() as connection:
        connection.execute(
            "INSERT INTO services(name, engine, state, phase, active_revision, last_revision, created, updated)"
            " VALUES(?, 'process', 'Healthy', '', 1, 1, 0, 0)",
            (service,),
        )
        connection.execute("INSERT INTO revisions VALUES(?, 1, '{}', '', '', 0)", (service,))
        connection.execute(
            "INSERT INTO revision_models VALUES(?, 1, 0, ?, ?)",
            (service, name, version),
        )


@pytest.fixture
def shelf(registry: Registry, model_file: Path) -> Registry:
    registry.register([model_file], "b", tags={"stage": "old"})
    registry.register(
        [model_file],
        "b",
        tags={"stage": "champion", "area": "x"},
        properties={"run": "1"},
    )
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
        pytest.param({"tags": ["run"]}, [], id="a property is not a tag"),
        pytest.param({"properties": ["run=1"]}, ["b:2"], id="a property"),
        pytest.param(
            {"properties": ["run"], "tags": ["area=x"]},
            ["b:2"],
            id="a property and a tag",
        ),
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
        "b@",
        "@x",
        "b@1",
        "b@latest",
        "b@a@b",
        "b@a:1",
        "b:1@a",
        "b@ a",
    ):
        refused("model-not-found", shelf.model, reference)
    refused("alias-not-found", shelf.model, "b@champion")


def test_references_are_written_as_they_are_read() -> None:
    for text, expected in (
        ("b", Reference("b")),
        ("b:3", Reference("b", 3)),
        ("b@best one", Reference("b", alias="best one")),
        ("b@Été", Reference("b", alias="Été")),
    ):
        assert parse_reference(text) == expected
        assert str(expected) == text


def test_many_versions_come_back_whole(registry: Registry, model_file: Path) -> None:
    for number in range(103):
        registry.register([model_file], "m", tags={"n": str(number)}, properties={"p": "1"})
    models = registry.models()
    assert [model.version for model in models] == list(range(103, 0, -1))
    assert models[0] == registry.summary("m:103") == as_listed(registry.model("m:103"))
    assert models[-1] == registry.summary("m:1")
    with pytest.raises(FrozenInstanceError):
        models[0].name = "other"  # type: ignore[misc]
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
        "model-property-immutable",
        shelf.update,
        "b:2",
        add_properties={"run": "1", "x": "2"},
        set_tags={"t": "1"},
    )
    assert error.details["keys"] == ["run"]
    assert shelf.model("b:2").properties == {"run": "1"}
    assert "t" not in shelf.model("b:2").tags, "all of an update or nothing"


def test_updates_that_are_refused(shelf: Registry, refused: Refused) -> None:
    refused("model-tags-invalid", shelf.update, "b:2", set_tags={"": "x"})
    refused(
        "model-tags-invalid",
        shelf.update,
        "b:2",
        set_tags={str(n): "" for n in range(256)},
    )
    refused("model-text-invalid", shelf.update, "b:2", description="\0")
    refused("model-not-found", shelf.update, "b:9", description="x")


def test_the_trash(shelf: Registry, refused: Refused) -> None:
    before = time.time()
    deleted = shelf.delete("b:2")
    assert deleted.deleted is not None
    assert before <= deleted.deleted <= time.time()
    assert [model.id for model in shelf.models(name="b")] == ["b:1"]
    assert [model.id for model in shelf.models(name="b", include_deleted=True)] == [
        "b:2",
        "b:1",
    ]
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


# ------------------------------------------------------------------------------------------ trash for ever


def test_purging_is_for_ever(shelf: Registry, refused: Refused) -> None:
    refused("model-not-deleted", shelf.changes.purge, ["b:2"])
    refused("model-not-found", shelf.changes.purge, ["b:9"])
    refused("model-not-found", shelf.changes.purge, ["b"])
    shelf.delete("b:2")
    shelf.delete("b:1")
    refused("model-not-deleted", shelf.changes.purge, ["b:2", "a:1"])
    assert [model.id for model in shelf.page(query(among="trash")).models] == [
        "b:1",
        "b:2",
    ], "all or nothing"
    assert shelf.changes.purge(["b:2"]) == ["b:2"]
    assert not shelf.manifests.path("b", 2).exists()
    refused("model-not-found", shelf.restore, "b:2")
    assert shelf.changes.purge([]) == ["b:1"]
    assert shelf.changes.purge([]) == []
    assert shelf.verify(deep=True) == []
    source = shelf.folder.parent / "source" / "model.pkl"
    assert shelf.register([source], "b").id == "b:3", "numbers are never given again"


def test_a_version_in_use_is_never_purged(shelf: Registry, refused: Refused) -> None:
    shelf.delete("b:2")
    shelf.delete("b:1")
    _use(shelf, "web", "b", 2)
    assert refused("model-in-use", shelf.changes.purge, ["b:1", "b:2"]).details["services"] == ["web"]
    assert shelf.changes.purge([]) == ["b:1"]
    assert shelf.restore("b:2").id == "b:2"


# ------------------------------------------------------------------------------------------ aliases


def test_aliases_point_and_move(shelf: Registry, refused: Refused) -> None:
    assert shelf.changes.alias("b:1", "champion").aliases == ("champion",)
    assert shelf.changes.alias("b", "staging").id == "b:2"
    assert shelf.changes.alias("b@staging", "champion").aliases == (
        "champion",
        "staging",
    )
    assert shelf.model("b@champion").id == "b:2"
    assert shelf.model("b:1").aliases == ()
    shelf.changes.alias("b:2", "champion")
    assert len(shelf.alias_history("b")) == 3, "pointing to where it points already is not a move"
    newest = shelf.alias_history("b")[0]
    assert (newest.alias, newest.version, newest.previous, newest.kind) == (
        "champion",
        2,
        1,
        "move",
    )
    assert newest.changed_by == shelf.model("b:1").created_by
    assert shelf.changes.remove_alias("b", "champion").id == "b:2"
    refused("alias-not-found", shelf.changes.remove_alias, "b", "champion")
    refused("alias-not-found", shelf.changes.remove_alias, "nobody", "champion")
    refused("model-not-found", shelf.changes.alias, "b:9", "x")
    for alias in (
        "",
        "7",
        "latest",
        "LATEST",
        "a@b",
        "a:b",
        "a/b",
        " a",
        "a ",
        "a\nb",
        "\u202e",
        "x" * 65,
        "\ud800",
    ):
        refused("alias-invalid", shelf.changes.alias, "b:1", alias)
    for alias in ("x" * 64, "v1", "best one", "Été", "1.0", "-"):
        assert alias in shelf.changes.alias("b:1", alias).aliases


def test_a_return_undoes_one_move_after_the_other(shelf: Registry, model_file: Path, refused: Refused) -> None:
    shelf.register([model_file], "b")
    for version in (1, 2, 3):
        shelf.changes.alias(f"b:{version}", "champion")

    def back() -> int | None:
        return shelf.changes.return_alias("b", "champion").version

    assert (back(), back()) == (2, 1)
    shelf.changes.alias("b:3", "champion")
    assert (back(), back()) == (1, None)
    refused("alias-not-found", shelf.model, "b@champion")
    refused("alias-not-found", shelf.changes.return_alias, "b", "champion")
    told = [(move.previous, move.version, move.kind) for move in reversed(shelf.alias_history("b"))]
    assert told == [
        (None, 1, "move"),
        (1, 2, "move"),
        (2, 3, "move"),
        (3, 2, "return"),
        (2, 1, "return"),
        (1, 3, "move"),
        (3, 1, "return"),
        (1, None, "return"),
    ]


def test_taking_an_alias_away_can_be_undone(shelf: Registry) -> None:
    shelf.changes.alias("b:1", "champion")
    shelf.changes.remove_alias("b", "champion")
    assert shelf.changes.return_alias("b", "champion").version == 1
    assert shelf.model("b@champion").id == "b:1"


def test_aliases_and_the_trash(shelf: Registry, model_file: Path, refused: Refused) -> None:
    shelf.register([model_file], "b")
    for version in (1, 2, 3):
        shelf.changes.alias(f"b:{version}", "champion")
    assert shelf.delete("b:3").aliases == ("champion",)
    assert "b:3, which is in the trash" in refused("model-not-found", shelf.model, "b@champion").message
    shelf.delete("b:2")
    refused("model-not-found", shelf.changes.return_alias, "b", "champion")
    assert shelf.changes.purge(["b:2"]) == ["b:2"]
    assert shelf.changes.return_alias("b", "champion").version == 1, "what was purged is passed over"
    shelf.restore("b:3")
    shelf.changes.alias("b:3", "champion")
    shelf.delete("b:3")
    assert shelf.changes.purge([]) == ["b:3"]
    refused("alias-not-found", shelf.model, "b@champion")
    gone = shelf.alias_history("b")[0]
    assert (gone.version, gone.previous, gone.kind) == (None, 3, "purge")
    assert shelf.changes.return_alias("b", "champion").version == 1
    assert shelf.verify(deep=True) == []


def test_garbage_collection_takes_aliases_of_what_it_purges(shelf: Registry) -> None:
    shelf.changes.alias("b:2", "champion")
    shelf.delete("b:2")
    shelf.collect_garbage(0, trash_seconds=0)
    assert [(move.version, move.kind) for move in shelf.alias_history("b")] == [
        (None, "purge"),
        (2, "move"),
    ]
    assert shelf.verify(deep=True) == []


# ------------------------------------------------------------------------------------------ favourites, details, change


def test_favourites(shelf: Registry, refused: Refused) -> None:
    shelf.changes.favourite("b", True)
    shelf.changes.favourite("b", True)
    assert [(group.key, group.favourite) for group in shelf.groups(query()).groups] == [
        ("b", True),
        ("a", False),
        ("B", False),
    ]
    assert [model.id for model in shelf.models(favourites=True)] == ["b:2", "b:1"]
    shelf.changes.favourite("b", False)
    assert shelf.models(favourites=True) == []
    refused("model-not-found", shelf.changes.favourite, "c", True)
    refused("model-not-found", shelf.changes.favourite, "a/b", True)


@pytest.mark.parametrize("order", ["name", "newest", "largest"])
def test_what_lacks_the_tag_or_framework_comes_last(shelf: Registry, model_file: Path, order: Order) -> None:
    shelf.register([model_file], "c", framework="Onnx", tags={"stage": "new"})
    by_tag = shelf.groups(query(), by="tag", tag="stage", order=order).groups
    assert [group.key for group in by_tag][-1] == ""
    assert len(by_tag) == 4
    by_framework = shelf.groups(query(), by="framework", order=order).groups
    assert [group.key for group in by_framework] == ["Onnx", ""]


def test_resources_and_samples_change(shelf: Registry, refused: Refused) -> None:
    after = shelf.update("b:2", resources=Resources(cpu=0.5, gpu=1))
    assert after.metadata.resources == Resources(cpu=0.5, gpu=1)
    assert shelf.update("b:2", description="x").metadata.resources == Resources(cpu=0.5, gpu=1)
    assert shelf.update("b:2", resources=Resources()).metadata.resources == Resources()
    for wrong in (
        Resources(cpu=0),
        Resources(memory_in_gb=float("nan")),
        Resources(gpu=-1),
        Resources(cpu=float("inf")),
    ):
        refused("model-resources-invalid", shelf.update, "b:2", resources=wrong)
    refused(
        "asset-not-found",
        shelf.update,
        "b:2",
        sample_input_dataset="none:1",
        description="y",
    )
    assert shelf.model("b:2").description == "x", "all of an update or nothing"
    assert shelf.update("b:2", sample_input_dataset="").metadata.sample_input_dataset == ""


def test_everything_that_lists_show_moves_the_topic(shelf: Registry) -> None:
    def moves(change: Callable[[], object]) -> bool:
        before = shelf.store.changes()
        change()
        after = shelf.store.changes()
        assert after["assets"] == before["assets"]
        return after["models"] != before["models"]

    for change in (
        lambda: shelf.update("b:2", set_tags={"x": "1"}),
        lambda: shelf.update("b:2", remove_tags=["x"]),
        lambda: shelf.update("b:2", description="x"),
        lambda: shelf.changes.alias("b:2", "champion"),
        lambda: shelf.changes.return_alias("b", "champion"),
        lambda: shelf.changes.favourite("b", True),
        lambda: shelf.changes.favourite("b", False),
        lambda: shelf.delete("b:2"),
        lambda: shelf.restore("b:2"),
        lambda: shelf.delete("b:1"),
        lambda: shelf.changes.purge([]),
        lambda: _use(shelf, "web", "b", 2),
    ):
        assert moves(change)
    assert not moves(lambda: shelf.groups(query()))


def test_files_by_page(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    folder = tmp_path / "net"
    (folder / "empty").mkdir(parents=True)
    for number in range(5):
        (folder / f"{number}.bin").write_bytes(bytes(number))
    model = registry.register([folder], "net")
    files, total = registry.files(model)
    assert [file.path for file in files] == [
        *(f"net/{number}.bin" for number in range(5)),
        "net/empty/",
    ]
    assert (files[3].size, files[5].size, files[5].sha256, total) == (3, 0, "", 6)
    assert registry.files(model, offset=4, limit=1)[0] == files[4:5]
    assert registry.file(model, "net/2.bin").size == 2
    refused("model-file-missing", registry.file, model, "net/empty/")
    refused("model-file-missing", registry.file, model, "../net/2.bin")
