"""Facts about a Python in an image from its files: its version, to the last number, and where it looks for packages."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

from scoredock.images.elf import versions_in
from scoredock.oci.tree import ImageTree, MissingFile, NotKept

_HEADER = re.compile(r'^#define\s+PY_VERSION\s+"([^"]+)"', re.MULTILINE)
_FUNCTION = re.compile(r"^def getsitepackages\(.*?(?=^\S)", re.MULTILINE | re.DOTALL)
_LOCAL = re.compile(r"""["']/usr/local["']""")


def version_of(tree: ImageTree, minor: str, prefix: str, programs: Sequence[bytes], variable: str) -> str:
    """`3.11.2` of a Python `3.11`; empty where nothing says it, or two sources say different things.

    What stands in its own programs (the interpreter, and its library) comes first: the rest may be of another one in
    the same folders. `variable` is PYTHON_VERSION of the image, which python.org's images have.
    """
    inside = {version for content in programs for version in versions_in(content, minor)}
    if len(inside) == 1:
        return inside.pop()
    around = {version for version in _around(tree, minor, prefix, variable) if not inside or version in inside}
    return around.pop() if len(around) == 1 else ""


def _around(tree: ImageTree, minor: str, prefix: str, variable: str) -> Iterator[str]:
    texts = [*_headers(tree, minor, prefix), *_conda(tree, prefix)]
    if prefix == "/usr":
        texts += [*_debian(tree, minor), *_alpine(tree)]
    if prefix == "/usr/local":
        texts.append(variable)
    number = re.compile(rf"(?:\d+:)?({re.escape(minor)}\.\d+)(?![\d.])")
    for text in texts:
        if match := number.match(text):
            yield match[1]


def _headers(tree: ImageTree, minor: str, prefix: str) -> Iterator[str]:
    for suffix in ("", "m", "t", "d"):
        if match := _HEADER.search(_text(tree, f"{prefix}/include/python{minor}{suffix}/patchlevel.h")):
            yield match[1]


def _conda(tree: ImageTree, prefix: str) -> Iterator[str]:
    """Names of records: `python-3.11.9-h955ad1f_0.json`."""
    for name in tree.names(f"{prefix}/conda-meta"):
        package, _, rest = name.partition("-")
        if package == "python" and name.endswith(".json"):
            yield rest.partition("-")[0]


def _debian(tree: ImageTree, minor: str) -> Iterator[str]:
    """Versions of the packages that hold the interpreter; images without dpkg have a file for each package."""
    names = {f"python{minor}", f"python{minor}-minimal"}
    folder = "/var/lib/dpkg/status.d"
    files = ["/var/lib/dpkg/status", *(f"{folder}/{name}" for name in tree.names(folder) if name.startswith("python"))]
    for file in files:
        for record in _text(tree, file).split("\n\n"):
            fields = dict(line.split(": ", 1) for line in record.splitlines() if re.match(r"[A-Z][\w-]*: ", line))
            if fields.get("Package") in names and fields.get("Status", "installed").endswith("installed"):
                yield fields.get("Version", "").replace("~", "-")


def _alpine(tree: ImageTree) -> Iterator[str]:
    for file in ("/lib/apk/db/installed", "/usr/lib/apk/db/installed"):
        for record in _text(tree, file).split("\n\n"):
            lines = record.splitlines()
            if "P:python3" in lines:
                yield from (line[2:] for line in lines if line.startswith("V:"))


def _text(tree: ImageTree, path: str) -> str:
    try:
        return tree.read(path).decode("utf-8", "replace")
    except (MissingFile, NotKept):
        return ""


class UnknownSite(ValueError):
    """A site.py is missing, or neither Python's own nor Debian's."""


def site_folders(text: str, prefixes: Sequence[str], name: str, library: str, *, environment: bool) -> tuple[str, ...]:
    """The folders in their order, whether they exist or not.

    `text` is site.py, `prefixes` are those of the interpreter, `name` is `python3.11`, `library` is `sys.platlibdir`,
    and `environment` says whether it is of a virtual environment. Raises UnknownSite.
    """
    function = _FUNCTION.search(text)
    # Fedora's puts /usr/local in front, depending on variables.
    if function is None or _LOCAL.search(text):
        raise UnknownSite
    libraries = list(dict.fromkeys((library, "lib")))
    folders: list[str] = []
    for prefix in dict.fromkeys(prefixes):
        if '"dist-packages"' in function[0]:
            folders += [posixpath.join(prefix, "lib", name, "site-packages")] if environment else []
            folders.append(posixpath.join(prefix, "local/lib", name, "dist-packages"))
            folders.append(posixpath.join(prefix, "lib/python3/dist-packages"))
            folders += [posixpath.join(prefix, each, name, "dist-packages") for each in libraries]
        else:
            folders += [posixpath.join(prefix, each, name, "site-packages") for each in libraries]
    return tuple(folders)
