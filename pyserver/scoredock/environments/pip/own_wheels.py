"""The wheels of Scoredock itself, packed from what is installed here: a checkout, the extension or a release.

Nothing is built and no index is asked: the packages are pure Python, and their metadata lies beside them. The same
files give the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import zipfile
    from importlib.metadata import Distribution

DISTRIBUTIONS = ("scoredock", "scoredock-azureml", "scoredock-runtime")
_METADATA = ("METADATA", "entry_points.txt", "licenses/LICENSE")
_WHEEL = "Wheel-Version: 1.0\nGenerator: scoredock\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_TIME = (1980, 1, 2, 0, 0, 0)


def distribution(name: str) -> Distribution:
    """One of the distributions as it is installed. Raises ModuleNotFoundError."""
    from importlib import metadata  # late: what only looks at services needs none of it

    return metadata.distribution(name)


def version_of(name: str) -> str:
    """Version of one of the distributions. Raises ModuleNotFoundError where it was not installed as a package."""
    return distribution(name).version


def digest_of(name: str) -> str:
    """SHA-256 of all that its wheel holds. Raises ModuleNotFoundError, OSError."""
    digest = hashlib.sha256()
    for place, content in members(name):
        digest.update(f"{place}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def pack(name: str, folder: Path) -> Path:
    """The wheel of one of the distributions, written into a folder. Raises ModuleNotFoundError, OSError."""
    import zipfile

    stem = f"{name.replace('-', '_')}-{version_of(name)}"
    file = folder / f"{stem}-py3-none-any.whl"
    record = ""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, content in members(name):
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record += f"{place},sha256={digest},{len(content)}\n"
            _add(archive, place, content)
        place = f"{stem}.dist-info/RECORD"
        _add(archive, place, f"{record}{place},,\n".encode())
    return file


def _add(archive: zipfile.ZipFile, place: str, content: bytes) -> None:
    import zipfile

    entry = zipfile.ZipInfo(place, _TIME)
    entry.external_attr, entry.compress_type = 0o644 << 16, zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def members(name: str) -> Iterator[tuple[str, bytes]]:
    """Each file of a wheel by its place in it, without the list of them."""
    metadata, package = distribution(name), name.replace("-", "_")
    for path in _files(package):
        yield path.relative_to(package_folder(package).parent).as_posix(), path.read_bytes()
    folder = f"{package}-{metadata.version}.dist-info"
    for each in _METADATA:
        if text := metadata.read_text(each):
            yield f"{folder}/{each}", text.encode()
    yield f"{folder}/WHEEL", _WHEEL.encode()


def package_folder(package: str) -> Path:
    """Folder that a package is imported from, found without importing it. Raises ModuleNotFoundError."""
    module = importlib.util.find_spec(package)
    if module is None or module.origin is None:
        raise ModuleNotFoundError(package, name=package)
    return Path(module.origin).parent


def _files(package: str) -> Iterator[Path]:
    """Files of the package, and its line for Python's path."""
    folder = package_folder(package)
    for base, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if each != "__pycache__" and not each.startswith("."))
        paths = (Path(base, each) for each in sorted(names) if not each.startswith("."))
        yield from (path for path in paths if not path.is_symlink())
    line = folder.with_name(f"{package}.pth")
    if line.is_file():
        yield line
