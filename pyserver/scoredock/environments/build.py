"""Makes the virtual environment of a resolution, once: other processes wait, and nobody ever sees half of one."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from scoredock.environments.resolve import Resolved
from scoredock.environments.uv import explain, is_offline, uv_command, uv_environment
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Progress
from scoredock.run import Completed, TimedOut, child_environment, end_process, run

MARKER = "scoredock-environment.json"
"""Written last: a folder without it is not an environment."""
LOCK_FILE = "scoredock-lock.txt"
"""The exact packages, for people and for building it again."""
_INSTALL_TIMEOUT = 3600.0
_UNFINISHED = ".building-"
_ABANDONED = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class BuiltEnvironment:
    """A finished environment on disk."""

    key: str
    folder: Path
    python: Path
    """Its interpreter."""
    size: int
    """Bytes of its files, those shared with uv's cache included."""
    created: float
    display_name: str
    base: Path
    """The interpreter it was made from; when that goes, the environment is dead."""


def environment_python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def python_minor(environment: BuiltEnvironment) -> str:
    """`3.11`, as the environment itself says. Raises ScoredockError `environment-build-failed`."""
    try:
        told = (environment.folder / "pyvenv.cfg").read_text("utf-8")
    except OSError:
        told = ""
    found = re.search(r"^version(?:_info)?\s*=\s*(\d+\.\d+)", told, re.MULTILINE)
    if found is None:
        raise ScoredockError("environment-build-failed", f"{environment.folder} is not a virtual environment any more.")
    return found.group(1)


def existing(root: Path, key: str) -> BuiltEnvironment | None:
    """The finished environment of a key, or None when there is none or its interpreter has vanished."""
    folder = root / key
    try:
        told = json.loads((folder / MARKER).read_text("utf-8"))
        built = BuiltEnvironment(
            key=key,
            folder=folder,
            python=environment_python(folder),
            size=int(told["size"]),
            created=float(told["created"]),
            display_name=str(told["display_name"]),
            base=Path(told["base"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return built if built.python.is_file() else None


def build(resolved: Resolved, folder: Path, progress: Progress, cancel: CancelToken) -> BuiltEnvironment:
    """Make the environment in `folder` (the environments of the workspace, `<folder>/<key>`), or find it there.

    Raises ScoredockError `environment-build-failed`, `environment-offline` or `cancelled`, and OSError when the folder
    cannot be written; nothing half-made is left then.
    """
    (folder / ".locks").mkdir(parents=True, exist_ok=True, mode=0o700)
    with _only_one(folder / ".locks" / f"{resolved.key}.lock", progress, cancel):
        if found := existing(folder, resolved.key):
            return found
        _sweep(folder, resolved.key)
        return _make(resolved, folder, progress, cancel)


def _make(resolved: Resolved, root: Path, progress: Progress, cancel: CancelToken) -> BuiltEnvironment:
    # Beside its final name and renamed when done: an installer that outlives a killed server then writes into a
    # folder that nobody uses. Relocatable, because the name is in the scripts otherwise.
    temporary = root / f"{_UNFINISHED}{resolved.key}-{secrets.token_hex(4)}"
    target = root / resolved.key
    try:
        progress.report(f"Creating the environment ({resolved.display_name}) with Python {resolved.python_version}")
        temporary.mkdir(mode=0o700)
        made = _uv(
            [
                "venv",
                "--relocatable",
                "--no-project",
                "--python",
                str(resolved.python),
                "--allow-existing",
                str(temporary),
            ],
            resolved,
            progress,
            cancel,
        )
        if made.returncode != 0:
            raise explain(made.stderr, resolved.requirements, resolved.source)
        lock = temporary / LOCK_FILE
        lock.write_text(resolved.lock, "utf-8")
        packages = len(resolved.lock.splitlines())
        progress.report(f"Installing {packages} packages")
        _install(resolved, temporary, lock, progress, cancel)
        _prove(temporary)
        built = BuiltEnvironment(
            key=resolved.key,
            folder=target,
            python=environment_python(target),
            size=_size(temporary),
            created=time.time(),
            display_name=resolved.display_name,
            base=resolved.python,
        )
        _write_marker(temporary / MARKER, built)
        if target.exists():  # without a marker or without its interpreter
            shutil.rmtree(target)
        temporary.replace(target)
        return built
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _install(resolved: Resolved, folder: Path, lock: Path, progress: Progress, cancel: CancelToken) -> None:
    command = [
        "pip", "install", "--no-deps", "--python", str(environment_python(folder)), "--find-links", str(resolved.wheels),
        *(f"--only-binary={name}" for name in resolved.only_binary), "-r", str(_exact(resolved, lock)),
    ]  # fmt: skip
    # What the cache holds needs no network and no questions to the index.
    done = _uv([*command, "--offline"], resolved, None, cancel)
    if done.returncode != 0:
        done = _uv(command, resolved, progress, cancel)
        if done.returncode != 0 and not is_offline(done.stderr):
            raise explain(done.stderr, resolved.requirements, resolved.source)
    if done.returncode != 0:
        raise explain(done.stderr, resolved.requirements or ("scoredock-runtime",), resolved.source)
    if done.stderr:
        for line in done.stderr.splitlines():
            progress.output(line)


def _exact(resolved: Resolved, lock: Path) -> Path:
    """The lock with the runtime by its file: of a folder of wheels uv remembers names only, and would take an older build."""
    wheel = max(resolved.wheels.glob("scoredock_runtime-*.whl"))
    lines = [
        f"scoredock-runtime @ {wheel.resolve().as_uri()}" if line.startswith("scoredock-runtime==") else line
        for line in lock.read_text("utf-8").splitlines()
    ]
    exact = lock.with_suffix(".in")
    exact.write_text("\n".join(lines) + "\n", "utf-8")
    return exact


def _uv(arguments: list[str], resolved: Resolved, progress: Progress | None, cancel: CancelToken) -> Completed:
    try:
        return run(
            [*uv_command(), *arguments],
            env=uv_environment(resolved.index_url),
            timeout=_INSTALL_TIMEOUT,
            cancel=cancel,
            on_line=progress.output if progress else None,
        )
    except TimedOut as error:
        raise ScoredockError("environment-build-failed", f"{error}.") from None


def _prove(folder: Path) -> None:
    """The interpreter starts and finds the runtime. Raises ScoredockError `environment-build-failed`."""
    told = run(
        [str(environment_python(folder)), "-I", "-c", "import scoredock_runtime.contract"],
        env=child_environment(),
        timeout=60,
    )
    if told.returncode != 0:
        last = (told.stderr.strip().splitlines() or ["no message"])[-1]
        raise ScoredockError(
            "environment-build-failed", f"The environment was made but cannot run the scoring runtime: {last}."
        )


def _write_marker(path: Path, built: BuiltEnvironment) -> None:
    told = {**asdict(built), "folder": built.folder.name, "python": "", "base": str(built.base)}
    with path.open("w", encoding="utf-8") as stream:
        json.dump(told, stream)
        stream.flush()
        os.fsync(stream.fileno())


@contextlib.contextmanager
def _only_one(path: Path, progress: Progress, cancel: CancelToken) -> Iterator[None]:
    """Hold the lock of one environment; the kernel releases it when its holder dies."""
    lock = FileLock(str(path))
    told = False
    while True:
        cancel.raise_if_cancelled()
        try:
            lock.acquire(timeout=0.2, poll_interval=0.05)
            break
        except Timeout:
            if not told:
                progress.report("Waiting for another process that builds the same environment")
                told = True
    try:
        yield
    finally:
        lock.release()


def _sweep(root: Path, key: str) -> None:
    """Remove what an earlier, killed build of this key left (its lock is ours now), and any others a day old."""
    for entry in root.glob(f"{_UNFINISHED}*"):
        with contextlib.suppress(OSError):
            if entry.name.startswith(f"{_UNFINISHED}{key}-") or time.time() - entry.stat().st_mtime > _ABANDONED:
                _remove_unfinished(entry)


def sweep_unfinished(root: Path) -> int:
    """Remove half-made environments whose builder is gone; how many there were. Called after a crash."""
    removed = 0
    for entry in root.glob(f"{_UNFINISHED}*"):
        key = entry.name.removeprefix(_UNFINISHED).rsplit("-", 1)[0]
        with contextlib.suppress(Timeout, OSError), FileLock(str(root / ".locks" / f"{key}.lock"), timeout=0):
            _remove_unfinished(entry)
            removed += 1
    return removed


def _remove_unfinished(folder: Path) -> None:
    """Remove a half-made environment, and first end the installer that outlived its server and still writes there."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if any(folder.name in argument for argument in process.cmdline()):
                end_process(process, 0)
    shutil.rmtree(folder, ignore_errors=True)


def _size(folder: Path) -> int:
    total = 0
    for base, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(base, name)).st_size  # noqa: PTH118 (twice as fast over 20,000 files)
    return total
