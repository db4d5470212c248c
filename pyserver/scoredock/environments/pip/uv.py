"""The package installer that ships with Scoredock: where it is, how and where it is run."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from scoredock import l10n
from scoredock.data_folder import data_home, make_private, require_owner
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken
from scoredock.run import Completed, TimedOut, child_environment, run
from scoredock.temporary.folders import TemporaryFolder
from scoredock.temporary.places import installer_home, installer_scratch

_finding = threading.Lock()
"""Of the program: until Python 3.12 `sysconfig` answers a second thread with what the first has filled in so far."""
_OPTIONS = ("--no-progress", "--color", "never")
_NO_PYTHONS = "--no-python-downloads"
_WARNINGS = {"RUST_LOG": "uv_resolver=warn"}


def run_uv(
    arguments: Sequence[str],
    *,
    timeout: float,
    index_url: str = "",
    cancel: CancelToken | None = None,
    on_line: Callable[[str], None] | None = None,
    settings: str | None = None,
) -> Completed:
    """Run uv to its end, in a folder where only this account writes.

    uv reads its configuration from the working directory and every folder above it, which may be a stranger's: a
    repository, or a temporary folder that all accounts share. It is run where that search ends at once; what the person
    has set for uv (`~/.config/uv/uv.toml`, variables) counts as before, UV_FIND_LINKS also beside folders that the
    arguments name. `index_url` is taken for the index where it is not empty. `settings`, as `uv.toml` has them, count
    for this call alone, which then prints the warnings of the resolver, too. Only `python install` fetches a Python.

    Raises ScoredockError `runtime-missing` and `cancelled`, TimedOut, OSError.
    """
    options = _OPTIONS if list(arguments[:2]) == ["python", "install"] else (*_OPTIONS, _NO_PYTHONS)
    command = [_program(), *options, *arguments, *_links_of_the_person(arguments)]
    environment = {**uv_environment(index_url), **({} if settings is None else _WARNINGS)}
    with _folder_with(settings or "") as folder:
        if settings and (named := environment.get("UV_CONFIG_FILE")):  # it counts in the place of all others
            file = folder / "uv.toml"
            file.write_text(f"{Path(named).read_text('utf-8')}\n{settings}", "utf-8")
            environment["UV_CONFIG_FILE"] = str(file)
        return run(command, env=environment, timeout=timeout, cancel=cancel, on_line=on_line, cwd=folder)


def installer_version() -> tuple[str, str]:
    """Path of uv, and its version. Works also where the data folder cannot be written to.

    Raises ScoredockError `runtime-missing`, OSError where it does not start.
    """
    program = _program()
    try:
        completed = run([program, "--version"], env=uv_environment(""), timeout=20)
    except TimedOut as error:
        raise ScoredockError("runtime-missing", f"{error}.") from None
    if completed.returncode != 0:
        raise ScoredockError(
            "runtime-missing",
            l10n.t("The uv program that ships with Scoredock fails: {error}.", error=completed.stderr.strip()),
        )
    return program, completed.stdout.strip().removeprefix("uv ").split(" ")[0]


def _program() -> str:
    try:
        from uv import find_uv_bin

        with _finding:
            return str(find_uv_bin())
    except (ImportError, FileNotFoundError):
        raise ScoredockError(
            "runtime-missing", l10n.t("The uv program that ships with Scoredock was not found.")
        ) from None


def _private_folder() -> Path:
    """Folder in which uv is run. Its own settings file, which is empty, ends the search upwards. Raises OSError,
    ScoredockError `workspace-not-yours`."""
    require_owner(data_home())
    folder = installer_home()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    settings = folder / "uv.toml"
    settings.touch(mode=0o600)
    settings.write_bytes(b"")
    return folder


@contextlib.contextmanager
def _folder_with(settings: str) -> Iterator[Path]:
    """The same with settings for one call, which is a folder of its own then."""
    folder = _private_folder()
    if not settings:
        yield folder
        return
    with TemporaryFolder("settings", folder) as own:
        (own / "uv.toml").write_text(settings, "utf-8")
        yield own


def _links_of_the_person(arguments: Sequence[str]) -> list[str]:
    """Folders in UV_FIND_LINKS, as arguments: uv passes over the variable where an argument names a folder."""
    if list(arguments[:2]) not in (["pip", "compile"], ["pip", "install"]) or "--find-links" not in arguments:
        return []
    named = [each.strip() for each in os.environ.get("UV_FIND_LINKS", "").split(",")]
    return [part for each in named if each for part in ("--find-links", each)]


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for what uv is given and builds: beside the caches of this account, as uv and build backends look for
    settings and projects above it, and the data folder may be in a repository. Raises OSError."""
    private = installer_scratch()
    try:
        make_private(private)
    except OSError:  # an account without a home
        private = _private_folder()
    with TemporaryFolder("uv", private) as folder:
        yield folder


_PYTHONS = (
    "UV_PYTHON_INSTALL_DIR",
    "UV_PYTHON_INSTALL_MIRROR",
    "UV_PYTHON_DOWNLOADS_JSON_URL",
    "UV_PYTHON_CACHE_DIR",
)
"""Where uv gets Pythons from and puts them: a company's mirror is named there."""
_TIME = "315619200"
"""Of all files of a wheel that is built, the second day of 1980: equal sources make equal wheels."""
_PASSED = (*_PYTHONS, "SOURCE_DATE_EPOCH")


def uv_environment(index_url: str) -> dict[str, str]:
    """Ours without our own interpreter's variables; uv's own settings pass, and so does an index that was set."""
    extra = {"SOURCE_DATE_EPOCH": _TIME, **{name: os.environ[name] for name in _PASSED if name in os.environ}}
    if index_url:
        extra["UV_DEFAULT_INDEX"] = index_url
    return child_environment(extra, drop=("UV_PROJECT", "UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_OFFLINE"))
