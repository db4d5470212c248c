"""Source archives that uv cannot make a wheel of, because their requirements are older than PEP 440: pip below 24.1
makes it, with the build tools of that time, and uv installs it."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from packaging.utils import canonicalize_name

from scoredock import l10n
from scoredock.environments.pip import locks
from scoredock.environments.pip.pip_settings import READING_PIP, REQUIREMENTS, pip_inputs
from scoredock.environments.pip.uv import run_uv
from scoredock.file_locks import hold_lock
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.run import Completed, TimedOut, child_environment, run
from scoredock.temporary.folders import TemporaryFolder
from scoredock.temporary.places import OLD_SOURCES, installer_home

TOOLS = "setuptools<66\nwheel<0.38\n"
"""The first releases after these refuse such requirements, whoever builds."""
_CONSTRAINTS = "constraints.txt"
_SECONDS = 3600.0
_SETUP = (
    r"error in \S+ setup command: '(?:(?:install|python|setup|tests)_requires?|extras_require)'"
    r"|requirements\.InvalidRequirement: "
)
_REFUSED = re.compile(
    r"Failed to (?:download and )?build `([\w.-]+)==([^`\s]+)`"
    rf"(?=[\s\S]*(?:Failed to parse metadata from built wheel|{_SETUP}))"
)


def needs_old_tools(output: str) -> bool:
    """True if a build failed because its tools refuse the requirements that it states."""
    return re.search(_SETUP, output) is not None


def refused_source(stderr: str) -> tuple[str, str] | None:
    """Name and version of the source archive whose requirements are at fault; None for any other refusal."""
    match = _REFUSED.search(stderr)
    return (str(canonicalize_name(match[1])), match[2]) if match is not None else None


@dataclass(frozen=True, slots=True)
class OldSources:
    """Wheels of such archives for one Python; each is made once."""

    python: Path
    index_url: str
    options: tuple[str, ...]
    """Lines that say where packages come from."""

    def wheel(
        self, name: str, version: str, hashes: Sequence[str], progress: Progress, cancel: CancelToken
    ) -> Path | None:
        """The wheel of a release, made where there is none yet, of an archive with one of the hashes where they are
        given; None where that fails. Raises ScoredockError `cancelled`, OSError."""
        folder = self._folder(name, version, hashes)
        with hold_lock(folder.with_suffix(".lock"), "wheel", progress, cancel):
            if self.kept(name, version, hashes) is None:
                progress.report(l10n.t("Building a wheel of {package}", package=f"{name} {version}"))
                with TemporaryFolder("build", folder.parent) as scratch:
                    made = self._make(f"{name}=={version}", hashes, scratch, progress, cancel)
                    if made is not None:
                        folder.mkdir(mode=0o700, exist_ok=True)
                        made.replace(folder / made.name)
        return self.kept(name, version, hashes)

    def kept(self, name: str, version: str, hashes: Sequence[str]) -> Path | None:
        """The wheel that was made before."""
        return next(iter(sorted(self._folder(name, version, hashes).glob("*.whl"))), None)

    def _folder(self, name: str, version: str, hashes: Sequence[str]) -> Path:
        about = (name, version, os.path.realpath(self.python), self.index_url, *self.options, *sorted(hashes))
        return _folder_of_wheels() / hashlib.sha256("\0".join(about).encode()).hexdigest()[:24]

    def _make(
        self, line: str, hashes: Sequence[str], scratch: Path, progress: Progress, cancel: CancelToken
    ) -> Path | None:
        tools, out = scratch / "pip", scratch / "out"
        got = run_uv(
            ["pip", "install", "--target", str(tools), "--python", str(self.python), READING_PIP],
            timeout=_SECONDS,
            index_url=self.index_url,
            cancel=cancel,
        )
        if got.returncode != 0:
            return None
        files, variables = pip_inputs(str(scratch), line, hashes, self.options, self.index_url)
        for file, content in {**files, _CONSTRAINTS: TOOLS}.items():
            (scratch / file).write_text(content, "utf-8")
        if links := os.environ.get("UV_FIND_LINKS"):
            variables["PIP_FIND_LINKS"] = links.replace(",", " ")
        variables |= {"PYTHONPATH": str(tools), "PIP_CONSTRAINT": str(scratch / _CONSTRAINTS)}
        words = [
            "wheel",
            *(["--require-hashes"] if hashes else []),
            "--no-deps",
            "--no-cache-dir",
            "--disable-pip-version-check",
            "--use-pep517",
        ]
        words += ["--no-binary", line.partition("==")[0], "--wheel-dir", str(out), "-r", str(scratch / REQUIREMENTS)]
        try:
            completed = run(
                [str(self.python), "-m", "pip", *words],
                env=child_environment(variables),
                timeout=_SECONDS,
                cancel=cancel,
                cwd=scratch,
            )
        except TimedOut:
            return None
        for said in completed.stdout.splitlines() + completed.stderr.splitlines():
            progress.output(locks.without_credentials(said))
        return next(iter(out.glob("*.whl")), None) if completed.returncode == 0 else None

    def with_kept(self, lines: str) -> str:
        """A lock with the wheels that were made in the place of their archives."""
        if not _folder_of_wheels().is_dir():
            return lines
        return "".join(self._line(requirement, hashes) for requirement, hashes in locks.entries(lines))

    def _line(self, requirement: str, hashes: Sequence[str]) -> str:
        about = _release(requirement)
        wheel = self.kept(*about, hashes) if about is not None else None
        if wheel is None:
            return locks.lock_lines(requirement, hashes)
        # Of a wheel that is named by its address uv reads the requirements.
        digest = f"sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}"
        return f"--find-links {wheel.parent.as_uri()}\n{locks.lock_lines(requirement, (digest,) if hashes else ())}"


def installed(
    install: Callable[[], Completed], file: Path, sources: OldSources, progress: Progress, cancel: CancelToken
) -> Completed:
    """Result of installing the lock in a file, repeated with a wheel for each archive that it refuses for its age; the
    wheel takes the archive's place in the file. Raises ScoredockError `cancelled`, OSError."""
    hashes_of = {_release(requirement): hashes for requirement, hashes in locks.entries(file.read_text("utf-8"))}
    while True:
        file.write_text(sources.with_kept(file.read_text("utf-8")), "utf-8")
        completed = install()
        refused = refused_source(completed.stderr) if completed.returncode != 0 else None
        if refused is None or refused not in hashes_of:
            return completed
        if sources.wheel(*refused, hashes_of.pop(refused), progress, cancel) is None:
            return completed


def _folder_of_wheels() -> Path:
    return installer_home() / OLD_SOURCES


def _release(requirement: str) -> tuple[str, str] | None:
    """Name and version that a line of a lock pins; None for one with an address."""
    name, _, version = requirement.partition(" ;")[0].partition("==")
    return (str(canonicalize_name(name.strip())), version.strip()) if version and "@" not in name else None
