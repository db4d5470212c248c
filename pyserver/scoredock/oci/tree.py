"""The files of an image, from its layers as data: nothing is unpacked, mounted or run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import BinaryIO, Final, Literal, NamedTuple, Union

from scoredock.late_dataclass import dataclass
from scoredock.oci.content import Malformed
from scoredock.oci.listing import MOST_ENTRIES, LayerChange, Listing, read_listing
from scoredock.oci.tar_members import Keep
from scoredock.progress import CancelToken

MOST_LINKS: Final = 40
"""Symbolic links on the way to one file, as Linux counts."""
MOST_STEPS: Final = 100_000_000
"""Parts of paths that may be walked to put all files of an image into their folders: 50 for each of the most that there
may be. Links that lead through links could ask for thousands of times as many."""
_BETWEEN_LOOKS = 5_000
_LAYER: Final = 1 << 32
"""How far the layers lie apart in the numbers of origins."""


class MissingFile(LookupError):
    """A path of an image leads to no file."""


class NotKept(LookupError):
    """The bytes of a file were not kept when its layer was read, or it has holes."""


class FileOrigin(NamedTuple):
    """Position of the bytes of a file in the layers."""

    layer: int
    """Counted from the base, which is 0."""
    change: int
    """Which of the changes in the listing of that layer."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Entry of the tree at a path."""

    path: str
    """Where it lies really: from the root, links followed. The root is `/`."""
    kind: Literal["file", "folder", "link", "other"]
    size: int = 0
    """Bytes of a file."""
    mode: int = 0
    """The lowest twelve bits of a file or folder; of a folder that no layer names 0o755."""
    target: str = ""
    """Of a link, as it is written."""
    has_bytes: bool = False
    """Whether `read` has the bytes."""
    origin: FileOrigin | None = None
    """Of a file: where its bytes are."""

    @property
    def runs(self) -> bool:
        """True if it is a file that root may start."""
        return self.kind == "file" and bool(self.mode & 0o111)


class _Folder:
    __slots__ = ("mode", "names")

    def __init__(self, mode: int = 0o755) -> None:
        self.names: dict[str, _Node] = {}
        self.mode = mode


class _File:
    __slots__ = ("content", "mode", "origin", "size")

    def __init__(self, size: int, mode: int, content: bytes | None, origin: int) -> None:
        self.size = size
        self.mode = mode
        self.content = content
        self.origin = origin
        """Both parts of an `FileOrigin` in one number, as there may be millions."""


class _Other:
    __slots__ = ()


_Node = Union[_Folder, _File, _Other, str]  # noqa: UP007 (a text is the target of a link; evaluated in 3.10)
_OTHER = _Other()


class ImageTree:
    """The merged files of an image. Paths are from its root, with or without a leading slash."""

    def __init__(self) -> None:
        self._root = _Folder()

    def lookup(self, path: str, *, follow: bool = True) -> Entry | None:
        """Entry at a path, or None; links are followed as the kernel does for a program in a chroot. Without `follow`
        the last part may be a link."""
        place = self._place(path, follow)
        if place is None:
            return None
        names, node = place
        return _entry("/" + "/".join(names), node)

    def at(self, path: str) -> Entry | None:
        """Entry at a path as it is written, from the root, or None: no link is followed on the way."""
        node: _Node | None = self._root
        for name in filter(None, path.split("/")):
            node = node.names.get(name) if isinstance(node, _Folder) else None
        return None if node is None else _entry(path, node)

    def names(self, folder: str) -> tuple[str, ...]:
        """Names in a folder, sorted; empty for anything that is not a folder."""
        place = self._place(folder, follow=True)
        return tuple(sorted(place[1].names)) if place is not None and isinstance(place[1], _Folder) else ()

    def read(self, path: str) -> bytes:
        """The bytes of a file. Raises MissingFile, NotKept."""
        place = self._place(path, follow=True)
        if place is None or not isinstance(place[1], _File):
            raise MissingFile(path)
        content = place[1].content
        if content is None:
            raise NotKept(path)
        return content

    def _place(self, path: str, follow: bool) -> tuple[list[str], _Node] | None:
        walk = _Way(self._root, path)
        while walk.pending:
            part = walk.pending.pop()
            node = walk.step(part)
            if node is None:
                return None
            if isinstance(node, str) and (follow or walk.pending):
                if not walk.follow(node):
                    return None
            elif not isinstance(node, _Folder):
                return None if walk.pending else ([*walk.names, part], node)
        return walk.names, walk.folders[-1]


def paired(first: ImageTree, second: ImageTree) -> Iterator[tuple[Entry | None, Entry | None]]:
    """Pairs of the entries of both trees at each path, except folders, by path: None for the tree that has no entry or
    a folder there. Links are not followed."""
    waiting = [_children("", first._root, second._root)]
    while waiting:
        child = next(waiting[-1], None)
        if child is None:
            waiting.pop()
            continue
        path, *nodes = child
        one, other = (None if node is None or isinstance(node, _Folder) else _entry(path, node) for node in nodes)
        if one is not None or other is not None:
            yield one, other
        if any(isinstance(node, _Folder) for node in nodes):
            waiting.append(_children(path, *nodes))


def _children(path: str, one: _Node | None, other: _Node | None) -> Iterator[tuple[str, _Node | None, _Node | None]]:
    empty = _Folder()
    left, right = ((node if isinstance(node, _Folder) else empty).names for node in (one, other))
    for name in sorted({*left, *right}):
        yield f"{path}/{name}", left.get(name), right.get(name)


def _entry(path: str, node: _Node) -> Entry:
    if isinstance(node, _Folder):
        return Entry(path, "folder", mode=node.mode)
    if isinstance(node, _File):
        origin = FileOrigin(*divmod(node.origin, _LAYER))
        return Entry(path, "file", node.size, node.mode, has_bytes=node.content is not None, origin=origin)
    if isinstance(node, str):
        return Entry(path, "link", target=node)
    return Entry(path, "other")


class _Way:
    """A way through the tree, part by part."""

    def __init__(self, root: _Folder, path: str) -> None:
        self.folders = [root]
        self.names: list[str] = []
        self.pending = path.split("/")[::-1]
        self._links = 0

    def step(self, part: str) -> _Node | None:
        """Node of the next part of the path; goes into it when it is a folder."""
        if part in ("", "."):
            return self.folders[-1]
        if part == "..":
            if self.names:
                self.names.pop()
                self.folders.pop()
            return self.folders[-1]
        node = self.folders[-1].names.get(part)
        if isinstance(node, _Folder):
            self.folders.append(node)
            self.names.append(part)
        return node

    def follow(self, target: str) -> bool:
        """Go on at the target of a link; False when that leads nowhere."""
        self._links += 1
        if self._links > MOST_LINKS or not target:
            return False
        if target.startswith("/"):
            del self.folders[1:], self.names[:]
        self.pending.extend(target.split("/")[::-1])
        return True


def read_tree(layers: Sequence[Callable[[], BinaryIO]], keep: Keep, cancel: CancelToken) -> ImageTree:
    """The tree of an image from its layers, the base's first; each is opened once, read once and closed.

    Layers are tar, with gzip, or with zstd where a library for it is at hand (else Unsupported). `keep` says of which
    files the bytes stay in memory. Raises Malformed, ScoredockError `cancelled`, and the OSError of whatever holds a
    layer.
    """
    return merged((read_listing(layer, keep, cancel) for layer in layers), cancel)


def merged(listings: Iterable[Listing], cancel: CancelToken) -> ImageTree:
    """The tree of layers that were read, the base's first; only one of them is read at a time.

    From the base on, as what a layer writes below a folder that is a link further down lies where the link leads
    (containerd, BuildKit and Docker from 29 on unpack like that; the drivers of older Dockers put a folder in place of
    the link). Raises Malformed for what cannot be unpacked, ScoredockError `cancelled`.
    """
    tree = ImageTree()
    merge = _Merge(tree, cancel)
    for listing in listings:
        merge.apply(listing)
    return tree


class _Merge:
    """Layer on layer."""

    def __init__(self, tree: ImageTree, cancel: CancelToken) -> None:
        self._tree = tree
        self._root = tree._root
        self._cancel = cancel
        self._steps = 0
        self._entries = 0
        self._origin = -_LAYER
        self._parent: tuple[str, _Folder] = ("", self._root)
        self._shared_names: dict[str, str] = {}

    def apply(self, listing: Listing) -> None:
        # What a layer hides is of the layers below alone, wherever in the layer it says so.
        if listing.hides:
            folders = {each.path for each in listing if each.change == "folder"}
            for change in listing:
                if change.change in ("hides", "hides below"):
                    self._hide(change, folders)
            self._parent = ("", self._root)
        layer = (self._origin // _LAYER + 1) * _LAYER
        self._origin = layer
        for number, change in enumerate(listing):
            if number % _BETWEEN_LOOKS == 0:
                self._cancel.raise_if_cancelled()
            self._origin = layer + number
            if change.path and change.change not in ("hides", "hides below"):
                self._put(change)

    def _hide(self, change: LayerChange, folders: set[str]) -> None:
        above, _, name = change.path.rpartition("/")
        where = change.path if change.change == "hides below" else above
        self._spend(where)
        parts = where.split("/") if where else []
        for count in range(1, len(parts) + 1):
            written = "/".join(parts[:count])
            # A link that the layer itself replaces by a folder: what the link led to is not meant.
            place = self._tree._place(written, follow=False) if written in folders else None
            if place is not None and not isinstance(place[1], _Folder):
                return
        place = self._tree._place(where, follow=True)
        if place is not None and isinstance(place[1], _Folder):
            if change.change == "hides below":
                place[1].names.clear()
            else:
                place[1].names.pop(name, None)

    def _put(self, change: LayerChange) -> None:
        above, _, name = change.path.rpartition("/")
        folder = self._folder(above)
        before = folder.names.get(name)
        if change.change == "folder" and isinstance(before, _Folder):
            before.mode = change.mode
            return
        node = self._node(change)
        self._count()
        if before is None:
            # Packages have the same few names over and over.
            name = self._shared_names.setdefault(name, name)
        elif not isinstance(before, _File):
            self._parent = ("", self._root)
        folder.names[name] = node

    def _node(self, change: LayerChange) -> _Node:
        if change.change == "folder":
            return _Folder(change.mode)
        if change.change == "file":
            return _File(change.size, change.mode, change.content, self._origin)
        if change.change == "link":
            return change.target
        if change.change == "other":
            return _OTHER
        self._spend(change.target)
        place = self._tree._place(change.target, follow=False)
        if place is None or isinstance(place[1], _Folder):
            raise Malformed(f"a layer has a hard link to `{change.target[:80]}`, which is not a file")
        return place[1]

    def _folder(self, path: str) -> _Folder:
        """The folder of that path, made where there is none."""
        if path == self._parent[0]:
            return self._parent[1]
        walk = _Way(self._root, path)
        while walk.pending:
            self._steps += 1
            part = walk.pending.pop()
            node = walk.step(part)
            if node is None:
                self._count()
                walk.folders[-1].names[part] = _Folder()
                walk.step(part)
            elif isinstance(node, str):
                self._spend(node)
                if not walk.follow(node):
                    raise Malformed(f"the links on the way to `{path[:80]}` lead nowhere")
            elif not isinstance(node, _Folder):
                raise Malformed(f"a layer has files in `{path[:80]}`, where a file lies")
        self._spend("")
        self._parent = (path, walk.folders[-1])
        return walk.folders[-1]

    def _count(self) -> None:
        self._entries += 1
        if self._entries > MOST_ENTRIES:
            raise Malformed(f"an image has more than {MOST_ENTRIES} files")

    def _spend(self, path: str) -> None:
        self._steps += path.count("/") + 1
        if self._steps > MOST_STEPS:
            raise Malformed("the links of an image lead through one another too often")
