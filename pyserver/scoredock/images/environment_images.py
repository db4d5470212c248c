"""Images with an environment and the scoring runtime: base → environment → runtime, each layer made once."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import psutil

from scoredock.containers.connection import Docker, connect
from scoredock.containers.image_calls import Login, containers_of, discard, look
from scoredock.containers.layer import Layer, unfinished
from scoredock.containers.settings import DockerSettings
from scoredock.data_folder import make_private
from scoredock.environments.pip.local_packages import LOCAL, local_fingerprint, local_marks
from scoredock.environments.pip.wheelhouse import RuntimeSource, runtime_source
from scoredock.environments.python.interpreters import own_interpreter
from scoredock.environments.settings import EnvironmentSettings
from scoredock.environments.spec import EnvironmentSpec
from scoredock.environments.trial import PROGRAM, Trouble, trouble_in
from scoredock.errors import ScoredockError
from scoredock.images import listing
from scoredock.images.base_images import (
    DEFAULT,
    VERSIONS,
    dockerfile_context_of,
    find_base,
    looked_at,
    reference_for,
    source_folder,
    with_steps,
)
from scoredock.images.built import ENVIRONMENT_REPOSITORY, BuiltImage, built_image
from scoredock.images.content_environment import Layers, environment_content, plan_environment
from scoredock.images.contents import Bench
from scoredock.images.daemon_store import DaemonEnvironment, DaemonStore
from scoredock.images.layers import environment_image
from scoredock.images.members import LayerMember, stream
from scoredock.images.old_python import with_conda_python
from scoredock.images.pythons import look_around
from scoredock.images.solutions import Solutions
from scoredock.images.steps import steps_context
from scoredock.images.wheels import uv_platform
from scoredock.late_dataclass import dataclass
from scoredock.oci.content_store import ContentStore
from scoredock.oci.layers import Compression, LayerRecords
from scoredock.progress import CancelToken, Progress, Silent

IMAGES = "images"
"""Folder of a workspace for all this."""
CONTENT = "content"
"""Folder of the layers in it."""
_WISHES, _LOCKS, _WHEELS, _BASES, _SOLUTIONS = "wishes", "locks", "wheels", "bases", "solutions"
_DESCRIPTIVE_FIELDS = ("display_name", "notes", "provided")
"""Of a specification: for people only. A service that is started again does not keep all of it."""
_TRIAL_FOLDER = "tmp/scoredock-trial"


@dataclass(frozen=True, slots=True)
class EnvironmentImages:
    """Makes them, finds them again, and clears them away. Needs a daemon only when asked for something."""

    root: Path
    """Folder for locks, wheels that were built, and what is remembered."""
    settings: EnvironmentSettings
    docker: DockerSettings
    base_image: str = ""
    """Setting `scoredock.docker.baseImage`; empty takes its default."""
    files: Path | None = None
    """Where files of packages of this machine are kept, when not in `root`."""

    @property
    def local_files(self) -> Path:
        """Folder of the files of packages that lie on this machine."""
        return self.files or self.root / _WHEELS / LOCAL

    @property
    def locks(self) -> Path:
        """Folder of the locks of all that is built here."""
        return self.root / _LOCKS

    @property
    def solutions(self) -> Path:
        """Folder of which packages were chosen."""
        return self.root / _SOLUTIONS

    def layers(self, progress: Progress, cancel: CancelToken, compression: Compression = "gzip") -> Layers:
        """Stores of layers of content, for images of the daemon and for those without one."""
        store, records = ContentStore(self.root / CONTENT), LayerRecords(self.root / "layers")
        return Layers(store, records, self.root / "unpacked", compression, progress, cancel)

    def prepare(
        self,
        spec: EnvironmentSpec,
        progress: Progress,
        cancel: CancelToken,
        login: Login | None = None,
        *,
        rebuild: bool = False,
    ) -> BuiltImage:
        """The image of an environment: found, else built. `login` is for the registry of its base image.

        `rebuild` asks the index again, so that newer releases come in where the pins allow them; what services run with
        is another image then and stays.

        Raises ScoredockError `docker-unavailable`, what `base_images` and `wheels` raise for base and packages,
        `environment-build-failed`, `disk-full`, `cancelled`, and OSError when `root` cannot be written. Nothing
        half-made is left then.
        """
        runtime = runtime_source()
        docker = connect(self.docker)
        if not rebuild and (found := self._remembered(docker, spec, runtime)):
            return found
        bench, reference, first = self._bench(docker, spec, login, progress, cancel, renew=rebuild)
        planned = plan_environment(bench, runtime, runtime.wheel(self.wheels_folder(), progress, cancel))
        built = environment_image(docker, bench, planned, self.layers(progress, cancel))
        self._remember(docker, spec, runtime, built.key, reference, str(first["Id"]))
        return built

    @contextlib.contextmanager
    def content(self, spec: EnvironmentSpec, layers: Layers, login: Login | None = None) -> Iterator[DaemonEnvironment]:
        """An environment as layers of content, on its base image in the daemon. Raises as `prepare`."""
        runtime, progress, cancel = runtime_source(), layers.progress, layers.cancel
        docker = connect(self.docker)
        bench, reference, _ = self._bench(docker, spec, login, progress, cancel, renew=False)
        planned = plan_environment(bench, runtime, runtime.wheel(self.wheels_folder(), progress, cancel))
        store = DaemonStore(docker, layers)
        with store.base(bench.base) as base:
            yield DaemonEnvironment(environment_content(bench, planned, reference, layers), base, store)

    def _bench(
        self,
        docker: Docker,
        spec: EnvironmentSpec,
        login: Login | None,
        progress: Progress,
        cancel: CancelToken,
        *,
        renew: bool,
    ) -> tuple[Bench, str, Mapping[str, Any]]:
        """All that making its layers needs; the name of its base image, and what the daemon says of that."""
        for note in spec.notes:
            progress.report(note)
        reference, first = find_base(docker, spec, self.base_image, login, progress, cancel)
        image = with_steps(docker, reference, first, spec, progress, cancel, login)
        base = looked_at(docker, reference, image, spec, self.root / _BASES, cancel)
        places = (self.locks, self.root / _WHEELS, self.local_files, Solutions(self.solutions, renew))
        solved = with_conda_python(spec) if base.lacks else spec
        bench = Bench(docker, docker.platform, base, solved, self.settings, *places, progress, cancel)
        return bench, reference, first

    def pythons(self, spec: EnvironmentSpec, progress: Progress, cancel: CancelToken) -> tuple[tuple[str, ...], str]:
        """The Pythons that an environment may choose from, and the platform of their wheels as uv writes it: those of
        its base image, or of all tags of the default one. Raises what `base_images.find_base` and `looked_at` raise."""
        docker = connect(self.docker)
        named = spec.image.base_image or spec.image.base_dockerfile
        if not named and "{version}" in (self.base_image or DEFAULT):
            machine = "aarch64" if docker.platform.endswith("arm64") else "x86_64"
            return VERSIONS, f"{machine}-manylinux_2_28"
        reference, first = find_base(docker, spec, self.base_image, None, progress, cancel)
        around = look_around(docker, first, reference, (), self.root / _BASES, cancel)
        platforms = {uv_platform(each.libc, each.machine) for each in around.pythons}
        return tuple(each.version for each in around.pythons), next(iter(platforms), "")

    def find(self, spec: EnvironmentSpec) -> BuiltImage | None:
        """The finished image of this wish, if there is one. Never raises."""
        with contextlib.suppress(ScoredockError, OSError):
            return self._remembered(connect(self.docker), spec, runtime_source())
        return None

    def existing(self, key: str) -> BuiltImage | None:
        """The finished image of a key. Raises ScoredockError `docker-unavailable`."""
        return _existing(connect(self.docker), key)

    def sweep(self) -> None:
        """Remove what builders left that are gone. Never raises: without a daemon there is nothing to see."""
        for entry in (self.root / _WHEELS).glob(".*-*-*"):
            builder = entry.name.split("-")[1]
            if builder.isdecimal() and not psutil.pid_exists(int(builder)):
                shutil.rmtree(entry, ignore_errors=True)
        with contextlib.suppress(ScoredockError, OSError):
            docker = connect(self.docker)
            for container, _ in unfinished(docker):
                discard(docker, container)

    def list(self) -> list[BuiltImage]:
        """Every finished environment image of this daemon, newest first. Raises ScoredockError `docker-unavailable`."""
        return listing.environments(connect(self.docker))

    def known_keys(self) -> set[str]:
        """Keys of the images that were ever made or found from this folder; others share the daemon."""
        keys = (_read(file).get("key") for file in (self.root / _WISHES).glob("*.json"))
        return {key for key in keys if isinstance(key, str)}

    def in_containers(self, key: str) -> bool:
        """True if a container, running or not and of whichever workspace, has the image or one on top of it."""
        return bool(containers_of(connect(self.docker), f"{ENVIRONMENT_REPOSITORY}:{key}"))

    def remove(self, key: str) -> int:
        """Remove one; the bytes that were its own. Raises ScoredockError `image-in-use`, `image-missing`."""
        return listing.remove_environment(connect(self.docker), key)

    def collect(self, in_use: Collection[str], *, dry_run: bool = False) -> listing.CollectedImages:
        """Remove those whose key nobody uses, and what lies below them alone; with `dry_run` only tell."""
        return listing.collect(connect(self.docker), in_use, dry_run=dry_run)

    def wheels_folder(self) -> Path:
        """Folder in which wheels are kept, and packages unpacked on their way into a layer."""
        folder = self.root / _WHEELS
        make_private(folder)
        return folder

    def _remembered(self, docker: Docker, spec: EnvironmentSpec, runtime: RuntimeSource) -> BuiltImage | None:
        """The image that this very wish led to before, unless its base image was replaced since."""
        record = _read(self._wish_file(docker, spec, runtime, local_fingerprint(spec.requirements)))
        key, base, base_id = (record.get(name) for name in ("key", "base", "base_id"))
        if not isinstance(key, str) or not key.isalnum():
            return None
        found = _existing(docker, key)
        if found is None or spec.image.base_dockerfile or not isinstance(base, str):
            return found
        now = look(docker, base)
        return found if now is None or now["Id"] == base_id else None

    def _remember(
        self, docker: Docker, spec: EnvironmentSpec, runtime: RuntimeSource, key: str, base: str, base_id: str
    ) -> None:
        text = json.dumps({"key": key, "base": base, "base_id": base_id})
        for mark in local_marks(spec.requirements):
            file = self._wish_file(docker, spec, runtime, mark)
            # Only a shortcut: without it the next start resolves again.
            with contextlib.suppress(OSError):
                make_private(file.parent)
                temporary = file.with_suffix(".tmp")
                temporary.touch(mode=0o600)
                temporary.write_text(text, "utf-8")
                temporary.replace(file)

    def _wish_file(self, docker: Docker, spec: EnvironmentSpec, runtime: RuntimeSource, mark: str) -> Path:
        wish = {
            "spec": {
                name: value
                for name, value in asdict(replace(spec, image=replace(spec.image, written_in=""))).items()
                if name not in _DESCRIPTIVE_FIELDS
            },
            "base": "" if spec.image.base_dockerfile else _named_base(spec, self.base_image),
            "settings": asdict(self.settings),
            "own": own_interpreter().minor,
            "runtime": runtime.digest,
            "files": [mark, _copied_files(spec)],
            "daemon": docker.endpoint,
        }
        name = hashlib.sha256(json.dumps(wish, sort_keys=True, default=str).encode()).hexdigest()[:32]
        return self.root / _WISHES / f"{name}.json"


def _existing(docker: Docker, key: str) -> BuiltImage | None:
    reference = f"{ENVIRONMENT_REPOSITORY}:{key}"
    found = look(docker, reference) if key.isalnum() else None
    built = built_image(reference, found) if found else None
    return built if built and built.key == key else None


def _named_base(spec: EnvironmentSpec, default: str) -> str:
    try:
        return reference_for(spec, default)
    except ScoredockError:
        return default or DEFAULT


def _copied_files(spec: EnvironmentSpec) -> str:
    """Digest of the files that steps and Dockerfile copy, so that an edited one makes a new image."""
    folder = source_folder(spec)
    with contextlib.suppress(ScoredockError, OSError):
        keys = [steps_context("x", spec.image.steps, spec.source, folder).key] if spec.image.steps else []
        if spec.image.base_dockerfile:
            keys.append(dockerfile_context_of(spec).key)
        return "".join(keys)
    return ""


def _read(file: Path) -> Mapping[str, Any]:
    try:
        document = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def trouble_in_image(
    docker: Docker,
    image: BuiltImage,
    names: Sequence[str],
    models: Sequence[Path],
    cancel: CancelToken,
    beside: Sequence[str] = (),
) -> Trouble | None:
    """Trouble with importing the packages of an image or loading a model, None if there is none: as
    `environments.trial.trouble`, in a container without a network. Raises ScoredockError `docker-unavailable`,
    `cancelled`.
    """
    placed = {f"{_TRIAL_FOLDER}/{number}/{path.name}": path for number, path in enumerate(models)}
    document = json.dumps([[*names, *beside], [f"/{place}" for place in placed]])
    with Layer(
        docker, image.id, f"trial-{image.key}", command=[image.python, "-I", "-c", PROGRAM, document]
    ) as container:
        container.put(stream([LayerMember(place, path, path.stat().st_size) for place, path in placed.items()], cancel))
        code, lines = container.run(Silent(), cancel)
    return trouble_in(lines, code, names, beside)
