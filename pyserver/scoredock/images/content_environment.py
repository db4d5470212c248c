"""The layers of an environment as content: nothing runs, and equal inputs make equal bytes on every machine."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, BinaryIO

from scoredock import l10n
from scoredock.containers.image_calls import KEY, ROLE
from scoredock.data_folder import make_private
from scoredock.environments.licences import licences_in, licences_to_json
from scoredock.environments.pip.locks import without_credentials
from scoredock.environments.pip.wheelhouse import RuntimeSource
from scoredock.environments.spark import JAVA_MODULE, brings_java
from scoredock.images import runtime_layer
from scoredock.images.built import BASE, DESCRIPTION, LOCK, NAME, PREFIX, PYTHON, interpreter_in
from scoredock.images.contents import (
    Bench,
    PackagesPlan,
    ServerPlan,
    library,
    packages_members,
    plan_packages,
    plan_server,
    runtime_members,
)
from scoredock.images.members import LayerMember, stream_with_progress, with_folders
from scoredock.late_dataclass import dataclass
from scoredock.oci.content_store import ContentStore
from scoredock.oci.layers import Compression, LayerRecords, StoredLayer, make_layer
from scoredock.progress import CancelToken, Progress
from scoredock.temporary.folders import TemporaryFolder

_FORM = 2
"""Raised when the same inputs come to give other layers."""


@dataclass(frozen=True, slots=True)
class Layers:
    """Stores in which layers are made, and kept for the next image that has them."""

    store: ContentStore
    records: LayerRecords
    scratch: Path
    """Folder for what is unpacked on the way."""
    compression: Compression
    progress: Progress
    cancel: CancelToken

    def layer(self, parts: object, step: str, members: Callable[[Path], list[LayerMember]]) -> StoredLayer:
        """The layer whose content follows from `parts`, which is JSON: kept, else made. `members` unpacks what is in it
        below a folder. Raises what `members` raises, ScoredockError `disk-full`, `cancelled`.
        """
        key = json.dumps([_FORM, self.compression, parts], sort_keys=True)

        def make() -> StoredLayer:
            make_private(self.scratch)
            with TemporaryFolder("layer", self.scratch) as folder:
                return self.written(step, members(folder))

        return self.records.ensure(key, self.store, make, self.progress, self.cancel)

    def written(self, step: str, members: list[LayerMember]) -> StoredLayer:
        """A layer of these members, with every folder above them. Raises as `layer`."""
        blocks = stream_with_progress(with_folders(members), step, self.progress, self.cancel)
        return make_layer(blocks, self.store, self.compression)


class NotMadeYet(Exception):
    """A layer that nobody has kept."""


class _BesideStore(ContentStore):
    """Has what another store has, and takes what is new into a folder of its own."""

    def __init__(self, root: Path, other: ContentStore) -> None:
        super().__init__(root)
        self._other = other

    def open(self, digest: str) -> BinaryIO:
        try:
            return super().open(digest)
        except FileNotFoundError:
            return self._other.open(digest)


@dataclass(frozen=True, slots=True)
class KeptLayers(Layers):
    """The layers that were made before, and none besides. What an image has of its own, the code and its documents,
    lasts as long as whoever looks."""

    @classmethod
    def of(cls, layers: Layers, folder: Path) -> KeptLayers:
        """Same stores as `layers`, but what is new goes below `folder`."""
        store = _BesideStore(folder, layers.store)
        return cls(store, layers.records, layers.scratch, layers.compression, layers.progress, layers.cancel)

    def layer(self, parts: object, step: str, members: Callable[[Path], list[LayerMember]]) -> StoredLayer:  # noqa: ARG002 (nothing is made)
        """Raises NotMadeYet."""
        layer = self.records.get(json.dumps([_FORM, self.compression, parts], sort_keys=True), self.store)
        if layer is None:
            raise NotMadeYet
        return layer


@dataclass(frozen=True, slots=True)
class EnvironmentContent:
    """An environment with the scoring runtime, as the upper layers of an image."""

    layers: tuple[tuple[StoredLayer, str], ...]
    """Each with what it holds, a word for the image's history."""
    key: str
    """The same for the same packages and runtime; 24 hex digits."""
    configuration: Mapping[str, Any]
    """How a container of it starts, in the words of the image's configuration."""
    python: str
    """Path of the interpreter of the scoring runtime."""
    script_python: str
    """Path of the interpreter of the script's own process; empty where the script runs in the runtime's."""
    base: str
    """What the image below is called."""
    lock: str
    """Its packages with the hashes of their files."""
    licences: Mapping[str, str] = field(default_factory=dict)
    """By package."""


@dataclass(frozen=True, slots=True)
class EnvironmentPlan:
    """Plan of an environment, before anything of it is unpacked."""

    packages: PackagesPlan
    server: ServerPlan
    runtime: RuntimeSource
    wheel: Path
    """Of the runtime."""


def plan_environment(bench: Bench, runtime: RuntimeSource, wheel: Path) -> EnvironmentPlan:
    """Solves and resolves. Raises what `plan_packages` and `plan_server` raise."""
    packages = plan_packages(bench, runtime, wheel)
    return EnvironmentPlan(packages, plan_server(bench, packages.target, runtime, wheel), runtime, wheel)


def environment_content(bench: Bench, planned: EnvironmentPlan, base: str, layers: Layers) -> EnvironmentContent:
    """Unpacks and writes what is not kept yet. `base` is what the image below is called.

    Raises ScoredockError `environment-build-failed` for packages without a wheel, `disk-full`, `cancelled`.
    """
    plan, server = planned.packages, planned.server
    notes = _Notes(layers.scratch)
    packages = layers.layer(
        ["packages", *plan.parts],
        l10n.t("Writing a layer of {count} packages", count=len(plan.locked.lines)),
        lambda folder: _installed(bench, plan, notes, folder),
    )
    around = bench.base.around
    upper = layers.layer(
        ["runtime", planned.runtime.digest, plan.target.minor, server.prefix, server.key, around.passwd, around.group],
        l10n.t("Writing a layer with the scoring runtime"),
        lambda folder: runtime_members(bench, server, planned.wheel, folder),
    )
    key = hashlib.sha256(f"{packages.diff_id}\0{upper.diff_id}".encode()).hexdigest()[:24]
    labels = {
        ROLE: "environment",
        KEY: key,
        NAME: bench.spec.display_name,
        PYTHON: plan.target.python,
        BASE: base,
        LOCK: plan.lock_digest,
        DESCRIPTION: f"Environment of Scoredock services: {bench.spec.display_name}, Python {plan.target.python}"
        f" on {base}",
        **server.labels,
    }
    modules = f"{library(plan.target)}/site-packages"
    java = f"{modules}/{JAVA_MODULE}" if brings_java(bench.spec.requirements) else ""
    return EnvironmentContent(
        layers=((packages, "packages"), (upper, "runtime")),
        key=key,
        configuration=runtime_layer.configuration(bench.base, labels, java, server.prefix),
        python=interpreter_in(server.prefix),
        script_python=_script_python(server),
        base=base,
        lock=_lock(plan, server),
        licences=notes.read(plan.lock_digest),
    )


def _script_python(server: ServerPlan) -> str:
    return interpreter_in(PREFIX) if server.locked is not None else ""


def _lock(plan: PackagesPlan, server: ServerPlan) -> str:
    """The packages of both environments, as they may be shown."""
    beside = server.locked.hashed if server.locked is not None else ""
    return without_credentials(plan.locked.hashed) + without_credentials(beside)


class _Notes:
    """Licences of packages, kept beside the layers: they are read while the packages are unpacked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "licences"

    def write(self, lock_digest: str, licences: Mapping[str, str]) -> None:
        make_private(self._folder)
        temporary = self._folder / f".{lock_digest}.{os.getpid()}"
        temporary.touch(mode=0o600)
        temporary.write_text(licences_to_json(dict(licences)), "utf-8")
        temporary.replace(self._folder / f"{lock_digest}.json")

    def read(self, lock_digest: str) -> dict[str, str]:
        """Empty where nothing is kept: the bill of materials then names no licences."""
        from scoredock.environments.licences import licences_from_json

        try:
            return licences_from_json((self._folder / f"{lock_digest}.json").read_text("utf-8"))
        except OSError:
            return {}


def _installed(bench: Bench, plan: PackagesPlan, notes: _Notes, folder: Path) -> list[LayerMember]:
    bench.progress.report(
        l10n.t(
            "Installing {count} packages into an image based on {image}",
            count=len(plan.locked.lines),
            image=bench.base.reference,
        )
    )
    members = packages_members(bench, plan, folder)
    notes.write(plan.lock_digest, licences_in(folder / "modules"))
    return members
