"""The Pythons of this machine, one of each minor version: tests run on every one that is there.

Those that are too old for the runtime run scripts only. A machine that has none gets PyPy with Python 3.7, once.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

from filelock import FileLock

from parts import missing

OLDEST, NEWEST = 9, 14
"""Minor versions of Python 3 that an environment of a service may have."""
OLDEST_FOR_SCRIPTS = 6
"""Of one that a script alone may run in."""
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "scoredock"
PYPY_PACKAGES = ("pypy3", "pypy3-lib", "libffi7", "libssl1.1")
"""Of Debian bullseye: PyPy 7.3.5, Python 3.7. It starts on bookworm."""


@functools.cache
def found() -> dict[str, Path]:
    """`3.11` → an interpreter that really starts, oldest first; the one that runs the tests is always among them."""
    own = f"{sys.version_info[0]}.{sys.version_info[1]}"
    known: dict[str, Path] = {own: Path(sys.executable)}
    for minor in range(OLDEST, NEWEST + 1):
        version = f"3.{minor}"
        candidate = _candidate(version)
        if version not in known and candidate is not None:
            known[version] = candidate
    return dict(sorted(known.items(), key=lambda item: int(item[0].partition(".")[2])))


@functools.cache
def old() -> dict[str, Path]:
    """The same of those that are too old for the runtime, `3.7` among them wherever a machine can have it.

    Raises LookupError with the reason where there is none at all."""
    versions = [f"3.{minor}" for minor in range(OLDEST_FOR_SCRIPTS, OLDEST)]
    known = {version: path for version in versions if (path := _candidate(version)) is not None}
    return known or {"3.7": pypy()}


def environment_file(folder: Path, python: Path) -> Path:
    """A new file there that asks for an old Python: by its version where Scoredock finds it by that, else by its
    path."""
    if python.name != "pypy3":
        pinned = next(version for version, path in old().items() if path == python)
        written = folder / "conda.yml"
        written.write_text(f"name: old\ndependencies:\n  - python={pinned}\n  - pip:\n      - azureml-defaults\n")
        return written
    section = {"userManagedDependencies": True, "interpreterPath": str(python)}
    written = folder / "azureml_environment.json"
    written.write_text(json.dumps({"name": "old", "python": section}))
    return written


def no_cpython() -> NoReturn:
    """Ends a test that needs an old one, as `parts.missing` does; others have PyPy with Python 3.7 instead."""
    missing("a CPython of before 3.9", "old-python")


def cpythons() -> dict[str, Path]:
    """`3.7` → a CPython, of those that run scripts only and of those that host the runtime."""
    return {version: path for version, path in {**old(), **found()}.items() if path.name != "pypy3"}


@functools.cache
def pypy() -> Path:
    """PyPy with Python 3.7, unpacked from Debian's packages into the cache. Raises LookupError."""
    place = CACHE / "pypy-3.7-bullseye"
    program = place / "pypy3"
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{place}.lock", timeout=500):
        if not program.exists():
            try:
                with tempfile.TemporaryDirectory(dir=CACHE) as folder:
                    _unpack_pypy(Path(folder))
                    shutil.rmtree(place, ignore_errors=True)
                    (Path(folder) / "root").rename(place)
            except (OSError, subprocess.SubprocessError) as fault:
                detail = getattr(fault, "stderr", b"") or b""
                raise LookupError(f"no PyPy of Debian: {fault} {detail.decode(errors='replace')[-300:]}") from None
            libraries = f"{place}/usr/lib:{place}/usr/lib/x86_64-linux-gnu"
            program.write_text(f'#!/bin/sh\nLD_LIBRARY_PATH={libraries} exec {place}/usr/bin/pypy3 "$@"\n')
            program.chmod(0o755)
    if _version(program) != "3.7":
        raise LookupError(f"{program} does not start")
    return program


def _unpack_pypy(folder: Path) -> None:
    """By apt with lists of its own, which needs no root and changes nothing of the system."""
    for name in ("lists/partial", "cache/archives/partial", "root"):
        (folder / name).mkdir(parents=True)
    keys = "/usr/share/keyrings/debian-archive-keyring.gpg"
    source = f"deb [signed-by={keys}] http://deb.debian.org/debian bullseye main\n"
    (folder / "sources.list").write_text(source)
    options = {
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "Debug::NoLocking": "1",
    }
    apt = ["apt-get", "-q", *(word for name, value in options.items() for word in ("-o", f"{name}={value}"))]
    for words in ([*apt, "update"], [*apt, "download", *PYPY_PACKAGES]):
        subprocess.run(words, cwd=folder, check=True, capture_output=True, timeout=300)
    for package in folder.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", package, folder / "root"], check=True, capture_output=True, timeout=100)


def _candidate(version: str) -> Path | None:
    on_path = shutil.which(f"python{version}")
    candidates = [
        *sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python")),
        *([Path(on_path)] if on_path else []),
    ]
    return next((each for each in candidates if _version(each) == version), None)


def _version(python: Path) -> str:
    """Empty for what does not start, such as a shim without a version behind it."""
    command = [str(python), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    told = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)
    return told.stdout.strip() if told.returncode == 0 else ""
