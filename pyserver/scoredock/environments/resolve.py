"""Exact packages of an environment: asks uv and the conda channels, and says what is in the way when there is no
answer."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import platform
import re
import sys
import sysconfig
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from scoredock import l10n
from scoredock.environments.conda import packages as conda_packages
from scoredock.environments.conda.lock import CondaLock
from scoredock.environments.packages import CONDA_TO_PIP
from scoredock.environments.pip import locks
from scoredock.environments.pip.local_packages import LOCAL, link_folders, local_fingerprint, sources_option
from scoredock.environments.pip.uv import scratch_folder
from scoredock.environments.pip.uv_refusals import explain, is_offline
from scoredock.environments.pip.wheelhouse import RuntimeSource
from scoredock.environments.python.fitting import fitting_python, older_ones
from scoredock.environments.python.interpreters import (
    Interpreter,
    find,
    install_advice,
    own_interpreter,
)
from scoredock.environments.python.user_managed import ManagedPython, find_managed
from scoredock.environments.settings import EnvironmentSettings
from scoredock.environments.spec import EnvironmentSpec, SparkSpec, by_channels, place_of
from scoredock.errors import Cancelled, EnvironmentOffline, ScoredockError
from scoredock.formats.service_python import ADVICE, OLDEST_OF_SCRIPTS
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.run import Completed, TimedOut

if TYPE_CHECKING:
    from scoredock.environments.pip.local_wheels import LocalWheels

__all__ = ["EnvironmentSettings", "Kind", "ResolvedEnvironment", "resolve"]

Kind = Literal["pip", "conda", "interpreter"]
"""A virtual environment of pip packages; a folder of conda packages; a person's own Python with the runtime beside
it."""

_TIMEOUT = 900.0
"""Seconds for one call of the resolver; source distributions must be built to be asked for their needs."""

_OLDEST_SDK = "azureml-core>=1.48"
"""Python 3.7 and later have such a release."""
_PIN = re.compile(r"([\w.-]+)(?:\[[^\]]*\])?\s*==")
_ACCELERATORS = ("httptools", "orjson")
"""What the runtime's extra `fast` brings; never built from source for it."""


@dataclass(frozen=True, slots=True)
class ResolvedEnvironment:
    """An environment down to the last package."""

    python: Path
    """The interpreter to make it from."""
    python_version: str
    lock: str
    """Lines `name==version`, sorted by uv: pip's part."""
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
    hashed: str = ""
    """The lock with the hashes of the files, where they are known."""
    kind: Kind = "pip"
    conda: CondaLock | None = None
    managed: ManagedPython | None = None
    spark: SparkSpec | None = None
    notes: tuple[str, ...] = ()
    server: ResolvedEnvironment | None = None
    """The environment of the scoring runtime, where this one's Python cannot host it: then this one has the script's
    packages only."""


def resolve(
    spec: EnvironmentSpec,
    settings: EnvironmentSettings,
    runtime: RuntimeSource,
    cache: Path,
    progress: Progress,
    cancel: CancelToken,
) -> ResolvedEnvironment:
    """Ask the package index, and the conda channels where needed, what satisfies a specification with the runtime.

    Works without the index for what its cache and the wheelhouse hold. `cache` is a folder for the runtime's wheel.
    Raises ScoredockError `python-not-found`, `environment-requirement-invalid`,
    `environment-requirement-unsatisfiable`, `environment-offline`, `environment-build-failed`, `cancelled`, and what
    `conda.solve` raises.
    """
    means = _Means(settings, runtime.digest, runtime.wheel(cache, progress, cancel), cache / LOCAL)
    if spec.unused_sdk:
        from scoredock.environments.versions.without_sdk import without_unused_builds  # of old files only

        listed, spec = spec, without_unused_builds(spec)
        if spec is not listed:
            progress.report(spec.notes[-1])
    try:
        return _whole(spec, means, progress, cancel)
    except (Cancelled, EnvironmentOffline):
        raise
    except ScoredockError as error:
        from scoredock.environments.versions.without_sdk import without_sdk  # of refusals only

        resolved = _by_channels(spec, error, means, progress, cancel)
        if resolved is not None:
            return resolved
        smaller = without_sdk(spec, error)
        if smaller is None:
            raise
        progress.report(smaller.notes[-1])
        try:
            return _whole(smaller, means, progress, cancel)
        except Cancelled:
            raise
        except ScoredockError as cause:
            if cause.message == error.message:  # the packages that were left out have no part in it
                raise error from None
            cause.message = f"{cause.message} {smaller.notes[-1]}"
            raise


def _by_channels(
    spec: EnvironmentSpec, error: ScoredockError, means: _Means, progress: Progress, cancel: CancelToken
) -> ResolvedEnvironment | None:
    """Resolution with the package that the index does not know from the conda channels of its file; None where none may
    have it. Raises what `resolve` raises."""
    from scoredock.environments.pip.refusals import unknown_name  # of refusals only

    output = error.details.get("output", [])
    other = by_channels(spec, unknown_name("\n".join(output) if isinstance(output, list) else ""))
    if other is None:
        return None
    progress.report(other.notes[-1])
    try:
        return _whole(other, means, progress, cancel)
    except Cancelled:
        raise
    except ScoredockError as more:
        more.message = f"{error.message} {more.message}"  # a name that is nowhere may be a slip
        raise


def _whole(spec: EnvironmentSpec, means: _Means, progress: Progress, cancel: CancelToken) -> ResolvedEnvironment:
    """All that a specification lists."""
    settings = means.settings
    if spec.user_managed:
        managed = find_managed(spec.interpreter, spec.source, cancel)
        progress.report(
            l10n.t(
                "The Python at {path} ({version}) is used as it is",
                path=managed.interpreter.path,
                version=managed.interpreter.version,
            )
        )
        own = replace(spec, requirements=(), fallback=None)
        resolved = _resolved(own, _Target(managed.interpreter), means, progress, cancel)
        return replace(resolved, kind="interpreter", managed=managed, key=_with(resolved.key, managed.prefix))
    if spec.conda is not None:
        lock = conda_packages.solve(spec.conda, settings, progress, cancel, source=spec.source)
        target = _conda_target(lock, spec)
        resolved = _resolved(spec, target, means, progress, cancel)
        return replace(resolved, kind="conda", conda=lock, key=_with(resolved.key, lock.explicit()))
    interpreter, refusal = find(
        spec.python, settings.interpreter, spec.source, cancel, download=settings.download_python
    )
    if refusal is None and (spec.python is not None or settings.interpreter):
        return _resolved(spec, _Target(interpreter), means, progress, cancel)
    if refusal is None:
        return _in_fitting_python(spec, interpreter, means, progress, cancel)
    if not spec.python_is_wish:
        raise refusal
    progress.report(refusal.message)
    with _with_refusal(refusal, interpreter):
        return _resolved(spec, _Target(interpreter), means, progress, cancel)


@contextlib.contextmanager
def _with_refusal(refusal: ScoredockError, interpreter: Interpreter) -> Iterator[None]:
    """The Python that a model was made with is not here, and so its packages go into another one, or not at all."""
    try:
        yield
    except (Cancelled, EnvironmentOffline):
        raise
    except ScoredockError as error:
        tried = l10n.t(
            "The model's own packages cannot be installed for Python {version}:", version=interpreter.version
        )
        raise ScoredockError(
            refusal.code,
            f"{refusal.message} {tried} {error.message}",
            install_advice(refusal),
            details=refusal.details,
        ) from error


def _in_fitting_python(
    spec: EnvironmentSpec, interpreter: Interpreter, means: _Means, progress: Progress, cancel: CancelToken
) -> ResolvedEnvironment:
    """Resolution where nobody names a Python: for the usual one, or an older one of this machine for which the pins
    have wheels."""
    fitting = fitting_python(spec.requirements, interpreter, cancel)
    if fitting is not None:
        progress.report(fitting[1])
        spec = replace(spec, notes=(*spec.notes, fitting[1]))
        return _resolved(spec, _Target(fitting[0]), means, progress, cancel)
    try:
        return _resolved(spec, _Target(interpreter), means, progress, cancel)
    except (Cancelled, EnvironmentOffline):
        raise
    except ScoredockError as error:
        wheels_only = replace(spec, fallback=spec.requirements)
        for other in older_ones(interpreter, cancel) if spec.requirements else ():
            with contextlib.suppress(ScoredockError):
                resolved = _resolved(wheels_only, _Target(other), means, progress, cancel)
                note = l10n.t(
                    "No Python is named, and Python {version} does not get these packages: Python {other} is taken.",
                    version=interpreter.version,
                    other=other.version,
                )
                progress.report(note)
                return replace(resolved, notes=(*resolved.notes, note))
            cancel.raise_if_cancelled()
        raise error


def resolve_elsewhere(
    spec: EnvironmentSpec,
    python: str,
    settings: EnvironmentSettings,
    cache: Path,
    progress: Progress,
    cancel: CancelToken,
) -> tuple[str, ...]:
    """Lines for pip with the exact packages of a specification for a Python of another machine that runs Linux, such as
    `3.11.7`, without the scoring runtime: where they come from, without logins, then each with its version. A package
    of this machine is named by its kept file.

    Raises ScoredockError as `resolve`.
    """
    target = _Target(Interpreter(Path("bin/python"), python), foreign=True, on_linux=True)
    means = _Means(settings, "", None, cache / LOCAL)
    resolved = _by_pip(spec, target, means, progress, cancel)
    sources = [line for line in locks.options(resolved.requirements) if not link_folders([line])]
    if settings.index_url:
        sources.insert(0, f"--index-url {settings.index_url}")
    return tuple(map(locks.without_credentials, [*sources, *resolved.lock.splitlines()]))


def _resolved(
    spec: EnvironmentSpec,
    target: _Target,
    means: _Means,
    progress: Progress,
    cancel: CancelToken,
) -> ResolvedEnvironment:
    """Resolution with the scoring runtime in it, or beside it if the Python of the environment cannot host it."""
    resolved = _by_pip(spec, target, means, progress, cancel)
    if target.interpreter.hosts:
        return resolved
    progress.report(
        l10n.t(
            "The script runs in Python {version}, in a process of its own beside the scoring runtime.",
            version=target.interpreter.version,
        )
    )
    alone = EnvironmentSpec(python=None, requirements=(), source=spec.source, display_name=spec.display_name)
    server = _by_pip(alone, _Target(own_interpreter()), means, progress, cancel)
    return replace(resolved, server=server, key=_with(resolved.key, server.key))


@dataclass(frozen=True, slots=True)
class _Means:
    """Settings and files with which packages are chosen."""

    settings: EnvironmentSettings
    runtime: str
    """Digest of the runtime."""
    wheel: Path | None
    """The runtime's; None where it comes another way."""
    local_files: Path
    """Folder of the wheels of packages that lie on this machine."""

    def local_wheels(self, target: _Target, source: str) -> LocalWheels:
        from scoredock.environments.pip.local_wheels import LocalWheels

        version = target.interpreter.version
        python = None if target.foreign else target.interpreter.path
        return LocalWheels(
            self.local_files, self.settings.index_url, source, ".".join(version.split(".")[:2]), interpreter=python
        )


@dataclass(frozen=True, slots=True)
class _Target:
    """The Python that packages are chosen for."""

    interpreter: Interpreter
    present: tuple[str, ...] = ()
    """`name==version` of what is there already."""
    foreign: bool = False
    """The interpreter is not on this machine, or not yet; our own one asks in its place."""
    on_linux: bool = False
    """Whatever this machine runs."""

    def options(self) -> list[str]:
        if self.foreign:
            linux = ["--python-platform", "linux"] if self.on_linux and sys.platform != "linux" else []
            return ["--python", str(own_interpreter().path), "--python-version", self.interpreter.version, *linux]
        return ["--python", str(self.interpreter.path)]


def _conda_target(lock: CondaLock, spec: EnvironmentSpec) -> _Target:
    if not lock.python:
        raise ScoredockError(
            "environment-build-failed", l10n.t("The conda packages contain no Python."), place=place_of(spec.source)
        )
    interpreter = Interpreter(Path("bin/python"), lock.python)
    if interpreter.minor < OLDEST_OF_SCRIPTS:
        raise ScoredockError(
            "python-not-found",
            l10n.t(
                "The environment asks for Python {version}, but scripts need Python 3.6 or later.", version=lock.python
            ),
            l10n.t(ADVICE),
            place=place_of(spec.source),
        )
    present = tuple(
        f"{CONDA_TO_PIP.get(package.name, package.name)}=={package.version}"
        for package in lock.packages
        if package.is_python_package and CONDA_TO_PIP.get(package.name, package.name)
    )
    return _Target(interpreter, present, foreign=True)


def _by_pip(
    spec: EnvironmentSpec,
    target: _Target,
    means: _Means,
    progress: Progress,
    cancel: CancelToken,
) -> ResolvedEnvironment:
    from scoredock.environments.versions.together import compile_together

    version = target.interpreter.version
    count = len(spec.requirements) - len(locks.options(spec.requirements))
    progress.report(
        l10n.t("Resolving the packages ({count}) for Python {version}", count=count, version=version)
        if count
        else l10n.t("Resolving the scoring runtime for Python {version}", version=version)
    )
    base = ["pip", "compile", "--no-header", "--no-annotate", "--generate-hashes", *target.options()]
    own = means.wheel if target.interpreter.hosts else None
    if own is not None:
        base += ["--find-links", str(own.parent)]
    watch = progress, cancel
    if spec.fallback is None:
        from scoredock.environments.pip.refusals import refusal_of_release

        def ask(line: str) -> Completed:
            local = means.local_wheels(target, spec.source)
            return _ask(_Question(base, (line,), (), (), local, target.interpreter.minor), (), (), watch)

        if gone := refusal_of_release(spec.requirements, spec.source, ask):
            raise gone
    attempt: tuple[str, ...] | None = spec.requirements
    while attempt is not None:
        requirements = attempt
        only_binary = locks.indexed(_guessed(spec, requirements))
        local = means.local_wheels(target, spec.source)
        minor = target.interpreter.minor
        sdk = _sdk_bounds(requirements)
        question = _Question(base, requirements, only_binary, target.present, local, minor, sdk=sdk)
        completed, notes = _pip_after_conda(
            question,
            spec.of_conda,
            lambda asked: compile_together(
                asked.requirements, version, functools.partial(_answer, asked, own, progress, cancel)
            ),
        )
        if completed.returncode == 0:
            hashed = locks.with_own_hashes(completed.stdout, requirements)
            lock = locks.plain(hashed)
            for note in notes:
                progress.report(note)
            if requirements != spec.requirements:
                progress.report(
                    l10n.t(
                        "Not all of these can be had for Python {version}: {packages}; the newest versions are used",
                        packages=", ".join(line for line in spec.requirements if line not in requirements),
                        version=version,
                    )
                )
            return ResolvedEnvironment(
                python=target.interpreter.path,
                python_version=version,
                lock=lock,
                key=_with_spark(
                    _key(version, str(target.interpreter.path), lock, means.runtime, requirements), spec.spark
                ),
                wheels=means.wheel.parent if means.wheel is not None else Path(),
                index_url=means.settings.index_url,
                requirements=requirements,
                source=spec.source,
                display_name=spec.display_name,
                only_binary=only_binary,
                hashed=hashed,
                spark=spec.spark,
                notes=(*spec.notes, *notes),
            )
        failure = explain(completed.stderr, requirements, spec.source, spec.of_conda)
        if isinstance(failure, EnvironmentOffline):
            break
        attempt = spec.attempt_after(requirements, version, completed.stderr)
    raise failure


def _guessed(spec: EnvironmentSpec, requirements: tuple[str, ...]) -> tuple[str, ...]:
    """Our own guess, for which an old release without a wheel must not cost minutes of compiling: all the lines, or the
    bounds beside those that were asked for."""
    if spec.fallback is None:
        return ()
    asked = spec.fallback if set(spec.fallback) < set(spec.requirements) else ()  # the same lines want wheels alone
    return tuple(line for line in requirements if line not in asked)


@dataclass(frozen=True, slots=True)
class _Question:
    """Question for the resolver."""

    base: Sequence[str]
    requirements: tuple[str, ...]
    only_binary: tuple[str, ...]
    present: tuple[str, ...]
    local: LocalWheels
    python: tuple[int, int]
    bounds: tuple[str, ...] = ()
    """`numpy<2` or `jinja2<3.1`, for what does not say so itself."""
    sdk: tuple[str, ...] = ()
    """What packages of the SDK bring at least, where that can be had."""
    overrides: tuple[str, ...] = ()
    """Pins that count whatever other packages require."""


def _pip_after_conda(
    question: _Question, of_conda: Sequence[str], resolve_all: Callable[[_Question], tuple[Completed, tuple[str, ...]]]
) -> tuple[Completed, tuple[str, ...]]:
    """Answer of the resolver, and notes on it. Where packages of conda stand against pins of pip, these count: conda
    installs first, and pip puts its releases in the place of conda's, and only warns."""
    completed, notes = resolve_all(question)
    if completed.returncode == 0 or not of_conda or is_offline(completed.stderr):
        return completed, notes
    of_pip = tuple(line for line in question.requirements if line not in of_conda)
    found = (pin for pin in map(_PIN.match, of_pip) if pin and canonicalize_name(pin[1]) in completed.stderr)
    pins = tuple(pin.string for pin in found)
    if not pins or resolve_all(replace(question, requirements=of_pip))[0].returncode != 0:
        return completed, notes
    completed, notes = resolve_all(replace(question, overrides=pins))
    note = l10n.t(
        "{pip} of pip is taken, though packages of conda need another release: pip installs after conda.",
        pip=", ".join(pins),
    )
    return completed, (*notes, note)


def _answer(
    question: _Question, runtime: Path | None, progress: Progress, cancel: CancelToken, bounds: tuple[str, ...]
) -> Completed:
    """Answer of the resolver within bounds. An old NumPy without a wheel is not compiled for one."""
    from scoredock.environments.versions.together import never_built

    question = replace(question, bounds=bounds, only_binary=(*question.only_binary, *never_built(bounds)))
    completed = _compile(question, runtime, progress, cancel)
    if completed.returncode != 0 and question.sdk and not is_offline(completed.stderr):
        question = replace(question, sdk=())
        completed = _compile(question, runtime, progress, cancel)
    if completed.returncode != 0 and question.present and not is_offline(completed.stderr):
        # pip may replace what conda installed, as it does with conda itself.
        completed = _compile(replace(question, present=()), runtime, progress, cancel)
    return completed


def _compile(question: _Question, runtime: Path | None, progress: Progress, cancel: CancelToken) -> Completed:
    """Answer of the resolver with setuptools, where it goes with the others."""
    from scoredock.environments.versions.setuptools import compile_with_setuptools

    return compile_with_setuptools(
        question.requirements,
        question.present,
        question.python,
        lambda lines: _compile_runtime(replace(question, requirements=lines), runtime, progress, cancel),
    )


def _compile_runtime(question: _Question, runtime: Path | None, progress: Progress, cancel: CancelToken) -> Completed:
    """Answer of the resolver with the compiled accelerators of the runtime, or without where they have no wheel or
    cannot be reached; without the runtime if it is None."""
    watch = progress, cancel
    if runtime is None:
        return _ask(question, question.only_binary, (), watch) if question.requirements else Completed(0, "", "")
    only_binary = (*question.only_binary, *_ACCELERATORS)
    done = _ask(question, only_binary, (locks.runtime_at(runtime, "[fast]"),), watch)
    if done.returncode != 0 and any(name in done.stderr for name in _ACCELERATORS):
        done = _ask(question, question.only_binary, (locks.runtime_at(runtime),), watch)
    for line in done.stderr.splitlines():
        progress.output(line)
    return done


def _ask(
    question: _Question, only_binary: Sequence[str], runtime: Sequence[str], watch: tuple[Progress, CancelToken]
) -> Completed:
    """One question to the resolver, by the index or by what is on this machine."""
    from scoredock.environments.pip.folder_copies import FolderCopies
    from scoredock.environments.pip.old_metadata import compile_packages

    with scratch_folder() as folder:
        requirements_path = folder / "requirements.in"
        question.local.require_fit(question.requirements)
        copies = FolderCopies(folder / "packages")
        requirements = [*copies.lines(question.requirements), *runtime]
        requirements_path.write_text("\n".join(requirements) + "\n", "utf-8")
        command = [*question.base, *(f"--only-binary={name}" for name in only_binary)]
        command += sources_option(question.requirements)
        if constraints := [*question.present, *question.sdk, *question.bounds]:
            file = folder / "constraints.txt"
            file.write_text("\n".join(constraints) + "\n", "utf-8")
            command += ["--constraints", str(file)]
        if question.overrides:
            file = folder / "overrides.txt"
            file.write_text("\n".join(question.overrides) + "\n", "utf-8")
            command += ["--overrides", str(file)]
        online, offline = [*command, str(requirements_path)], [*command, str(requirements_path), "--offline"]
        # Only the runtime: the wheelhouse and uv's cache hold it, and the index need not be asked.
        answers: list[Completed] = []
        index_url = question.local.index_url
        for order in (online, offline) if question.requirements else (offline, online):
            try:
                answers.append(
                    compile_packages(order, index_url=index_url, timeout=_TIMEOUT, cancel=watch[1], progress=watch[0])
                )
            except TimedOut as error:
                raise ScoredockError("environment-build-failed", f"{error}.") from None
            if answers[-1].returncode == 0:
                break
            if order is online and not is_offline(answers[-1].stderr):
                break  # the index has spoken
        # What is on this machine may be too little for this Python; then the index has the last word.
        return question.local.locked(answers[-1], question.requirements, copies, watch)


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


def _with_spark(key: str, spark: SparkSpec | None) -> str:
    """Its variables are kept with the environment, so another environment of the same packages is not the same."""
    return key if spark is None else _with(key, json.dumps([*spark.packages, "", *spark.repositories]))


def _with(key: str, more: str) -> str:
    return hashlib.sha256(f"{key}\0{more}".encode()).hexdigest()[:16]


def _sdk_bounds(requirements: Sequence[str]) -> tuple[str, ...]:
    """Lower bounds of what these lines bring, if one of them is a distribution of the SDK without a version: beside the
    newest NumPy a resolver goes back to an SDK of 2019, which names no bound for it, and whose packages have no wheels
    for the Pythons of today."""
    return (_OLDEST_SDK,) if any(map(_is_open_sdk, requirements)) else ()


def _is_open_sdk(line: str) -> bool:
    try:
        requirement = Requirement(line)
    except InvalidRequirement:  # an option, a path
        return False
    name = requirement.name.lower().replace("_", "-")
    return name.startswith("azureml-") and not requirement.specifier and requirement.url is None
