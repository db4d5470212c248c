"""Builds the virtual environment of a resolution, once: other processes wait, and nobody ever sees half of one."""

from __future__ import annotations

import contextlib
import getpass
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from scoredock import l10n
from scoredock.environments import spark
from scoredock.environments.built import (
    LOCK_FILE,
    MARKER,
    SERVER,
    BuiltEnvironment,
    conda_python,
    environment_python,
    existing,
    python_minor,
    write_marker,
)
from scoredock.environments.conda import packages as conda
from scoredock.environments.conda.channels import without_tokens
from scoredock.environments.conda.lock import EXPLICIT_FILE, CondaLock
from scoredock.environments.conda.lock import LOCK_FILE as CONDA_LOCK_FILE
from scoredock.environments.pip import locks
from scoredock.environments.pip.downloads import Downloads
from scoredock.environments.pip.uv import run_uv
from scoredock.environments.pip.uv_refusals import explain, fails_anywhere, is_offline
from scoredock.environments.resolve import ResolvedEnvironment
from scoredock.errors import ScoredockError
from scoredock.file_locks import hold_lock
from scoredock.progress import CancelToken, Progress
from scoredock.run import Completed, TimedOut, child_environment, end_process, run
from scoredock.temporary.places import HALF_MADE

__all__ = ["LOCK_FILE", "MARKER", "BuiltEnvironment", "build", "environment_python", "existing", "python_minor"]

_MODULES = "Lib/site-packages" if os.name == "nt" else "lib/python*/site-packages"
"""Where the packages of an environment lie, below its folder."""
_INSTALL_TIMEOUT = 3600.0
_SCRIPT_BYTES = 1 << 20


def _builder() -> str:
    """Name of the account, empty when it has none, as in some containers."""
    with contextlib.suppress(OSError, KeyError, ImportError):
        return getpass.getuser()
    return ""


def build(resolved: ResolvedEnvironment, folder: Path, progress: Progress, cancel: CancelToken) -> BuiltEnvironment:
    """Make the environment in `folder` (the environments of the workspace, `<folder>/<key>`), or find it there.

    Raises ScoredockError `environment-build-failed`, `environment-offline` or `cancelled`, and OSError when the folder
    cannot be written; nothing half-made is left then.
    """
    with hold_lock(folder / ".locks" / f"{resolved.key}.lock", "environment", progress, cancel):
        if found := existing(folder, resolved.key):
            return found
        _sweep(folder, resolved.key)
        return _make(resolved, folder, progress, cancel)


def _make(resolved: ResolvedEnvironment, root: Path, progress: Progress, cancel: CancelToken) -> BuiltEnvironment:
    # Beside its final name and renamed when done: an installer that outlives a killed server then writes into a
    # folder that nobody uses. Relocatable, because the name is in the scripts otherwise.
    if resolved.spark is not None and spark.needs_vector(_pyspark(resolved)):
        spark.find_java(_pyspark(resolved))  # refused before some hundred megabytes are fetched
    temporary = root / f"{HALF_MADE}{resolved.key}-{secrets.token_hex(4)}"
    target = root / resolved.key
    try:
        progress.report(
            l10n.t(
                "Creating the environment ({name}) with Python {version}",
                name=resolved.display_name,
                version=resolved.python_version,
            )
        )
        temporary.mkdir(mode=0o700)
        python = _fill(resolved, temporary, target, progress, cancel)
        if resolved.server is None:
            _prove(python, temporary)
        else:
            _prove_script_python(python)
            server = temporary / SERVER
            server.mkdir()
            _prove(_fill(resolved.server, server, target / SERVER, progress, cancel), server)
        variables, path = _around(resolved, temporary, target)
        built_python = target / python.relative_to(temporary) if python.is_relative_to(temporary) else python
        built = BuiltEnvironment(
            key=resolved.key,
            folder=target,
            python=built_python,
            size=folder_size(temporary),
            created=time.time(),
            display_name=resolved.display_name,
            base=built_python if resolved.conda is not None else resolved.python,
            kind=resolved.kind,
            python_version=resolved.python_version,
            variables=variables,
            path=path,
            source=resolved.source,
            builder=_builder(),
            requirements=tuple(map(locks.without_credentials, resolved.requirements)),
            notes=resolved.notes,
            beside=resolved.server is not None,
        )
        write_marker(temporary / MARKER, built)
        if target.exists():  # without a marker or without its interpreter
            shutil.rmtree(target)
        temporary.replace(target)
        return built
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _fill(
    resolved: ResolvedEnvironment, temporary: Path, target: Path, progress: Progress, cancel: CancelToken
) -> Path:
    """The packages into a folder that is empty; the interpreter that finds them."""
    if resolved.conda is not None:
        python = conda_python(temporary)
        _install_conda(resolved.conda, temporary, target, progress, cancel)
    elif resolved.managed is not None and resolved.server is not None:
        python = resolved.python  # the person's own: it has all that the script needs
    else:
        python = environment_python(temporary)
        _make_virtual(resolved, temporary, cancel)
    (temporary / LOCK_FILE).write_text(locks.without_credentials(resolved.lock), "utf-8")
    (temporary / locks.HASHED_FILE).write_text(locks.without_credentials(resolved.hashed or resolved.lock), "utf-8")
    if resolved.lock:
        progress.report(l10n.t("Installing {packages} packages", packages=len(resolved.lock.splitlines())))
        install_pip(resolved, temporary, python, progress, cancel)
    if resolved.conda is not None:
        _name_final_folder(temporary, target)
    return python


def _make_virtual(resolved: ResolvedEnvironment, folder: Path, cancel: CancelToken) -> None:
    command = ["venv", "--relocatable", "--no-project", "--python", str(resolved.python), "--allow-existing"]
    # What uv says of it tells how to activate a folder that is not for people.
    made = call_uv([*command, str(folder)], resolved, None, cancel)
    if made.returncode != 0:
        raise explain(made.stderr, resolved.requirements, resolved.source)
    if resolved.managed is not None:
        # The person's packages are found where they lie; their own .pth files are read, too.
        lines = [f"import site; site.addsitedir({place!r})" for place in resolved.managed.packages]
        for place in folder.glob(_MODULES):
            (place / "zz_scoredock_managed.pth").write_text("\n".join(lines) + "\n", "utf-8")


def _install_conda(lock: CondaLock, temporary: Path, target: Path, progress: Progress, cancel: CancelToken) -> None:
    conda.install(lock, temporary, progress, cancel, embedded_prefix=str(target))
    (temporary / CONDA_LOCK_FILE).write_text(without_tokens(lock.to_json()), "utf-8")
    (temporary / EXPLICIT_FILE).write_text(without_tokens(lock.explicit()), "utf-8")
    scripts = [each.name for each in sorted(temporary.glob("etc/conda/activate.d/*"))]
    if scripts:
        progress.report(
            l10n.t("Activation scripts of conda packages are not run: {scripts}", scripts=", ".join(scripts))
        )


def _name_final_folder(temporary: Path, target: Path) -> None:
    """Scripts that uv wrote name the interpreter where it was built; conda's already name where it will be."""
    old, new = str(temporary).encode(), str(target).encode()
    for script in (temporary / ("Scripts" if os.name == "nt" else "bin")).iterdir():
        if script.is_file() and not script.is_symlink() and script.stat().st_size < _SCRIPT_BYTES:
            content = script.read_bytes()
            if old in content and b"\0" not in content:
                mode = script.stat().st_mode
                script.unlink()  # it may be a link into a cache
                script.write_bytes(content.replace(old, new))
                script.chmod(mode)


def _around(resolved: ResolvedEnvironment, temporary: Path, target: Path) -> tuple[dict[str, str], tuple[str, ...]]:
    """Variables and folders of PATH that a process of the environment needs. Raises ScoredockError `java-not-found`."""
    variables: dict[str, str] = {}
    path: tuple[str, ...] = ()
    python = conda_python(target) if resolved.conda is not None else environment_python(target)
    if resolved.conda is not None:
        variables["CONDA_PREFIX"] = str(target)
        path = (
            (str(python.parent),)
            if os.name != "nt"
            else (str(target), str(target / "Library/bin"), str(target / "Scripts"))
        )
    if resolved.spark is not None:
        java = spark.find_java(_pyspark(resolved), _brought_java(temporary, target))
        variables |= spark.variables(resolved.spark, java, python)
    return variables, path


def _pyspark(resolved: ResolvedEnvironment) -> str:
    versions = dict(line.split("==", 1) for line in resolved.lock.splitlines() if "==" in line)
    return versions.get("pyspark", "4")


def _brought_java(temporary: Path, target: Path) -> spark.Java | None:
    """The Java among the packages of an environment, at the place that it will have."""
    for modules in temporary.glob(_MODULES):
        if java := spark.java_at(modules / spark.JAVA_MODULE):
            return replace(java, home=target / java.home.relative_to(temporary))
    return None


def install_pip(
    resolved: ResolvedEnvironment, folder: Path, python: Path, progress: Progress, cancel: CancelToken
) -> None:
    """The pip packages of a resolution into the environment of an interpreter; verified where every hash is known.

    `folder` holds the file that uv reads. Raises what `build` raises.
    """
    wheel = max(resolved.wheels.glob("scoredock_runtime-*.whl"))
    require = bool(resolved.hashed) and locks.is_complete(resolved.hashed)
    exact = folder / "scoredock-lock.in"
    lines = locks.with_runtime_file(resolved.hashed or resolved.lock, wheel, require=require)
    exact.write_text("".join(f"{line}\n" for line in locks.options(resolved.requirements)) + lines, "utf-8")
    command = [
        "pip",
        "install",
        "--no-deps",
        "--python",
        str(python),
        "--find-links",
        str(resolved.wheels),
        *(f"--only-binary={name}" for name in resolved.only_binary),
        *(["--require-hashes"] if require else []),
        *(["--break-system-packages"] if resolved.conda is not None else []),
        "-r",
        str(exact),
    ]

    from scoredock.environments.pip.old_sources import OldSources, installed

    def install() -> Completed:
        # What the cache holds needs no network and no questions to the index.
        done = call_uv([*command, "--offline"], resolved, None, cancel)
        if done.returncode != 0 and not fails_anywhere(done.stderr):
            return call_uv(command, resolved, progress, cancel)
        for line in done.stderr.splitlines():
            progress.output(line)
        return done

    sources = OldSources(python, resolved.index_url, locks.options(resolved.requirements))
    completed = installed(install, exact, sources, progress, cancel)
    if completed.returncode != 0 and not is_offline(completed.stderr):
        raise explain(completed.stderr, resolved.requirements, resolved.source)
    if completed.returncode != 0:
        raise explain(completed.stderr, resolved.requirements or (locks.RUNTIME,), resolved.source)
    exact.unlink(missing_ok=True)


def call_uv(
    arguments: list[str], resolved: ResolvedEnvironment, progress: Progress | None, cancel: CancelToken
) -> Completed:
    """uv with the index of a resolution. Raises ScoredockError `environment-build-failed` when it does not end."""
    try:
        return run_uv(
            arguments,
            index_url=resolved.index_url,
            timeout=_INSTALL_TIMEOUT,
            cancel=cancel,
            on_line=Downloads(progress).line if progress else None,
        )
    except TimedOut as error:
        raise ScoredockError("environment-build-failed", f"{error}.") from None


def _prove(python: Path, folder: Path) -> None:
    """The interpreter starts and finds the runtime. Raises ScoredockError `environment-build-failed`.

    Without `site`, which runs what the .pth files of packages say: building an environment runs nothing of a wheel.
    """
    places = [str(place) for place in folder.glob(_MODULES)]
    question = f"import sys; sys.path += {places!r}; import scoredock_runtime.contract"
    completed = run([str(python), "-I", "-S", "-c", question], env=child_environment(), timeout=60)
    if completed.returncode != 0:
        last = (completed.stderr.strip().splitlines() or [l10n.t("no message")])[-1]
        raise ScoredockError(
            "environment-build-failed",
            l10n.t("The environment was created but cannot run the scoring runtime: {error}.", error=last),
        )


def _prove_script_python(python: Path) -> None:
    """The interpreter starts and has what the process of a script needs. Raises ScoredockError
    `environment-build-failed`."""
    completed = run([str(python), "-I", "-S", "-c", "import json, socket, ssl"], env=child_environment(), timeout=60)
    if completed.returncode != 0:
        last = (completed.stderr.strip().splitlines() or [l10n.t("no message")])[-1]
        raise ScoredockError(
            "environment-build-failed",
            l10n.t("The environment was created but its Python cannot run a script: {error}.", error=last),
        )


def _sweep(root: Path, key: str) -> None:
    """Remove what an earlier, killed build of this key left (its lock is ours now), and others."""
    for entry in root.glob(f"{HALF_MADE}{key}-*"):
        _remove_unfinished(entry)
    sweep_unfinished(root)


def sweep_unfinished(root: Path) -> int:
    """Remove half-made environments whose builder is gone; how many there were. Called after a crash."""
    removed = 0
    for entry in root.glob(".removing-*"):
        shutil.rmtree(entry, ignore_errors=True)
    for entry in root.glob(f"{HALF_MADE}*"):
        with _without_builder(root, entry) as free:
            if free:
                _remove_unfinished(entry)
                removed += 1
    return removed


def unfinished(root: Path) -> list[Path]:
    """Paths that `sweep_unfinished` would remove. Never raises."""
    paths = []
    with contextlib.suppress(OSError):
        for entry in sorted(root.glob(f"{HALF_MADE}*")):
            with _without_builder(root, entry) as free:
                if free:
                    paths.append(entry)
        paths += sorted(root.glob(".removing-*"))
    return paths


@contextlib.contextmanager
def _without_builder(root: Path, entry: Path) -> Iterator[bool]:
    """True if nobody makes the environment, and nobody can begin to during the block."""
    key = entry.name.removeprefix(HALF_MADE).split("-", 1)[0]
    lock = FileLock(str(root / ".locks" / f"{key}.lock"), timeout=0, mode=0o600)
    try:
        lock.acquire()
    except (Timeout, OSError):
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def _remove_unfinished(folder: Path) -> None:
    """Remove a half-made environment, and first end the installer that outlived its server and still writes there."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if any(folder.name in argument for argument in process.cmdline()):
                end_process(process, 0)
    shutil.rmtree(folder, ignore_errors=True)


def folder_size(folder: Path) -> int:
    """Bytes of the files below a folder."""
    total = 0
    for base, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(base, name)).st_size  # noqa: PTH118 (twice as fast over 20,000 files)
    return total
