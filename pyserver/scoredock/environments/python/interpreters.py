"""Python that an environment is made from: one of this machine, or one that uv fetches."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.environments.pip.requirement_lines import requirement_place
from scoredock.environments.spec import find_versions, place_of
from scoredock.errors import ScoredockError
from scoredock.formats.service_python import ADVICE, OLDEST, OLDEST_OF_SCRIPTS
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken
from scoredock.run import TimedOut, child_environment, run

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

_FETCH_TIMEOUT = 900.0
OLDEST_OF_UV = (3, 8)
"""Of the CPythons that uv can install."""

_PYENV_NAME = re.compile(r"\d+\.\d+\.\d+")
_UV_NAME = re.compile(r"cpython-(3\.\d+\.\d+)(\+\w+)?-(?!.*-x86-)")
"""Of a folder of uv: the version and the variant, such as `+freethreaded`; none of 32 bits."""

ASK = (
    "import sys, platform, sysconfig; print('%d.%d.%d' % sys.version_info[:3], platform.python_implementation(),"
    " 'plain' if not sysconfig.get_config_var('Py_DEBUG') and not sysconfig.get_config_var('Py_GIL_DISABLED')"
    " else 'other', 64 if sys.maxsize > 2**32 else 32)"
)
"""Has an interpreter say what `answered` reads."""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python on this machine."""

    path: Path
    version: str
    """`3.11.7`."""
    is_plain: bool = True
    """CPython, neither a debug build nor a free-threaded one."""

    @property
    def hosts(self) -> bool:
        """True if the scoring runtime runs in it; else only a script does, in a process of its own."""
        return self.is_plain and self.minor >= OLDEST

    @property
    def minor(self) -> tuple[int, int]:
        first, second = self.version.split(".")[:2]
        return int(first), int(second)


def own_interpreter() -> Interpreter:
    """The Python this program's own environment was made from; needs no process to ask."""
    base = getattr(sys, "_base_executable", None) or sys.executable
    return Interpreter(Path(base), ".".join(map(str, sys.version_info[:3])))


def choose(
    specifier: str | None, preferred: str, source: str, cancel: CancelToken, *, download: bool = False
) -> Interpreter:
    """The interpreter for a specifier such as `==3.10.*`; the preferred or our own one when none is named.

    `preferred` is the path that the setting names, or empty; `download` lets uv fetch a version that is not here.
    Raises ScoredockError `python-not-found` naming the versions that are there.
    """
    interpreter, refusal = find(specifier, preferred, source, cancel, download=download)
    if refusal is not None:
        raise refusal
    return interpreter


def find(
    specifier: str | None, preferred: str, source: str, cancel: CancelToken, *, download: bool = False
) -> tuple[Interpreter, ScoredockError | None]:
    """Same as `choose`, but where none fits, the preferred or our own one, and the error that says so.

    Raises ScoredockError `python-not-found` where the preferred one cannot be run or no script can run in it.
    """
    fallback = own_interpreter()
    if preferred:
        interpreter = _ask(Path(os.path.expanduser(preferred)), cancel)  # noqa: PTH111 (raises nothing)
        if interpreter is None:
            raise ScoredockError(
                "python-not-found",
                l10n.t("The interpreter {path} cannot be run.", path=preferred),
                l10n.t("Correct the setting scoredock.environment.interpreter."),
                details={"interpreter": preferred},
            )
        fallback = interpreter
    if specifier is None:
        if fallback.minor < OLDEST_OF_SCRIPTS:
            raise _too_old(fallback, source)
        return fallback, None
    from packaging.specifiers import SpecifierSet

    specifiers = SpecifierSet(specifier)
    by_minor: dict[tuple[int, int], Interpreter] = {fallback.minor: fallback}
    if _fits(fallback, specifiers):
        return fallback, None
    if (here := _best(specifiers, by_minor, cancel)) is not None:
        return here, None
    fetched = ""
    if download and (wish := _downloadable(specifier)):
        found, fetched = fetch(wish, cancel)
        if found is not None:
            return found, None
    return fallback, _refusal(specifier, by_minor, source, fetched)


def _best(
    specifiers: SpecifierSet, by_minor: dict[tuple[int, int], Interpreter], cancel: CancelToken
) -> Interpreter | None:
    """The first that fits and hosts the runtime, else the first that fits; `by_minor` gets all of them."""
    may_host = any(specifiers.contains(f"3.{minor}.9") for minor in range(OLDEST[1], 100))
    other: Interpreter | None = None
    for candidate in _candidates(specifiers, cancel):
        if _fits(candidate, specifiers):
            if candidate.hosts or not may_host:
                return candidate
            other = other or candidate
        by_minor.setdefault(candidate.minor, candidate)
    return other


def interpreters_here(cancel: CancelToken) -> list[Interpreter]:
    """One of each minor version that scripts can run in, the newest first."""
    from packaging.specifiers import SpecifierSet

    by_minor: dict[tuple[int, int], Interpreter] = {}
    for candidate in (own_interpreter(), *_candidates(SpecifierSet(), cancel)):
        if candidate.is_plain and candidate.minor >= OLDEST_OF_SCRIPTS:
            by_minor.setdefault(candidate.minor, candidate)
    return [by_minor[minor] for minor in sorted(by_minor, reverse=True)]


def _downloadable(specifier: str) -> str:
    """`3.10` for a pin on a version that uv has; empty for anything else."""
    pinned = re.fullmatch(r"==(\d+)\.(\d+)\.\*", specifier)
    return f"{pinned[1]}.{pinned[2]}" if pinned and (int(pinned[1]), int(pinned[2])) >= OLDEST_OF_UV else ""


def fetch(version: str, cancel: CancelToken) -> tuple[Interpreter | None, str]:
    """Let uv install a Python for this account: the interpreter, or None and why not."""
    from scoredock.environments.pip.uv import run_uv

    try:
        install = ["python", "install", "--no-bin", version]
        completed = run_uv(install, timeout=_FETCH_TIMEOUT, cancel=cancel)
        if completed.returncode != 0:
            return None, (completed.stderr.strip().splitlines() or [l10n.t("no message")])[-1].strip().removeprefix(
                "cause: "
            )
        lookup = run_uv(["python", "find", "--managed-python", version], timeout=60)
    except (OSError, TimedOut) as error:
        return None, str(error)
    interpreter = _ask(Path(lookup.stdout.strip()), cancel) if lookup.returncode == 0 else None
    return interpreter, "" if interpreter is not None else l10n.t("the downloaded Python cannot be run")


def _fits(interpreter: Interpreter, specifiers: SpecifierSet) -> bool:
    return interpreter.minor >= OLDEST_OF_SCRIPTS and specifiers.contains(interpreter.version, prereleases=True)


def _refusal(specifier: str, by_minor: dict[tuple[int, int], Interpreter], source: str, fetched: str) -> ScoredockError:
    usable = ["{}.{}".format(*minor) for minor in sorted(by_minor) if minor >= OLDEST_OF_SCRIPTS]
    requested_version = re.sub(r"^==(\d+\.\d+)\.\*$", r"\1", specifier)
    pinned = re.fullmatch(r"(\d+)\.(\d+)", requested_version)
    old = pinned is not None and (int(pinned[1]), int(pinned[2])) < OLDEST_OF_SCRIPTS
    if old:
        reason = l10n.t(
            "The environment asks for Python {version}, but scripts need Python 3.6 or later.",
            version=requested_version,
        )
    else:
        reason = l10n.t(
            "The environment asks for Python {version}, which is not on this machine.", version=requested_version
        )
    here = l10n.t("There is no other suitable Python, either.")
    if usable:
        here = l10n.t("Found: {versions}.", versions=", ".join(usable))
    failed = l10n.t("uv could not download it: {error}.", error=fetched) if fetched else ""
    return ScoredockError(
        "python-not-found",
        " ".join(filter(None, [reason, here, failed])),
        l10n.t(ADVICE) if old else _advice(requested_version, usable, download=pinned is not None and not fetched),
        place=requirement_place(source, "python"),
        remedies=find_versions(source),
        details={"python": requested_version, "found": usable},
    )


def install_advice(refusal: ScoredockError) -> str:
    """Advice where the environment is a model's own, so that no other Python can be written into it."""
    requested_version = str(refusal.details["python"])
    if not (pinned := re.fullmatch(r"(\d+)\.(\d+)", requested_version)):
        return _advice(requested_version, (), download=False)
    minor = int(pinned[1]), int(pinned[2])
    if minor < OLDEST_OF_SCRIPTS:
        return refusal.fix
    return _advice(requested_version, (), download=minor >= OLDEST_OF_UV)


def _advice(requested_version: str, usable: Sequence[str], *, download: bool) -> str:
    if usable and download:
        return l10n.t(
            "Change the pin to python={version}, install Python {asked}, or allow"
            " scoredock.environment.downloadPython.",
            version=usable[-1],
            asked=requested_version,
        )
    if usable:
        return l10n.t(
            "Change the pin to python={version}, or install Python {asked}.",
            version=usable[-1],
            asked=requested_version,
        )
    if download:
        return l10n.t("Install Python {asked}, or allow scoredock.environment.downloadPython.", asked=requested_version)
    return l10n.t("Install Python {asked}.", asked=requested_version)


def _too_old(interpreter: Interpreter, source: str) -> ScoredockError:
    return ScoredockError(
        "python-not-found",
        l10n.t(
            "{path} is Python {version}, but scripts need Python 3.6 or later.",
            version=interpreter.version,
            path=interpreter.path,
        ),
        l10n.t(ADVICE),
        place=place_of(source),
    )


def _candidates(specifiers: SpecifierSet, cancel: CancelToken) -> Iterator[Interpreter]:
    """Interpreters of this machine, newest first in each group: pyenv, conda, PATH, uv. Those of the PATH are
    started to tell their version; of the others the names of folders do."""
    yield from _pyenv()
    yield from _conda()
    own = own_interpreter()
    tried: set[str] = set()
    for path in _on_path(specifiers):
        real = os.path.realpath(path)
        if real in tried:
            continue
        tried.add(real)
        if found := own if real == os.path.realpath(own.path) else _ask(path, cancel):
            yield found
    yield from _uv()


def _on_path(specifiers: SpecifierSet) -> Iterator[Path]:
    root = _pyenv_root()
    folders = [each for each in os.get_exec_path() if Path(each) != root / "shims"]  # each costs a shell and pyenv
    others = [str(each / "bin") for each in _folders(root / "versions") if not _PYENV_NAME.fullmatch(each.name)]
    path = os.pathsep.join([*folders, *others])
    # Only versions that could fit are looked up: shims of other version managers cost a process each.
    for minor in range(20, OLDEST_OF_SCRIPTS[1] - 1, -1):
        if any(specifiers.contains(f"3.{minor}.{patch}") for patch in (0, 9, 18)) and (
            found := shutil.which(f"python3.{minor}", path=path)
        ):
            yield Path(found)
    for name in ("python3", "python"):
        if found := shutil.which(name, path=path):
            yield Path(found)


def _pyenv_root() -> Path:
    return Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")


def _pyenv() -> Iterator[Interpreter]:
    named = ((each, each.name) for each in _folders(_pyenv_root() / "versions") if _PYENV_NAME.fullmatch(each.name))
    return _newest_first(Interpreter(_python_of(folder), version) for folder, version in named)


def _uv() -> Iterator[Interpreter]:
    """Those that uv has installed for this account."""
    from scoredock.environments.pip.uv import run_uv

    try:
        folder = run_uv(["python", "dir"], timeout=30).stdout.strip()
    except (OSError, TimedOut):
        return iter(())
    named = ((each, _UV_NAME.match(each.name)) for each in _folders(Path(folder))) if folder else ()
    return _newest_first(Interpreter(_python_of(each), name[1], not name[2]) for each, name in named if name)


def _conda() -> Iterator[Interpreter]:
    """Interpreters of conda's environments, which it keeps a list of."""
    try:
        prefixes = (Path.home() / ".conda" / "environments.txt").read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return
    interpreters: list[Interpreter] = []
    for prefix in map(Path, filter(None, map(str.strip, prefixes))):
        names = [entry.name for entry in prefix.glob("conda-meta/python-3.*.json")]
        version = re.match(r"python-(3\.\d+\.\d+)-", names[0]) if names else None
        if version is not None:
            interpreters.append(Interpreter(_python_of(prefix), version[1]))
    yield from _newest_first(interpreters)


def _folders(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _python_of(prefix: Path) -> Path:
    return prefix / ("python.exe" if os.name == "nt" else "bin/python")


def _newest_first(interpreters: Iterable[Interpreter]) -> Iterator[Interpreter]:
    there = (each for each in interpreters if each.path.is_file())
    return iter(sorted(there, key=lambda each: [int(part) for part in each.version.split(".")], reverse=True))


def _ask(path: Path, cancel: CancelToken) -> Interpreter | None:
    """Interpreter by its own report, or None if it cannot be run (a broken link, a shim without a version)."""
    try:
        completed = run([str(path), "-I", "-c", ASK], env=child_environment(), timeout=15, cancel=cancel)
    except (OSError, TimedOut):
        return None
    return answered(path, completed.stdout) if completed.returncode == 0 else None


def answered(path: Path, line: str) -> Interpreter | None:
    """Interpreter from the line that it printed about itself; None if no script can run in it, as in one of 32 bits."""
    facts = re.match(r"(\d+\.\d+\.\d+) (\w+) (\w+) 64", line)
    return Interpreter(path, facts[1], (facts[2], facts[3]) == ("CPython", "plain")) if facts is not None else None
