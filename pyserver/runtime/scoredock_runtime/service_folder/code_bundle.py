"""The files of a service for development, as one piece of bytes: sent while it runs, mounted for whoever starts later.

A container that starts has the files of its image. It puts those of the newest bundle in their place before any worker
starts: of the one that is mounted, and of the one that it took while it ran and has kept beside its state, because what
is mounted follows the cluster a minute late.
"""

from __future__ import annotations

import dataclasses
import io
import json
import os
import secrets
import shutil
import zlib
from typing import TYPE_CHECKING, Optional

from scoredock_runtime import contract
from scoredock_runtime.service_folder.atomic_write import replace_bytes

if TYPE_CHECKING:
    from tarfile import TarFile, TarInfo

_KEPT_ENTRIES = (contract.MODELS_FOLDER, contract.HIDDEN_FOLDER)
_HEADER_BYTES = 1000


class BadBundle(ValueError):
    """Raised where what was sent or mounted is not a bundle; the text is one sentence without its end."""


@dataclasses.dataclass(frozen=True)
class CodeBundle:
    """Files of a service for development, with their mark, see `contract.CODE_FILE`."""

    code: str
    revision: int
    turn: int
    archive: bytes
    """The tar stream, decompressed."""


def bundle_from(data: bytes) -> CodeBundle:
    """Bundle in bytes that were sent or mounted. Raises BadBundle."""
    if len(data) > contract.CODE_LIMIT:
        raise BadBundle(f"the files are larger than {contract.CODE_LIMIT} bytes")
    header, separator, packed = data.partition(b"\n")
    try:
        raw = json.loads(header[:_HEADER_BYTES])
        code, revision, turn = str(raw["code"]), int(raw["revision"]), int(raw["turn"])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise BadBundle("what comes first is not a header of a bundle") from None
    archive = _decompressed(packed) if separator else b""
    if code != contract.code_mark(archive):
        raise BadBundle(f"the files are not those of the code {code[:12]!r}")
    return CodeBundle(code, revision, turn, archive)


def _decompressed(packed: bytes) -> bytes:
    reader = zlib.decompressobj(wbits=31)
    try:
        archive = reader.decompress(packed, contract.CODE_UNPACKED_LIMIT + 1)
    except zlib.error as fault:
        raise BadBundle(f"the files cannot be decompressed: {fault}") from None
    if len(archive) > contract.CODE_UNPACKED_LIMIT:
        raise BadBundle(f"the files are larger than {contract.CODE_UNPACKED_LIMIT} bytes when they are unpacked")
    if not reader.eof:
        raise BadBundle("the files are not complete")
    return archive


def unpacked(bundle: CodeBundle, app_root: str) -> str:
    """A new folder below HIDDEN_FOLDER with the files. Raises BadBundle and OSError, and leaves nothing then."""
    import tarfile

    folder = os.path.join(app_root, contract.HIDDEN_FOLDER, f"{bundle.code}-{secrets.token_hex(4)}")
    contract.make_private(os.path.dirname(folder))
    os.mkdir(folder)
    try:
        with tarfile.open(fileobj=io.BytesIO(bundle.archive), mode="r:") as archive:
            for member in archive:
                _unpack(archive, member, folder)
    except BaseException as fault:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(fault, tarfile.TarError):
            raise BadBundle(f"the files are not a tar archive: {fault}") from None
        raise
    return folder


def _unpack(archive: TarFile, member: TarInfo, folder: str) -> None:
    """Only files and folders: nothing that is there could lead out of the new folder."""
    parts = member.name.split("/")
    if any(part in ("", ".", "..") or "\0" in part for part in parts) or parts[0] in _KEPT_ENTRIES:
        raise BadBundle(f"{member.name!r} is not a path of a file of the service")
    path = os.path.join(folder, *parts)
    if member.isdir():
        os.makedirs(path, exist_ok=True)
        return
    content = archive.extractfile(member) if member.isreg() else None
    if content is None:
        raise BadBundle(f"{member.name!r} is neither a file nor a folder")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o755 if member.mode & 0o100 else 0o644)
    with os.fdopen(descriptor, "wb") as stream:
        shutil.copyfileobj(content, stream)


def keep(folder: str, data: bytes) -> None:
    """Keep what a service took while it runs, for the next start in the same pod. Raises OSError."""
    replace_bytes(os.path.join(folder, contract.CODE_FILE), data)


def with_newest_code(spec: contract.ServiceSpec, folder: str) -> contract.ServiceSpec:
    """Puts the files of the newest bundle in place, before anything runs; the spec with its code. Without any bundle
    the files of the image stay. Raises BadBundle and OSError."""
    bundles = [each for each in (_kept(folder), _bundle_in(spec.code_folder)) if each is not None]
    if not bundles:
        return spec
    bundle = max(bundles, key=lambda each: each.turn)
    source = unpacked(bundle, spec.app_root)
    for name in os.listdir(spec.app_root):
        if name not in _KEPT_ENTRIES:
            _remove(os.path.join(spec.app_root, name))
    for name in os.listdir(source):
        os.rename(os.path.join(source, name), os.path.join(spec.app_root, name))
    os.rmdir(source)
    return dataclasses.replace(spec, code=bundle.code, revision=bundle.revision)


def _kept(folder: str) -> Optional[CodeBundle]:
    """One that was cut off while it was written counts for none: it was never answered."""
    try:
        return _bundle_in(folder)
    except (OSError, BadBundle):
        return None


def _bundle_in(folder: str) -> Optional[CodeBundle]:
    """None where there is none. Raises BadBundle and OSError."""
    try:
        with open(os.path.join(folder, contract.CODE_FILE), "rb") as stream:
            return bundle_from(stream.read(contract.CODE_LIMIT + 1))
    except FileNotFoundError:
        return None


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)
