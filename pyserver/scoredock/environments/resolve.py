"""Which exact packages an environment holds: asks uv, and says which requirement is in the way when there is no answer."""

from __future__ import annotations

import hashlib
import platform
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path

from scoredock.environments.interpreters import choose
from scoredock.environments.spec import EnvironmentSpec
from scoredock.environments.uv import explain, is_offline, uv_command, uv_environment
from scoredock.environments.wheelhouse import RuntimeSource
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Progress
from scoredock.run import Completed, TimedOut, run

_TIMEOUT = 900.0
"""Seconds for one call of the resolver; source distributions must be built to be asked for their needs."""

_ACCELERATORS = ("httptools", "uvloop")
"""What the runtime's extra `fast` brings; never built from source for it."""


@dataclass(frozen=True, slots=True)
class EnvironmentSettings:
    """What the person set about environments."""

    interpreter: str = ""
    """Python for environments that name no version; empty takes the server's own."""
    index_url: str = ""
    """Package index; empty takes what uv is configured with."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """An environment down to the last package."""

    python: Path
    """The interpreter to make it from."""
    python_version: str
    lock: str
    """Lines `name==version`, sorted by uv."""
    key: str
    """Hash of all that decides what is installed; the name of the environment's folder."""
    wheels: Path
    """Folder with the runtime's wheel."""
    index_url: str
    requirements: tuple[str, ...]
    """As the person wrote them, to name the one at fault."""
    source: str
    display_name: str
    only_binary: tuple[str, ...] = ()


def resolve(
    spec: EnvironmentSpec,
    settings: EnvironmentSettings,
    runtime: RuntimeSource,
    cache: Path,
    progress: Progress,
    cancel: CancelToken,
) -> Resolved:
    """Ask the package index what satisfies a specification, together with the runtime.

    Works without the index for what its cache and the wheelhouse hold. `cache` is a folder for the runtime's wheel.
    Raises ScoredockError `python-not-found`, `environment-requirement-invalid`, `environment-requirement-unsatisfiable`,
    `environment-offline`, `environment-build-failed`, `cancelled`.
    """
    interpreter = choose(spec.python, settings.interpreter, spec.source, cancel)
    wheels = runtime.wheel(cache, progress, cancel).parent
    count = len(spec.requirements)
    what = "the scoring runtime" if not count else "1 requirement" if count == 1 else f"{count} requirements"
    progress.report(f"Resolving {what} for Python {interpreter.version}")
    base = [
        *uv_command(),
        "pip",
        "compile",
        "--no-header",
        "--no-annotate",
        "--python",
        str(interpreter.path),
        "--find-links",
        str(wheels),
    ]
    attempts = [spec.requirements] if spec.fallback is None else [spec.requirements, spec.fallback]
    for number, requirements in enumerate(dict.fromkeys(attempts)):
        # Where the pins are our own guess, an old release without a wheel must not cost minutes of compiling.
        only_binary = _names(requirements) if spec.fallback is not None else ()
        done = _compile(base, requirements, runtime, only_binary, settings, progress, cancel)
        if done.returncode == 0:
            lock = (
                "\n".join(line for line in done.stdout.splitlines() if line.strip() and not line.startswith("#")) + "\n"
            )
            if number:
                progress.report(
                    f"{spec.requirements[0]} is not available for Python {interpreter.version}; the newest is taken"
                )
            return Resolved(
                python=interpreter.path,
                python_version=interpreter.version,
                lock=lock,
                key=_key(interpreter.version, str(interpreter.path), lock, runtime.digest, requirements),
                wheels=wheels,
                index_url=settings.index_url,
                requirements=requirements,
                source=spec.source,
                display_name=spec.display_name,
                only_binary=only_binary,
            )
        failure = explain(done.stderr, requirements, spec.source)
        if failure.code == "environment-offline":
            break
    raise failure


def _compile(
    base: list[str],
    requirements: tuple[str, ...],
    runtime: RuntimeSource,
    only_binary: tuple[str, ...],
    settings: EnvironmentSettings,
    progress: Progress,
    cancel: CancelToken,
) -> Completed:
    """With the compiled accelerators of the runtime, or without where they have no wheel or cannot be reached."""
    done = _ask(
        [*base, *(f"--only-binary={name}" for name in (*only_binary, *_ACCELERATORS))],
        requirements,
        f"scoredock-runtime[fast]=={runtime.version()}",
        settings,
        cancel,
    )
    if done.returncode != 0 and any(name in done.stderr for name in _ACCELERATORS):
        done = _ask(
            [*base, *(f"--only-binary={name}" for name in only_binary)],
            requirements,
            f"scoredock-runtime=={runtime.version()}",
            settings,
            cancel,
        )
    for line in done.stderr.splitlines():
        progress.output(line)
    return done


def _ask(
    command: list[str], requirements: tuple[str, ...], runtime: str, settings: EnvironmentSettings, cancel: CancelToken
) -> Completed:
    """One question to the resolver, by the index or by what is on this machine."""
    with tempfile.TemporaryDirectory(prefix="scoredock-") as folder:
        wanted = Path(folder) / "requirements.in"
        wanted.write_text("\n".join([*requirements, runtime]) + "\n", "utf-8")
        online, offline = [*command, str(wanted)], [*command, str(wanted), "--offline"]
        # Only the runtime: the wheelhouse and uv's cache hold it, and the index need not be asked.
        answers: list[Completed] = []
        for order in (online, offline) if requirements else (offline, online):
            try:
                answers.append(
                    run(
                        order, env=uv_environment(settings.index_url), timeout=_TIMEOUT, cancel=cancel, cwd=Path(folder)
                    )
                )
            except TimedOut as error:
                raise ScoredockError("environment-build-failed", f"{error}.") from None
            if answers[-1].returncode == 0:
                break
            if order is online and not is_offline(answers[-1].stderr):
                break  # the index has spoken
        # What is on this machine may be too little for this Python; then the index has the last word.
        return answers[-1]


def _names(requirements: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(requirement.split("==")[0] for requirement in requirements)


def _key(version: str, python: str, lock: str, runtime: str, requirements: tuple[str, ...]) -> str:
    """16 hex digits: enough to tell all environments of one machine apart, short enough for paths on Windows."""
    parts = (
        version,
        python,
        platform.machine(),
        sysconfig.get_platform(),
        lock,
        runtime,
        local_fingerprint(requirements),
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def local_fingerprint(requirements: tuple[str, ...]) -> str:
    """Sizes and times of files that requirements name by path, so that an edited local package is built again."""
    told: list[str] = []
    for line in requirements:
        path = Path(line.split(" @ ")[-1].removeprefix("file://"))
        if not path.is_absolute() or not path.exists():
            continue
        files = [path] if path.is_file() else sorted(path.rglob("*.py"))[:10_000]
        told.extend(f"{file}:{stat.st_size}:{stat.st_mtime_ns}" for file in files if (stat := file.stat()))
    return "\n".join(told)
