"""The registry does what a plain dictionary would, whatever the order of the verbs."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from scoredock.errors import ScoredockError
from scoredock.registry import ModelVersion, Registry
from scoredock.registry.models.conditions import query
from scoredock.registry.store import rows

from depth import rounds

NAMES = st.sampled_from(["a", "A", "model.v1"])
CONTENTS = st.sampled_from([b"", b"one", b"two" * 1000])
KEYS = st.sampled_from(["stage", "area"])
VALUES = st.sampled_from(["", "x", "y=z"])
ALIASES = st.sampled_from(["champion", "Été"])
LABELS = st.dictionaries(KEYS, VALUES, max_size=2)


@dataclass
class Known:
    """A version as the dictionary has it."""

    content: bytes
    tags: dict[str, str]
    properties: dict[str, str]
    deleted: bool = False


@dataclass
class Shelf:
    """The whole expected state."""

    versions: dict[tuple[str, int], Known] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)
    aliases: dict[tuple[str, str], int] = field(default_factory=dict)
    earlier: dict[tuple[str, str], list[int | None]] = field(default_factory=dict)
    """Where an alias pointed before each move that was not undone."""
    favourites: set[str] = field(default_factory=set)

    def purge(self, keys: set[tuple[str, int]]) -> None:
        self.versions = {key: known for key, known in self.versions.items() if key not in keys}
        self.aliases = {alias: version for alias, version in self.aliases.items() if (alias[0], version) not in keys}

    def live(self) -> list[tuple[str, int]]:
        return sorted(key for key, known in self.versions.items() if not known.deleted)


def model_id(key: tuple[str, int]) -> str:
    return f"{key[0]}:{key[1]}"


def _meets(labels: dict[str, str], wanted: list[str]) -> bool:
    for item in wanted:
        key, equals, value = item.partition("=")
        if key not in labels or (equals and labels[key] != value):
            return False
    return True


def _refusal(call: Callable[[], object]) -> str:
    """The code of the error, or empty when there was none."""
    try:
        call()
    except ScoredockError as error:
        return error.code
    return ""


class Registrations(RuleBasedStateMachine):
    """Runs the same verbs on both."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="scoredock-test-"))
        self.registry = Registry(self.folder / "workspace")
        self.shelf = Shelf()

    def teardown(self) -> None:
        self.registry.store.close()
        shutil.rmtree(self.folder)

    def _pick(self, data: st.DataObject) -> tuple[str, int]:
        return data.draw(st.sampled_from(sorted(self.shelf.versions)))

    @rule(name=NAMES, content=CONTENTS, tags=LABELS, properties=LABELS)
    def register(
        self,
        name: str,
        content: bytes,
        tags: dict[str, str],
        properties: dict[str, str],
    ) -> None:
        source = self.folder / "weights.bin"
        source.write_bytes(content)
        model = self.registry.register([source], name, tags=tags, properties=properties)
        self.shelf.last[name] = self.shelf.last.get(name, 0) + 1
        assert model.version == self.shelf.last[name]
        self.shelf.versions[name, model.version] = Known(content, dict(tags), dict(properties))

    @precondition(lambda self: self.shelf.versions)
    @rule(data=st.data(), set_tags=LABELS, remove=st.lists(KEYS, max_size=2), add=LABELS)
    def update(
        self,
        data: st.DataObject,
        set_tags: dict[str, str],
        remove: list[str],
        add: dict[str, str],
    ) -> None:
        name, version = self._pick(data)
        known = self.shelf.versions[name, version]
        id = f"{name}:{version}"
        code = _refusal(lambda: self.registry.update(id, set_tags=set_tags, remove_tags=remove, add_properties=add))
        clash = bool(add.keys() & known.properties.keys())
        assert code == ("model-not-found" if known.deleted else "model-property-immutable" if clash else "")
        if code:
            return
        known.tags = {key: value for key, value in known.tags.items() if key not in remove} | set_tags
        known.properties |= add

    @precondition(lambda self: self.shelf.versions)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        name, version = self._pick(data)
        known = self.shelf.versions[name, version]
        assert _refusal(lambda: self.registry.delete(f"{name}:{version}")) == (
            "model-not-found" if known.deleted else ""
        )
        known.deleted = True

    @precondition(lambda self: self.shelf.versions)
    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        name, version = self._pick(data)
        known = self.shelf.versions[name, version]
        expected = "" if known.deleted else "model-not-deleted"
        assert _refusal(lambda: self.registry.restore(f"{name}:{version}")) == expected
        known.deleted = False

    @precondition(lambda self: self.shelf.versions)
    @rule(data=st.data())
    def purge(self, data: st.DataObject) -> None:
        key = self._pick(data)
        code = _refusal(lambda: self.registry.changes.purge([f"{key[0]}:{key[1]}"]))
        assert code == ("" if self.shelf.versions[key].deleted else "model-not-deleted")
        if not code:
            self.shelf.purge({key})

    @precondition(lambda self: self.shelf.versions)
    @rule(data=st.data(), alias=ALIASES)
    def point(self, data: st.DataObject, alias: str) -> None:
        name, version = self._pick(data)
        code = _refusal(lambda: self.registry.changes.alias(f"{name}:{version}", alias))
        assert code == ("model-not-found" if self.shelf.versions[name, version].deleted else "")
        before = self.shelf.aliases.get((name, alias))
        if not code and before != version:
            self.shelf.aliases[name, alias] = version
            self.shelf.earlier.setdefault((name, alias), []).append(before)

    @rule(name=NAMES, alias=ALIASES)
    def take_away(self, name: str, alias: str) -> None:
        before = self.shelf.aliases.pop((name, alias), None)
        assert _refusal(lambda: self.registry.changes.remove_alias(name, alias)) == (
            "alias-not-found" if before is None else ""
        )
        if before is not None:
            self.shelf.earlier.setdefault((name, alias), []).append(before)

    @rule(name=NAMES, alias=ALIASES)
    def undo(self, name: str, alias: str) -> None:
        earlier = list(self.shelf.earlier.get((name, alias), ()))
        while earlier and earlier[-1] is not None and (name, earlier[-1]) not in self.shelf.versions:
            earlier.pop()
        trashed = bool(earlier) and earlier[-1] is not None and self.shelf.versions[name, earlier[-1]].deleted
        code = _refusal(lambda: self.registry.changes.return_alias(name, alias))
        assert code == ("alias-not-found" if not earlier else "model-not-found" if trashed else "")
        if code:
            return
        version = earlier.pop()
        self.shelf.earlier[name, alias] = earlier
        self.shelf.aliases.pop((name, alias), None)
        if version is not None:
            self.shelf.aliases[name, alias] = version

    @rule(name=NAMES, favourite=st.booleans())
    def favour(self, name: str, favourite: bool) -> None:
        code = _refusal(lambda: self.registry.changes.favourite(name, favourite))
        assert code == ("" if name in self.shelf.last else "model-not-found")
        if not code:
            (self.shelf.favourites.add if favourite else self.shelf.favourites.discard)(name)

    @rule(purge=st.booleans())
    def collect(self, purge: bool) -> None:
        self.registry.collect_garbage(0, trash_seconds=0 if purge else 3600)
        if purge:
            self.shelf.purge({key for key, known in self.shelf.versions.items() if known.deleted})
        blobs = {path.name for path in self.registry.blobs.all()}
        assert len(blobs) == len({known.content for known in self.shelf.versions.values()})

    @rule()
    def reopen(self) -> None:
        self.registry.store.close()
        self.registry = Registry(self.folder / "workspace")

    @rule(
        name=st.one_of(st.just(""), NAMES),
        filters=st.lists(st.sampled_from(["stage", "area=x", "stage=y=z", "area="]), max_size=2),
        latest=st.booleans(),
        kind=st.sampled_from(["tags", "properties"]),
    )
    def find(self, name: str, filters: list[str], latest: bool, kind: str) -> None:
        live = self.shelf.live()
        newest = {n: max(v for m, v in live if m == n) for n, _ in live}
        expected = {
            key
            for key in live
            if name in ("", key[0])
            and (not latest or newest[key[0]] == key[1])
            and _meets(getattr(self.shelf.versions[key], kind), filters)
        }
        found = self.registry.models(name=name, latest=latest, **{kind: filters})
        assert {(model.name, model.version) for model in found} == expected
        assert len(found) == len(expected)

    @invariant()
    def same(self) -> None:
        found = {(model.name, model.version): model for model in self.registry.models(include_deleted=True)}
        assert found.keys() == self.shelf.versions.keys()
        for key, known in self.shelf.versions.items():
            model = self.registry.model(model_id(key)) if not known.deleted else self._trashed(key)
            assert found[key].aliases == model.aliases
            assert set(model.aliases) == {
                alias for (name, alias), version in self.shelf.aliases.items() if (name, version) == key
            }
            assert (model.tags, model.properties) == (known.tags, known.properties)
            assert (model.deleted is not None) == known.deleted
            assert self.registry.blob(model.files[0].sha256).read_bytes() == known.content
        groups = self.registry.groups(query()).groups
        assert {group.key for group in groups if group.favourite} == self.shelf.favourites & {
            n for n, _ in self.shelf.live()
        }
        assert {group.key: group.versions for group in groups} == Counter(name for name, _ in self.shelf.live())
        assert self.registry.verify(deep=True) == []

    def _trashed(self, key: tuple[str, int]) -> ModelVersion:
        with self.registry.store.read() as connection:
            found = rows.version(connection, *key)
        assert found is not None
        return found


TestRegistrations = Registrations.TestCase
TestRegistrations.settings = settings(
    max_examples=rounds(gate=3, long=100),
    stateful_step_count=25,
    suppress_health_check=list(HealthCheck),
)
