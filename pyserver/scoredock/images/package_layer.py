"""Unpacked packages as a virtual environment of the image, without one being made: the same bytes for the same
packages."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

from scoredock.images.built import PREFIX, interpreter_in
from scoredock.images.members import LayerMember, mode_of, text
from scoredock.images.pythons import BasePython

_BESIDE = frozenset({"bin", "etc", "include", "lib", "man", "share"})
"""Top folders of `uv pip install --target` that belong to the prefix, not to the modules."""
_RECORDS_OF_UV = frozenset({"uv_cache.json", "direct_url.json"})
"""Where a package came from: of one that was built or lies here, a path of this machine."""
_SHEBANG = re.compile(
    rb"\A(?:#![^\n]*python[^\n]*\n|#!/bin/sh\n'''exec' [^\n]*python[^\n]*\n' '''\n)"  # the second where paths are long
)


def frame(python: BasePython, *, own_packages: bool, prefix: str = PREFIX) -> Iterator[LayerMember]:
    """The virtual environment itself; with `own_packages` the modules of the base's Python can be imported too."""
    top = prefix.lstrip("/")
    minor = f"{python.minor[0]}.{python.minor[1]}"
    settings = [f"home = {python.home}", "include-system-site-packages = false", f"version = {python.version}"]
    yield text(f"{top}/pyvenv.cfg", "\n".join(settings) + "\n")
    yield LayerMember(f"{top}/bin/python", link=python.real)
    yield LayerMember(f"{top}/bin/python3", link="python")
    yield LayerMember(f"{top}/bin/python{minor}", link="python")
    yield LayerMember(f"{top}/lib64", link="lib")
    if own_packages:
        lines = [f"import site; site.addsitedir({path!r})" for path in python.sites]
        yield text(f"{top}/lib/python{minor}/site-packages/_base_image.pth", "".join(f"{line}\n" for line in lines))


def modules(folder: Path, minor: str, prefix: str = PREFIX) -> Iterator[LayerMember]:
    """Members for what `uv pip install --target` wrote into `folder`, at their places in a virtual environment."""
    top = prefix.lstrip("/")
    site = f"{top}/lib/python{minor}/site-packages"
    moved = {name for name in _BESIDE if (folder / name).is_dir() and not (folder / name / "__init__.py").exists()}
    for base, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if each != "__pycache__")
        for name in sorted(names):
            path = Path(base, name)
            inner = path.relative_to(folder)
            if name in _RECORDS_OF_UV or str(inner) == ".lock" or path.is_symlink():
                continue
            place = f"{top}/{inner.as_posix()}" if inner.parts[0] in moved else f"{site}/{inner.as_posix()}"
            if inner.parts[0] == "bin" and "bin" in moved:
                held = _script(path, prefix)
                yield LayerMember(place, held, len(held), 0o755)
            elif name == "RECORD" and inner.parts[0].endswith(".dist-info"):
                held = _record(path, folder, moved, prefix)
                yield LayerMember(place, held, len(held))
            else:
                yield LayerMember(place, path, path.stat().st_size, mode_of(path))


def _script(path: Path, prefix: str) -> bytes:
    return _SHEBANG.sub(f"#!{interpreter_in(prefix)}\n".encode(), path.read_bytes(), count=1)


def _record(path: Path, folder: Path, moved: set[str], prefix: str) -> bytes:
    """The list of a package's files, with those that lie elsewhere in a virtual environment under their names there."""
    output = io.StringIO()
    rows = csv.writer(output, lineterminator="\n")
    for row in csv.reader(path.read_text("utf-8").splitlines()):
        top = row[0].partition("/")[0] if row else ""
        if not row or row[0].rpartition("/")[2] in _RECORDS_OF_UV:
            continue
        if top == "bin" and top in moved and (folder / row[0]).is_file():
            held = _script(folder / row[0], prefix)
            digest = base64.urlsafe_b64encode(hashlib.sha256(held).digest()).rstrip(b"=").decode()
            row = [row[0], f"sha256={digest}", str(len(held))]
        rows.writerow([f"../../../{row[0]}" if top in moved else row[0], *row[1:]])
    return output.getvalue().encode()
