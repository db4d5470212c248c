"""Layers as a test writes them, and the folder that they give when they are really unpacked."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from scoredock.oci.tree import ImageTree, read_tree
from scoredock.progress import CancelToken


@dataclass(frozen=True)
class Op:
    """One entry of a layer."""

    kind: str
    """`file`, `folder`, `link`, `hard`, `hide`, `opaque`."""
    path: str
    value: str = ""
    """Bytes of a file, target of a link."""


def layer(ops: Sequence[Op]) -> bytes:
    """The tar of a layer."""
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for op in ops:
            folder, _, name = op.path.rpartition("/")
            names = {
                "hide": f"{folder}/.wh.{name}".lstrip("/"),
                "opaque": f"{op.path}/.wh..wh..opq".lstrip("/"),
            }
            member = tarfile.TarInfo(names.get(op.kind, op.path))
            member.mode = 0o755
            if op.kind == "file":
                member.size = len(op.value.encode())
            elif op.kind in ("folder", "link", "hard"):
                member.type = {
                    "folder": tarfile.DIRTYPE,
                    "link": tarfile.SYMTYPE,
                    "hard": tarfile.LNKTYPE,
                }[op.kind]
                member.linkname = op.value
            archive.addfile(member, io.BytesIO(op.value.encode()) if op.kind == "file" else None)
    return output.getvalue()


def opened(*layers: bytes) -> list[Callable[[], BinaryIO]]:
    return [lambda content=content: io.BytesIO(content) for content in layers]


def tree_of(*layers: bytes) -> ImageTree:
    """With the bytes of every file."""
    return read_tree(opened(*layers), lambda path, size: True, CancelToken())


def packed(content: bytes) -> bytes:
    return gzip.compress(content, 1)


class Unpackable(Exception):
    """The operating system refuses an entry."""


def unpack(root: Path, ops: Sequence[Op]) -> None:
    """What containerd does with a layer, whiteouts first, as the specification has it. Raises Unpackable."""
    replaced = {op.path for op in ops if op.kind == "folder"}
    for op in ops:
        if op.kind in ("hide", "opaque"):
            _hide(root, op, replaced)
    for op in ops:
        if op.kind not in ("hide", "opaque"):
            _put(root, op)


def resolve(root: Path, path: str) -> Path | None:
    """Where a path leads in `root` as the root of everything; None for more than 40 links."""
    parts = path.split("/")[::-1]
    at: list[str] = []
    links = 0
    while parts:
        part = parts.pop()
        if part in ("", "."):
            continue
        if part == "..":
            at = at[:-1]
            continue
        here = root.joinpath(*at, part)
        if here.is_symlink():
            links += 1
            if links > 40:
                return None
            target = os.readlink(here)  # noqa: PTH115 (a Path would lose the slash at its end)
            if target.startswith("/"):
                at = []
            parts += target.split("/")[::-1]
        else:
            if here.is_file() and parts:
                return None
            at.append(part)
    return root.joinpath(*at)


def _hide(root: Path, op: Op, replaced: set[str]) -> None:
    where = op.path if op.kind == "opaque" else op.path.rpartition("/")[0]
    parts = where.split("/") if where else []
    for count in range(1, len(parts) + 1):
        written = "/".join(parts[:count])
        parent = resolve(root, "/".join(parts[: count - 1]))
        if written in replaced and parent is not None and os.path.lexists(parent / parts[count - 1]):
            here = parent / parts[count - 1]
            if here.is_symlink() or not here.is_dir():
                return
    folder = resolve(root, where)
    if folder is None or not folder.is_dir():
        return
    for each in list(folder.iterdir()) if op.kind == "opaque" else [folder / op.path.rpartition("/")[2]]:
        _remove(each)


def _put(root: Path, op: Op) -> None:
    above, _, name = op.path.rpartition("/")
    folder = resolve(root, above)
    try:
        if folder is None:
            raise Unpackable(op.path)
        folder.mkdir(parents=True, exist_ok=True)
        place = folder / name
        source = None
        if op.kind == "hard":
            target = resolve(root, op.value.rpartition("/")[0])
            source = target / op.value.rpartition("/")[2] if target is not None else None
            if source is None or not os.path.lexists(source) or (source.is_dir() and not source.is_symlink()):
                raise Unpackable(op.path)
            if source == place:
                return
        if os.path.lexists(place) and not (op.kind == "folder" and place.is_dir() and not place.is_symlink()):
            _remove(place)
        if op.kind == "folder":
            place.mkdir(exist_ok=True)
        elif op.kind == "file":
            place.write_text(op.value)
        elif op.kind == "link":
            place.symlink_to(op.value)
        elif source is not None:
            os.link(source, place, follow_symlinks=False)
    except OSError as error:
        raise Unpackable(op.path) from error


def _remove(place: Path) -> None:
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    elif os.path.lexists(place):
        place.unlink()
