"""The packages of an image, resolved and unpacked here as wheels for the image's Python: nothing runs in the image."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from packaging.utils import canonicalize_name

from scoredock import l10n
from scoredock.environments.pip.folder_copies import FolderCopies
from scoredock.environments.pip.local_packages import local_place, sources_option
from scoredock.environments.pip.local_wheels import LocalWheels
from scoredock.environments.pip.locks import RUNTIME, entries, indexed, lock_lines, options, runtime_at, with_own_hashes
from scoredock.environments.pip.old_metadata import compile_packages
from scoredock.environments.pip.uv import run_uv, scratch_folder
from scoredock.environments.pip.uv_refusals import explain, is_offline
from scoredock.environments.spec import EnvironmentSpec
from scoredock.environments.versions.setuptools import compile_with_setuptools
from scoredock.environments.versions.together import compile_together, never_built
from scoredock.errors import EnvironmentOffline, ScoredockError
from scoredock.formats.service_python import OLDEST
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.run import Completed, TimedOut
from scoredock.temporary.folders import TemporaryFolder

_SECONDS = 3600.0
_ACCELERATORS = ("httptools", "orjson")
"""What the runtime's extra `fast` brings; taken where it has wheels."""
_WITHOUT_WHEEL = (
    re.compile(r"Wheels are required for `([\w.-]+)`"),
    re.compile(r"([\w.-]+)==\S+ has no usable wheels"),
    re.compile(r"Building source distributions for `([\w.-]+)` is disabled"),
    re.compile(r"Failed to (?:build|download(?: and build)?) `([\w.-]+)(?:[ =@][^`]*)?`"),
)


@dataclass(frozen=True, slots=True)
class Target:
    """Python and platform that packages are chosen for."""

    python: str
    """`3.11.2`"""
    platform: str
    """As uv writes it: `x86_64-manylinux_2_36`."""

    @property
    def minor(self) -> str:
        return ".".join(self.python.split(".")[:2])

    @property
    def hosts(self) -> bool:
        """True if the scoring runtime runs in this Python; else only a script does, in a process of its own."""
        return self.version >= OLDEST

    @property
    def version(self) -> tuple[int, int]:
        """`(3, 11)`"""
        first, second = self.minor.split(".")
        return int(first), int(second)


@dataclass(frozen=True, slots=True)
class LockedPackages:
    """Packages that are installed, down to the last one."""

    hashed: str
    """Lines `name==version` or `name @ address` with the hashes of their files; the scoring runtime is not among
    them."""
    requirements: tuple[str, ...]
    """As the person wrote them."""

    @property
    def lines(self) -> tuple[str, ...]:
        """Lines of the packages without the hashes."""
        return tuple(line for line, _ in entries(self.hashed))

    @property
    def options(self) -> tuple[str, ...]:
        """The lines of the person that say where packages come from."""
        return options(self.requirements)


def uv_platform(libc: str, machine: str) -> str:
    """The platform whose wheels run with a C library. Raises ScoredockError `image-platform`."""
    if machine not in ("x86_64", "aarch64"):
        raise ScoredockError(
            "image-platform",
            l10n.t("The base image is for {machine}; packages exist for x86_64 and aarch64.", machine=machine),
        )
    if libc == "musl":
        return f"{machine}-unknown-linux-musl"
    match = re.fullmatch(r"glibc 2\.(\d+)", libc)
    if match is None or int(match.group(1)) < 17:
        raise ScoredockError(
            "image-platform",
            l10n.t(
                "The base image has the C library `{libc}`; packages need glibc 2.17 or later, or musl.",
                libc=libc or "unknown",
            ),
            l10n.t("Use a base image with an operating system of the last ten years."),
        )
    number = int(match.group(1))
    # uv knows 2.17 as `manylinux2014`, then 2.28 and 2.31 to 2.40.
    usable = [each for each in (17, 28, *range(31, 41)) if each <= number]
    return f"{machine}-manylinux{'2014' if usable[-1] == 17 else f'_2_{usable[-1]}'}"


def lock(
    spec: EnvironmentSpec,
    target: Target,
    wheel: Path,
    local: LocalWheels,
    progress: Progress,
    cancel: CancelToken,
) -> LockedPackages:
    """Ask the package index what satisfies a specification together with the runtime, whose own wheel is `wheel`;
    without the runtime where the Python cannot host it. `local` says where packages of this machine are kept.

    Raises what `environments.resolve` raises for the same reasons.
    """
    spec_requirements = () if spec.user_managed else spec.requirements
    count = len(spec_requirements) - len(options(spec_requirements))
    progress.report(
        l10n.t(
            "Resolving the packages ({count}) for Python {version} on {platform}",
            count=count,
            version=target.minor,
            platform=target.platform,
        )
    )
    local = replace(local, source=spec.source, python=target.minor, platform=target.platform, interpreter=None)
    local.require_fit(spec_requirements)
    if spec.python_is_wish and not spec.takes(target.minor):
        progress.report(
            l10n.t(
                "The model was made for Python {wanted}; its own packages are installed for Python {version}.",
                wanted=(spec.python or "").removeprefix("==").removesuffix(".*"),
                version=target.minor,
            )
        )
    attempt: tuple[str, ...] | None = spec_requirements
    while attempt is not None:
        requirements = attempt
        # Where the pins are our own guess, an old release without a wheel must not cost minutes of compiling.
        binary = indexed(requirements) if spec.fallback is not None else ()
        ask = partial(_compile, target=target, wheel=wheel, local=local, progress=progress, cancel=cancel)
        completed, notes = compile_together(
            requirements, target.minor, partial(_compile_all, requirements, binary, target.version, ask)
        )
        if completed.returncode == 0:
            for note in notes:
                progress.report(note)
            if requirements != spec_requirements:
                progress.report(
                    l10n.t(
                        "Not all of these can be had for Python {version}: {packages}; the newest versions are used",
                        packages=", ".join(line for line in spec_requirements if line not in requirements),
                        version=target.minor,
                    )
                )
            hashed_lock = with_own_hashes(_without_options(completed.stdout), requirements)
            lines = [lock_lines(line, hashes) for line, hashes in entries(hashed_lock) if not line.startswith(RUNTIME)]
            return LockedPackages("".join(lines), requirements)
        failure = explain(completed.stderr, requirements, spec.source)
        if isinstance(failure, EnvironmentOffline):
            break
        attempt = spec.attempt_after(requirements, target.minor, completed.stderr)
    raise failure


def install(
    locked: LockedPackages,
    target: Target,
    folder: Path,
    wheels: Sequence[Path],
    index_url: str,
    source: str,
    progress: Progress,
    cancel: CancelToken,
) -> list[str]:
    """Unpack what has a wheel into `folder`; the lines of the lock that have none come back, and nothing is unpacked
    then.

    `wheels` are folders with wheels that were built here. Raises as `environments.build.build`.
    """
    if not locked.hashed:
        folder.mkdir(parents=True, exist_ok=True)
        return []
    without = [line for line in locked.lines if (path := local_place(line)) and path.suffix != ".whl"]
    while True:
        lines = [lock_lines(line, hashes) for line, hashes in entries(locked.hashed) if line not in without]
        completed = _install(lines, locked.options, target, folder, wheels, index_url, progress, cancel)
        if completed.returncode == 0:
            break
        name = _without_wheel(completed.stderr)
        line = next((each for each in locked.lines if canonicalize_name(re.split(r"[=@ \[]", each)[0]) == name), None)
        if line is None or line in without:
            raise explain(completed.stderr, locked.requirements, source)
        without.append(line)
    return without


def unpack(wheel: Path, target: Target, folder: Path, progress: Progress, cancel: CancelToken) -> None:
    """Unpack one wheel file without what it needs. Raises ScoredockError `environment-build-failed`."""
    done = _install([wheel.resolve().as_uri()], (), target, folder, (), "", progress, cancel)
    if done.returncode != 0:
        raise explain(done.stderr, (wheel.name,), "default")


def _compile_all(
    requirements: tuple[str, ...],
    binary: tuple[str, ...],
    python: tuple[int, int],
    ask: Callable[..., Completed],
    bounds: tuple[str, ...],
) -> Completed:
    """Answer of the resolver with setuptools, and within bounds; an old NumPy without a wheel is not compiled for
    one."""
    limits = _Limits((*binary, *never_built(bounds)), bounds)
    return compile_with_setuptools(requirements, (), python, partial(ask, limits=limits))


@dataclass(frozen=True, slots=True)
class _Limits:
    """Limits of a resolution."""

    binary: tuple[str, ...]
    """Packages that are never built from source."""
    bounds: tuple[str, ...] = ()
    """`numpy<2` or `jinja2<3.1`, for what does not say so itself."""


def _compile(
    requirements: tuple[str, ...],
    limits: _Limits,
    target: Target,
    wheel: Path,
    local: LocalWheels,
    progress: Progress,
    cancel: CancelToken,
) -> Completed:
    command = [
        "pip",
        "compile",
        "--no-header",
        "--no-annotate",
        "--generate-hashes",
        *_target(target),
        "--find-links",
        str(wheel.parent),
    ]
    own, fast = runtime_at(wheel), runtime_at(wheel, "[fast]")
    binary = limits.binary
    ways = [((*binary, *_ACCELERATORS), (fast,)), (binary, (own,))] if target.hosts else [(binary, ())]
    completed = Completed(0, "", "")
    for only, further in ways:
        lines = (*requirements, *further)
        if lines:
            options = [f"--only-binary={name}" for name in only]
            completed = _ask([*command, *options], lines, limits.bounds, local, (progress, cancel))
        if completed.returncode == 0 or not any(name in completed.stderr for name in _ACCELERATORS):
            break
    for line in completed.stderr.splitlines():
        progress.output(line)
    return completed


def _ask(
    command: Sequence[str],
    lines: Sequence[str],
    bounds: Sequence[str],
    local: LocalWheels,
    watch: tuple[Progress, CancelToken],
) -> Completed:
    with scratch_folder() as folder:
        file, constraints = folder / "requirements.in", folder / "constraints.txt"
        copies = FolderCopies(folder / "packages")
        file.write_text("".join(f"{line}\n" for line in copies.lines(lines)), "utf-8")
        constraints.write_text("".join(f"{bound}\n" for bound in bounds), "utf-8")
        online = [*command, *sources_option(lines), "--constraints", str(constraints), str(file)]
        offline = [*online, "--offline"]
        answers: list[Completed] = []
        # The runtime alone is here, and no index is needed for it.
        is_more = any(not line.startswith(RUNTIME) for line in lines)
        for order in (online, offline) if is_more else (offline, online):
            answers.append(_resolution(order, local.index_url, *watch))
            if answers[-1].returncode == 0 or (order is online and not is_offline(answers[-1].stderr)):
                break  # it is answered, or the index has spoken
        return local.locked(answers[-1], lines, copies, watch)


def _install(
    lines: Sequence[str],
    options: Sequence[str],
    target: Target,
    folder: Path,
    wheels: Sequence[Path],
    index_url: str,
    progress: Progress,
    cancel: CancelToken,
) -> Completed:
    with TemporaryFolder("lock") as held:
        file = held / "lock.txt"
        file.write_text("\n".join((*options, *lines)) + "\n", "utf-8")
        command = [
            "pip",
            "install",
            "--no-deps",
            "--no-build",
            *_target(target),
            "--target",
            str(folder),
            *(part for each in wheels for part in ("--find-links", str(each))),
            "-r",
            str(file),
        ]
        # What the cache holds needs no network and no questions to the index.
        done = _uv([*command, "--offline"], index_url, cancel)
        if done.returncode != 0:
            done = _uv(command, index_url, cancel)
        for line in done.stderr.splitlines() if done.returncode == 0 else ():
            progress.output(line)
        return done


def _target(target: Target) -> list[str]:
    return ["--python-version", target.minor, "--python-platform", target.platform]


def _resolution(command: list[str], index_url: str, progress: Progress, cancel: CancelToken) -> Completed:
    try:
        return compile_packages(command, index_url=index_url, timeout=_SECONDS, cancel=cancel, progress=progress)
    except TimedOut as error:
        raise ScoredockError("environment-build-failed", f"{error}.") from None


def _uv(command: list[str], index_url: str, cancel: CancelToken) -> Completed:
    try:
        return run_uv(command, index_url=index_url, timeout=_SECONDS, cancel=cancel)
    except TimedOut as error:
        raise ScoredockError("environment-build-failed", f"{error}.") from None


def _without_wheel(stderr: str) -> str:
    """The package that a refusal names as having no wheel, normalised; empty for another refusal."""
    flat = " ".join(stderr.split())
    for pattern in _WITHOUT_WHEEL:
        if (found := pattern.search(flat)) and found.group(1):
            return str(canonicalize_name(found.group(1)))
    return ""


def _without_options(text: str) -> str:
    """uv repeats the person's options, which may hold credentials."""
    return "".join(f"{line}\n" for line in text.splitlines() if not line.startswith("-"))
