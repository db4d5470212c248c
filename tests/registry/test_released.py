"""What was written before stays readable: the store of every release opens and loses nothing, manifests hold every
field."""

from __future__ import annotations

import dataclasses
import sqlite3
import tarfile
from pathlib import Path
from typing import Any

import pytest
from scoredock.registry import Registry
from scoredock.registry.blobs.hashing import version_digest
from scoredock.registry.manifests import forms as manifest_forms
from scoredock.registry.records import (
    AssetRecord,
    ModelFile,
    ModelMetadata,
    ModelVersion,
    PickleFindings,
    Resources,
    RunSource,
    SourceControl,
    Tensor,
)
from scoredock.registry.store.schema import MIGRATIONS
from scoredock.registry.upkeep.rebuild import is_lost
from scoredock.registry.upkeep.repair import RepairReport, repair
from scoredock.services.lifecycle.adoption import adopt

from registry.histories import everything

STORES = Path(__file__).parent / "stores"


def put_right(workspace: Path) -> RepairReport:
    return repair(workspace, adopt=adopt)


# ------------------------------------------------------------------------------------------------ released stores


def test_every_released_store_has_its_fixture() -> None:
    """Who appends a migration adds the store of the release before: it must open for ever."""
    released = [f"version-{number}.tar.gz" for number in range(1, len(MIGRATIONS))]
    assert sorted(path.name for path in STORES.iterdir() if path.name.startswith("version-")) == sorted(released)


@pytest.fixture(params=range(1, len(MIGRATIONS)))
def released(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    with tarfile.open(STORES / f"version-{request.param}.tar.gz") as archive:
        for member in archive:
            assert member.isreg() or member.isdir()
            archive.extract(member, tmp_path / "released")
    for path in (tmp_path / "released").rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return next(path.parent for path in (tmp_path / "released").rglob("store.sqlite3"))


def test_a_released_store_loses_nothing(released: Path) -> None:
    raw = sqlite3.connect(released / "store.sqlite3")
    versions = raw.execute(
        "SELECT name, version, description, framework, created, deleted FROM model_versions ORDER BY 1, 2"
    ).fetchall()
    labels = raw.execute("SELECT name, version, kind, key, value FROM model_labels ORDER BY 1, 2, 3, 4").fetchall()
    files = raw.execute("SELECT name, version, path, size, sha256 FROM model_files ORDER BY 1, 2, 3").fetchall()
    services = raw.execute("SELECT name, state FROM services").fetchall()
    raw.close()
    assert versions
    registry = Registry(released)
    assert registry.verify(deep=True) == []

    def told(found: Registry) -> tuple[Any, ...]:
        seen = everything(found)
        models = sorted(seen["models"], key=lambda model: (model.name, model.version))
        with found.store.read() as connection:
            kept = [tuple(row) for row in connection.execute("SELECT name, state FROM services")]
        return (
            [(m.name, m.version, m.description, m.framework, m.created, m.deleted) for m in models],
            sorted(
                (m.name, m.version, kind, key, value)
                for m in models
                for kind, pairs in (("tag", m.tags), ("property", m.properties))
                for key, value in pairs.items()
            ),
            sorted((m.name, m.version, f.path, f.size, f.sha256) for m in models for f in m.files),
            kept,
            seen["names"],
        )

    after = told(registry)
    assert after[:4] == (versions, labels, files, services)
    assert all(model.digest and model.file_count for model in registry.models(include_deleted=True))
    registry.store.close()
    with registry.store.path.open("r+b") as stream:
        # The manifests are not of today's format yet, so what can be read of the old store is taken: here, the root of
        # an index is damaged, and all tables can be.
        stream.seek(_root_of(registry.store.path, "model_labels_by_key"))
        stream.write(b"\xff" * 8)
    assert is_lost(released)
    assert put_right(released).problems == []
    assert told(Registry(released)) == after


@pytest.mark.parametrize("released", [2], indirect=True)
def test_versions_that_may_bring_code_along_are_looked_into_anew(released: Path) -> None:
    registry = Registry(released)

    def states() -> dict[str, str]:
        return {model.id: model.pickle for model in registry.models(include_deleted=True)}

    assert states() == {
        "plain:1": "known",
        "plain:2": "known",
        "evil:1": "bad",
        "chain:1": "unread",
        "ridge:1": "unread",
        "gone:1": "none",
    }
    assert registry.scan_unread() == 2
    after = states()
    assert (after["chain:1"], after["ridge:1"]) == ("code", "none")
    assert registry.verify(deep=True) == []


def _root_of(path: Path, name: str) -> int:
    """Where the first page of a table or index begins."""
    connection = sqlite3.connect(path)
    page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()[0]
    size = connection.execute("PRAGMA page_size").fetchone()[0]
    connection.close()
    return int((page - 1) * size)


def test_manifests_of_the_first_format_are_brought_up_to_date(released: Path) -> None:
    registry = Registry(released)
    before = everything(registry)
    registry.collect_garbage()
    assert _asked(registry, "SELECT key FROM meta WHERE key LIKE 'manifest-%'") == []
    assert registry.verify(deep=True) == []
    registry.store.path.unlink()
    assert put_right(released).problems == []
    assert everything(Registry(released)) == before


def _asked(registry: Registry, query: str) -> list[Any]:
    with registry.store.read() as connection:
        return [tuple(row) for row in connection.execute(query)]


# ------------------------------------------------------------------------------------------------ the form of manifests

FILES = (ModelFile("net/a", 3, "0" * 64), ModelFile("net/ä\u202e", 0, "f" * 64))
FULL = ModelVersion(
    name="m.1",
    version=7,
    description="d\n",
    tags={"t": ""},
    properties={"p": "v"},
    framework="Onnx",
    framework_version="1",
    created=12.5,
    created_by="me",
    is_folder=True,
    size=3,
    file_count=2,
    digest=version_digest(FILES, ("net/empty",)),
    aliases=(),
    run_id="r",
    experiment="e",
    pickle="bad",
    deleted=13.0,
    files=FILES,
    folders=("net/empty",),
    metadata=ModelMetadata(
        resources=Resources(1.0, 2.0, 3),
        sample_input_dataset="d:1",
        sample_output_dataset="d:2",
        datasets=(("s", "d:3"),),
        run=RunSource("/s", "e", "r", "n"),
        source=SourceControl("c", "b", True),
        recognised="why",
        inputs=(Tensor("i", "float", "[N]"),),
        outputs=(Tensor("o", "int", ""),),
        pickle=PickleFindings(("u.u",), ("b.b",), ("n",)),
    ),
    consent='{"by": "me"}',
)
ASSET = AssetRecord("image", "i", 2, "d", {"t": "x"}, 1.0, "me", {"a": [1, None]}, (FILES[0],), 2.0)


def test_a_manifest_holds_every_field_of_a_record() -> None:
    """A field that is added to the record and not to the manifest would be lost with the store."""
    for record in (FULL, ASSET):
        empty = {"aliases"}
        for field in dataclasses.fields(record):
            value = getattr(record, field.name)
            assert field.name in empty or value not in ("", None, (), {}, False), f"give {field.name} a value here"
        assert manifest_forms.version_from_json(manifest_forms.version_to_json(record, 4)).record == record
    metadata = FULL.metadata
    assert all(getattr(metadata, field.name) for field in dataclasses.fields(metadata))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        '{"format": 0}',
        '{"format": "2"}',
        '{"format": 2, "kind": "x"}',
        "[" * 100_000,
        manifest_forms.version_to_json(FULL, 1).replace('"name": "m.1"', '"name": "../m"'),
        manifest_forms.version_to_json(FULL, 1).replace('"version": 7', '"version": 0'),
        manifest_forms.version_to_json(FULL, 1).replace('"version": 7', '"version": true'),
        manifest_forms.version_to_json(FULL, 1).replace('"size": 3', '"size": -3'),
        manifest_forms.version_to_json(FULL, 1).replace("0" * 64, "0" * 63 + "/"),
        manifest_forms.version_to_json(FULL, 1).replace("net/a", "net/b"),
        manifest_forms.version_to_json(FULL, 1).replace("12.5", "NaN"),
        manifest_forms.version_to_json(FULL, 1).replace('"me"', '"\\ud800"'),
        manifest_forms.version_to_json(FULL, 1).replace('"net/empty"', "7"),
        manifest_forms.version_to_json(FULL, 1)
        .replace('"resources"', '"resourced"')
        .replace('"pickle": {', '"pickle": {"x": [],'),
    ],
)
def test_what_is_no_manifest_is_refused_as_such(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (any of them is one to the readers)
        manifest_forms.version_from_json(text)
    with pytest.raises(ValueError):  # noqa: PT011
        manifest_forms.name_from_json(text)
