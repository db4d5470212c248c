"""The files of a service for development as a ConfigMap has them. Pure, but for the staged files that it reads."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scoredock.engines.kubernetes.reading import text_of
from scoredock.late_dataclass import dataclass
from scoredock_runtime import contract


@dataclass(frozen=True, slots=True)
class Bundle:
    """The files of one revision, see `contract.CODE_FILE`."""

    code: str
    revision: int
    turn: int
    data: bytes
    """Header and archive; empty where they lie in the image alone, because they are too large."""


class _Archive:
    """Takes a tar stream: what stands for it, and its bytes where these are few enough."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._parts: list[bytes] = []
        self._size = 0

    def write(self, part: bytes) -> int:
        self._digest.update(part)
        self._size += len(part)
        if self._size <= contract.CODE_UNPACKED_LIMIT:
            self._parts.append(part)
        return len(part)

    @property
    def code(self) -> str:
        """Mark of the code, as `contract.code_mark` makes it."""
        return self._digest.hexdigest()[:12]

    @property
    def content(self) -> bytes | None:
        """None for more than a service takes."""
        return b"".join(self._parts) if self._size <= contract.CODE_UNPACKED_LIMIT else None


def bundle_of(root: Path, revision: int, turn: int) -> Bundle:
    """Bundle of the staged files in a folder, without models; the same bytes for the same files. Raises OSError."""
    packer = _Archive()
    with tarfile.open(fileobj=packer, mode="w|", format=tarfile.PAX_FORMAT) as archive:  # type: ignore[call-overload]
        for path in sorted(root.rglob("*")):
            name = path.relative_to(root).as_posix()
            if name.partition("/")[0] not in (contract.MODELS_FOLDER, contract.HIDDEN_FOLDER):
                _add(archive, name, path)
    content = packer.content
    header = json.dumps({"code": packer.code, "revision": revision, "turn": turn}).encode()
    data = b"" if content is None else header + b"\n" + gzip.compress(content, 6, mtime=0)
    return Bundle(packer.code, revision, turn, data if len(data) <= contract.CODE_LIMIT else b"")


def _add(archive: tarfile.TarFile, name: str, path: Path) -> None:
    member = tarfile.TarInfo(name)
    if path.is_dir():
        member.type, member.mode = tarfile.DIRTYPE, 0o755
        archive.addfile(member)
        return
    status = path.stat()
    member.size, member.mode = status.st_size, 0o755 if status.st_mode & 0o100 else 0o644
    with path.open("rb") as content:
        archive.addfile(member, content)


def code_map_name(service: str, revision: int) -> str:
    """One for each revision of the pods, so that a roll back has the files of its own."""
    return f"{service}-code-{revision}"


def code_map(bundle: Bundle, name: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The ConfigMap; `metadata` has namespace, labels and annotations."""
    document = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}}
    if bundle.data:
        document["binaryData"] = {contract.CODE_FILE: base64.b64encode(bundle.data).decode("ascii")}
    return document


def bundle_in(document: Mapping[str, Any] | None) -> Bundle | None:
    """Bundle in a ConfigMap; None for one without files."""
    text = text_of(document, "binaryData", contract.CODE_FILE)
    try:
        data = base64.b64decode(text)
        raw = json.loads(data.partition(b"\n")[0])
        return Bundle(str(raw["code"]), int(raw["revision"]), int(raw["turn"]), data)
    except (ValueError, TypeError, KeyError):
        return None
