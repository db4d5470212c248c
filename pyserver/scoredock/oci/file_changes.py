"""Files that differ between two images, by the layers that only one of them has. Nothing is unpacked, and layers that
both have are not read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import BinaryIO, Final, Literal

from scoredock.late_dataclass import dataclass
from scoredock.oci.content import Malformed
from scoredock.oci.layer_files import LayerFiles
from scoredock.oci.layer_stream import LayerStream
from scoredock.oci.listing import Listing, change_of, read_listing
from scoredock.oci.tar_members import walk
from scoredock.oci.tree import Entry, ImageTree, merged, paired
from scoredock.progress import CancelToken

MOST_COMPARED: Final = 500_000
"""Entries of the layers that only one image has: about 400 bytes of memory for each."""
LARGEST_TEXT: Final = 64_000
"""Bytes of a file whose text can be had."""
_PIECE: Final = 1 << 20
_DIGEST_BYTES: Final = 32

OpenLayer = Callable[[], BinaryIO]
ChangeOfFile = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class FileChange:
    """One path at which two images differ. Both sides are None for what a layer of one image takes away from layers
    that both have, whatever these have there."""

    path: str
    """From the root, with a slash before it."""
    change: ChangeOfFile
    before: Entry | None
    after: Entry | None
    is_folder: bool = False
    """All that layers of both images have in this folder."""


def own_layers(first: Sequence[str], second: Sequence[str]) -> tuple[list[int], list[int]]:
    """Indexes of the layers of each image that the other lacks, by their digests, the base's first. Layers that both
    have, but in another order, count as their own, as the order decides what is seen."""
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    changed = [each for each in matcher.get_opcodes() if each[0] != "equal"]
    return (
        [index for _, start, end, _, _ in changed for index in range(start, end)],
        [index for _, _, _, start, end in changed for index in range(start, end)],
    )


class OwnFiles:
    """Changes that the layers which only one image has make to those below them."""

    def __init__(self, layers: Iterable[OpenLayer], cancel: CancelToken) -> None:
        """Reads each layer once, the lowest first. Raises Malformed, ScoredockError `cancelled`, and the OSError of
        whatever holds a layer."""
        self._digests: list[bytearray] = []
        listings: list[Listing] = []
        room = MOST_COMPARED
        for layer in layers:
            listing, digests = _read(layer, room, cancel)
            room -= len(listing)
            listings.append(listing)
            self._digests.append(digests)
        self.tree = merged(with_links(listings), cancel)
        self.hidden, self.emptied = _hidden(listings)

    def digest(self, entry: Entry) -> bytes:
        """SHA-256 of the bytes of a file as its layer has them; empty for all else."""
        if entry.origin is None:
            return b""
        start = entry.origin.change * _DIGEST_BYTES
        return bytes(self._digests[entry.origin.layer][start : start + _DIGEST_BYTES])

    def hides(self, path: str) -> bool:
        """True if it takes a path away from the layers below, or a folder above it."""
        parts = path.split("/")
        above = ["/".join(parts[:count]) for count in range(len(parts))]
        return path in self.hidden or any(each in self.hidden or each in self.emptied for each in above)


def file_changes(first: OwnFiles, second: OwnFiles) -> Iterator[FileChange]:
    """Differences of files, folders aside: first what is taken away from layers that both have, then by path.

    A file is changed when its bytes, mode, kind or target are others. What only one of the images writes counts as
    added or removed, also where a layer of both has another file there or above it: those are not read.
    """
    yield from _taken_away(first, second, "added")
    yield from _taken_away(second, first, "removed")
    for before, after in paired(first.tree, second.tree):
        if before is None or after is None:
            at = before or after
            assert at is not None  # noqa: S101 (one of a pair is there)
            yield FileChange(at.path, "added" if before is None else "removed", before, after)
        elif _state(before, first) != _state(after, second):
            yield FileChange(before.path, "changed", before, after)


def read_text(layers: Sequence[OpenLayer], path: str, cancel: CancelToken) -> str | None:
    """The text of a file of these layers, the lowest first; empty where they have no file there. None for what is no
    text in UTF-8, or has more than LARGEST_TEXT bytes. Raises as `OwnFiles`."""
    tree = merged(with_links([read_listing(layer, lambda *_: False, cancel) for layer in layers]), cancel)
    entry = tree.at(path)
    if entry is None or entry.kind == "folder":
        return ""
    if entry.kind == "link":
        return entry.target
    if entry.origin is None or entry.size > LARGEST_TEXT:
        return None
    content = bytearray(entry.size)
    with LayerFiles(layers[entry.origin.layer], cancel) as files:
        try:
            view, file = memoryview(content), files.open(entry.origin.change)
        except Malformed:
            return None  # with holes
        while view and (count := file.readinto(view)):
            view = view[count:]
    try:
        return None if b"\0" in content else content.decode()
    except UnicodeDecodeError:
        return None


def with_links(listings: Sequence[Listing]) -> Iterator[Listing]:
    """The same, with hard links to files of layers that are not read as links to their paths: what these files hold is
    the same in both images, where they are the same files."""
    targets = {each.target for listing in listings for each in listing if each.change == "hard link"}
    elsewhere = targets and targets - {each.path for listing in listings for each in listing}
    for listing in listings:
        if not elsewhere or not any(each.change == "hard link" for each in listing):
            yield listing
            continue
        linked = Listing()
        for each in listing:
            is_link = each.change == "hard link" and each.target in elsewhere
            linked.add(replace(each, change="link", target=f"/{each.target}") if is_link else each)
        yield linked


def _read(layer: OpenLayer, room: int, cancel: CancelToken) -> tuple[Listing, bytearray]:
    """Listing of a layer, and the digest of each of its files at 32 times its number."""
    listing, digests = Listing(), bytearray()
    with layer() as stream:
        content = LayerStream(stream, cancel)
        for member, stored, _ in walk(content):
            change = change_of(member)
            if change is None:
                continue
            if len(listing) >= room:
                raise Malformed(f"there are more than {MOST_COMPARED:,} files to compare")
            listing.add(change)
            digests += bytes(_DIGEST_BYTES) if stored is None else _digest(content, stored)
        while stream.read(_PIECE):
            cancel.raise_if_cancelled()  # to its end: only there it shows whether these were the bytes
    return listing, digests


def _digest(content: LayerStream, size: int) -> bytes:
    digest = hashlib.sha256()
    while size:
        piece = content.read(min(size, _PIECE))
        digest.update(piece)
        size -= len(piece)
    return digest.digest()


def _hidden(listings: Sequence[Listing]) -> tuple[set[str], set[str]]:
    """Paths of layers below all of these that are taken away by name, and the folders that are emptied: not what one of
    these layers wrote before another took it away."""
    marks = {
        (number, each.path, each.change == "hides below")
        for number, listing in enumerate(listings)
        if listing.hides
        for each in listing
        if each.change in ("hides", "hides below")
    }
    taken_paths = {path for _, path, _ in marks}
    first_at: dict[str, int] = {}
    first_below: dict[str, int] = {}
    for number, listing in enumerate(listings if marks else ()):
        for each in listing:
            if each.change in ("hides", "hides below"):
                continue
            if each.path in taken_paths:
                first_at.setdefault(each.path, number)
            for above in _above(each.path):
                if above in taken_paths:
                    first_below.setdefault(above, number)
    hidden: set[str] = set()
    emptied: set[str] = set()
    for number, path, is_below in marks:
        if is_below and first_below.get(path, number) >= number:
            emptied.add(path)
        elif not is_below and min(first_at.get(path, number), first_below.get(path, number)) >= number:
            hidden.add(path)
    return hidden, emptied


def _above(path: str) -> Iterator[str]:
    while path:
        path = path.rpartition("/")[0]
        yield path


def _taken_away(own: OwnFiles, other: OwnFiles, change: ChangeOfFile) -> Iterator[FileChange]:
    for path in sorted(own.hidden | own.emptied):
        is_folder = path in own.emptied and path not in own.hidden
        if other.hides(path) or (is_folder and path in other.emptied):
            continue
        if not any(_is_leaf(tree.at(path)) for tree in (own.tree, other.tree)):
            yield FileChange(f"/{path}", change, None, None, is_folder)


def _is_leaf(entry: Entry | None) -> bool:
    return entry is not None and entry.kind != "folder"


def _state(entry: Entry, files: OwnFiles) -> tuple[str, int, str, bytes]:
    return entry.kind, entry.mode, entry.target, files.digest(entry)


__all__ = ["LARGEST_TEXT", "FileChange", "ImageTree", "OwnFiles", "file_changes", "own_layers", "read_text"]
