"""The environments of a workspace: the same wish twice costs a file read, and no resolver, network or process."""

from __future__ import annotations

import contextlib
import hashlib
import json
import platform
from dataclasses import dataclass
from pathlib import Path

from scoredock.environments.build import BuiltEnvironment, build, existing, sweep_unfinished
from scoredock.environments.interpreters import own_interpreter
from scoredock.environments.resolve import EnvironmentSettings, local_fingerprint, resolve
from scoredock.environments.spec import EnvironmentSpec
from scoredock.environments.wheelhouse import RuntimeSource, runtime_source
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Progress

_INPUTS = "inputs"
_WHEELS = "wheels"


@dataclass(frozen=True, slots=True)
class EnvironmentCache:
    """Environments below one folder, shared by all processes that use it."""

    root: Path
    settings: EnvironmentSettings

    def prepare(self, spec: EnvironmentSpec, progress: Progress, cancel: CancelToken) -> BuiltEnvironment:
        """The environment of a specification: remembered, else resolved and built.

        Raises what `resolve` and `build` raise, and OSError when the folder cannot be written.
        """
        runtime = runtime_source()
        if found := self.remembered(spec, runtime):
            return found
        wheels = self._wheels()
        for note in spec.notes:
            progress.report(note)
        resolved = resolve(spec, self.settings, runtime, wheels, progress, cancel)
        built = build(resolved, self.root, progress, cancel)
        self._remember(spec, runtime, built.key)
        return built

    def runtime_wheel(self, progress: Progress, cancel: CancelToken) -> Path:
        """The wheel of the scoring runtime that environments get. Raises what `prepare` raises for it."""
        return runtime_source().wheel(self._wheels(), progress, cancel)

    def _wheels(self) -> Path:
        wheels = self.root / _WHEELS
        wheels.mkdir(parents=True, exist_ok=True, mode=0o700)
        return wheels

    def find(self, spec: EnvironmentSpec) -> BuiltEnvironment | None:
        """The finished environment of this wish, if there is one. Never raises."""
        with contextlib.suppress(ScoredockError, OSError):
            return self.remembered(spec, runtime_source())
        return None

    def remembered(self, spec: EnvironmentSpec, runtime: RuntimeSource) -> BuiltEnvironment | None:
        """The finished environment that this very wish led to before, or None."""
        try:
            told = json.loads(self._input_file(spec, runtime).read_text("utf-8"))
        except (OSError, ValueError):
            return None
        key = told.get("key") if isinstance(told, dict) else None
        return existing(self.root, key) if isinstance(key, str) and key.isalnum() else None

    def sweep(self) -> int:
        """Remove what killed builders left; how many."""
        return sweep_unfinished(self.root)

    def _remember(self, spec: EnvironmentSpec, runtime: RuntimeSource, key: str) -> None:
        file = self._input_file(spec, runtime)
        # Only a shortcut: without it the next start resolves again.
        with contextlib.suppress(OSError):
            file.parent.mkdir(mode=0o700, exist_ok=True)
            temporary = file.with_suffix(".tmp")
            temporary.write_text(
                json.dumps({"key": key, "requirements": list(spec.requirements), "python": spec.python}), "utf-8"
            )
            temporary.replace(file)

    def _input_file(self, spec: EnvironmentSpec, runtime: RuntimeSource) -> Path:
        own = own_interpreter()
        wish = json.dumps(
            [
                spec.python,
                spec.requirements,
                spec.fallback,
                self.settings.interpreter,
                self.settings.index_url,
                str(own.path),
                own.version,
                platform.machine(),
                runtime.digest,
                local_fingerprint(spec.requirements),
            ]
        )
        return self.root / _INPUTS / f"{hashlib.sha256(wish.encode()).hexdigest()[:32]}.json"
