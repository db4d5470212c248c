"""The cache of environments: resolved, built, listed, removed; the same wish twice costs a file read."""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scoredock.data_folder import make_private
from scoredock.environments.built import BuiltEnvironment, existing
from scoredock.environments.keeping import (
    WHEELS,
    CollectedEnvironments,
    EnvironmentDetail,
    EnvironmentSummary,
    collect,
    detail,
    freed_bytes,
    mark_used,
    remove,
    summaries,
    users,
)
from scoredock.environments.pip.local_packages import LOCAL, local_fingerprint, local_marks
from scoredock.environments.pip.locks import without_credentials
from scoredock.environments.pip.wheelhouse import RuntimeSource, runtime_source
from scoredock.environments.python.interpreters import own_interpreter
from scoredock.environments.python.user_managed import located
from scoredock.environments.settings import EnvironmentSettings
from scoredock.environments.spec import EnvironmentSpec
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress

if TYPE_CHECKING:
    from scoredock.environments.pip.local_wheels import LocalWheels
    from scoredock.environments.resolve import ResolvedEnvironment

__all__ = [
    "CollectedEnvironments",
    "EnvironmentCache",
    "EnvironmentDetail",
    "EnvironmentSettings",
    "EnvironmentSummary",
]

_Summaries = list[EnvironmentSummary]
_Names = list[str]
_INPUTS = "inputs"


@dataclass(frozen=True, slots=True)
class EnvironmentCache:
    """Environments below one folder, shared by all processes that use it."""

    root: Path
    settings: EnvironmentSettings

    @property
    def local_files(self) -> Path:
        """Folder of the files of packages that lie on this machine."""
        return self.root / WHEELS / LOCAL

    @property
    def local_wheels(self) -> LocalWheels:
        """Maker of the wheels of local files."""
        from scoredock.environments.pip.local_wheels import LocalWheels

        return LocalWheels(self.local_files, self.settings.index_url)

    def prepare(self, spec: EnvironmentSpec, progress: Progress, cancel: CancelToken) -> BuiltEnvironment:
        """The environment of a specification: remembered, else resolved and built.

        Raises what `resolve` and `build` raise, and OSError when the folder cannot be written.
        """
        return self.build(spec, progress, cancel)

    def build(
        self, spec: EnvironmentSpec, progress: Progress, cancel: CancelToken, *, rebuild: bool = False
    ) -> BuiltEnvironment:
        """The same; `rebuild` asks the index again, so that newer releases come in where the pins allow them.

        What services run with is another folder then and stays; only the very same packages are the same folder.
        """
        runtime = runtime_source()
        for note in spec.notes:
            progress.report(note)
        answer = {} if rebuild else self._answer(spec, runtime)
        if found := self._built(answer):
            for note in _notes_of(answer):
                progress.report(note)
            mark_used(found.folder)
            return found
        from scoredock.environments.build import build
        from scoredock.environments.resolve import resolve
        from scoredock.environments.versions.nearest import with_nearest_release

        wheels, wish = self._wheels(), spec
        while True:
            try:
                resolved = resolve(wish, self.settings, runtime, wheels, progress, cancel)
                built = build(resolved, self.root, progress, cancel)
                break
            except ScoredockError as error:
                nearer = with_nearest_release(wish, error, self.settings, cancel) if wish.of_conda else None
                if nearer is None:
                    raise
                wish = nearer
                progress.report(wish.notes[-1])
        mark_used(built.folder)
        if not spec.python_is_wish or spec.takes(resolved.python_version):  # else that Python may be here next time
            self._remember(spec, runtime, built.key, [each for each in resolved.notes if each not in spec.notes])
        return built

    def resolved(self, spec: EnvironmentSpec, progress: Progress, cancel: CancelToken) -> ResolvedEnvironment:
        """Environment that a specification resolves to, without building it. Raises what `resolve` raises."""
        from scoredock.environments.resolve import resolve

        return resolve(spec, self.settings, runtime_source(), self._wheels(), progress, cancel)

    def resolved_elsewhere(
        self, spec: EnvironmentSpec, python: str, progress: Progress, cancel: CancelToken
    ) -> tuple[str, ...]:
        """Lines for pip on another machine that has Linux and this Python. Raises what `resolve` raises."""
        from scoredock.environments.resolve import resolve_elsewhere

        return resolve_elsewhere(spec, python, self.settings, self._wheels(), progress, cancel)

    def runtime_wheel(self, progress: Progress, cancel: CancelToken) -> Path:
        """The wheel of the scoring runtime that environments get. Raises what `prepare` raises for it."""
        return runtime_source().wheel(self._wheels(), progress, cancel)

    def _wheels(self) -> Path:
        wheels = self.root / WHEELS
        make_private(wheels)
        return wheels

    def find(self, spec: EnvironmentSpec) -> BuiltEnvironment | None:
        """The finished environment of this wish, if there is one. Never raises."""
        with contextlib.suppress(ScoredockError, OSError):
            return self.remembered(spec, runtime_source())
        return None

    def remembered(self, spec: EnvironmentSpec, runtime: RuntimeSource) -> BuiltEnvironment | None:
        """The finished environment that this very wish led to before, or None."""
        return self._built(self._answer(spec, runtime))

    def _built(self, answer: Mapping[str, Any]) -> BuiltEnvironment | None:
        key = answer.get("key")
        return existing(self.root, key) if isinstance(key, str) and key.isalnum() else None

    def notes_of_choice(self, spec: EnvironmentSpec) -> tuple[str, ...]:
        """Notes on what was left out or replaced when the packages were chosen, beyond the notes of the specification
        itself."""
        return _notes_of(self._answer(spec, runtime_source()))

    def _answer(self, spec: EnvironmentSpec, runtime: RuntimeSource) -> Mapping[str, Any]:
        """Stored answer for this very specification; empty if there is none."""
        try:
            file = self._input_file(spec, runtime, local_fingerprint(spec.requirements))
            document = json.loads(file.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return document if isinstance(document, dict) else {}

    def list(self) -> _Summaries:
        """Built environments, newest first; also those that no longer work."""
        return summaries(self.root)

    def inspect(self, key: str) -> EnvironmentDetail:
        """Everything about one. Raises ScoredockError `environment-not-built`."""
        return detail(self.root, key)

    def used_by(self, key: str, services: Iterable[tuple[str, str]]) -> _Names:
        """Names of the services, given as (name, key of its environment), that use one."""
        return users(key, services)

    def remove(self, key: str, services: Iterable[tuple[str, str]]) -> int:
        """Remove one and return the bytes that are free now. Raises ScoredockError `environment-not-built`,
        `environment-in-use`."""
        return remove(self.root, key, services)

    def collect(
        self, services: Iterable[tuple[str, str]], *, older_than: float = 0.0, keep: Iterable[str] = ()
    ) -> CollectedEnvironments:
        """Remove what no service uses, what is not in `keep`, and what nobody asked for in the last `older_than`
        seconds."""
        return collect(self.root, services, older_than=older_than, keep=keep)

    def freed(self, keys: Iterable[str], seconds: float = math.inf) -> int:
        """Bytes that removing all of these gives back; less where there was no time to count all of them."""
        return freed_bytes((self.root / key for key in keys), seconds)

    def sweep(self) -> int:
        """Remove what killed builders left; how many."""
        from scoredock.environments.build import sweep_unfinished

        return sweep_unfinished(self.root)

    def _remember(self, spec: EnvironmentSpec, runtime: RuntimeSource, key: str, notes: Sequence[str]) -> None:
        requirements = list(map(without_credentials, spec.requirements))
        text = json.dumps({"key": key, "requirements": requirements, "python": spec.python, "notes": notes})
        for mark in local_marks(spec.requirements):
            file = self._input_file(spec, runtime, mark)
            # Only a shortcut: without it the next start resolves again.
            with contextlib.suppress(OSError):
                file.parent.mkdir(mode=0o700, exist_ok=True)
                temporary = file.with_suffix(".tmp")
                temporary.write_text(text, "utf-8")
                temporary.replace(file)

    def _input_file(self, spec: EnvironmentSpec, runtime: RuntimeSource, mark: str) -> Path:
        own = own_interpreter()
        wish = json.dumps(
            [
                spec.python,
                spec.python_is_wish,
                spec.requirements,
                spec.fallback,
                spec.of_sdk,
                spec.unused_sdk,
                asdict(spec.conda) if spec.conda is not None else None,
                asdict(spec.spark) if spec.spark is not None else None,
                str(located(spec.interpreter)) if spec.user_managed else None,
                self.settings.conda_channels if spec.conda or spec.conda_way else None,
                self.settings.interpreter,
                self.settings.index_url,
                str(own.path),
                own.version,
                platform.machine(),
                runtime.digest,
                mark,
                *([asdict(spec.conda_way)] if spec.conda_way is not None else []),
            ]
        )
        return self.root / _INPUTS / f"{hashlib.sha256(wish.encode()).hexdigest()[:32]}.json"


def _notes_of(answer: Mapping[str, Any]) -> tuple[str, ...]:
    notes = answer.get("notes")
    return tuple(map(str, notes)) if isinstance(notes, list) else ()
