"""A Python of pyenv's as files that run from any folder: for base images and conda packages that have an old one."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

_LEFT_OUT = frozenset(
    {"__pycache__", "idlelib", "lib2to3", "share", "site-packages", "test", "tests", "tkinter", "turtledemo"}
)
_ELF = b"\x7fELF"


def version_of(python: Path) -> str:
    """`3.7.16`; empty for another than CPython, which PyPy is: base images and conda have that one only."""
    program = "import platform; print(platform.python_implementation(), platform.python_version())"
    done = subprocess.run([python, "-I", "-c", program], capture_output=True, text=True, check=True, timeout=60)
    kind, version = done.stdout.split()
    return version if kind == "CPython" else ""


def files_of(python: Path) -> Iterator[tuple[str, bytes, int]]:
    """Name below the prefix, bytes and mode of each file; `bin/python` is the interpreter.

    The interpreter looks for its library beside itself: pyenv has the place on this machine compiled in.
    """
    prefix, minor = python.resolve().parent.parent, ".".join(version_of(python).split(".")[:2])
    yield "bin/python", _movable(python.resolve().read_bytes(), prefix), 0o755
    for path in sorted((prefix / "lib").glob("libpython*.so*")):
        yield f"lib/{path.name}", _movable(path.read_bytes(), prefix), 0o755
    library = prefix / "lib" / f"python{minor}"
    for path in sorted(library.rglob("*")):
        inner = path.relative_to(library)
        if not path.is_file() or _LEFT_OUT & set(inner.parts) or inner.parts[0].startswith("config-"):
            continue
        yield f"lib/python{minor}/{inner}", path.read_bytes(), 0o644


def _movable(content: bytes, prefix: Path) -> bytes:
    if not content.startswith(_ELF):
        return content
    place = f"{prefix}/lib".encode()
    return re.sub(re.escape(place) + rb"(?=\0)", lambda _: b"$ORIGIN/../lib".ljust(len(place), b"\0"), content)
