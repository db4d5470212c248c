"""Changes that one layer makes to the tree below it, compact enough for a million files, and as a document to keep."""

from __future__ import annotations

import base64
from array import array
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, Final, Literal

from scoredock.late_dataclass import dataclass
from scoredock.oci.content import Malformed
from scoredock.oci.layer_stream import LayerStream
from scoredock.oci.tar_members import Keep, Member, members
from scoredock.progress import CancelToken

MOST_ENTRIES: Final = 2_000_000
"""Of an image, hidden ones included."""
MOST_NAME_BYTES: Final = 256 << 20
"""Of all names and targets of links in a layer."""

Change = Literal["file", "folder", "link", "hard link", "other", "hides", "hides below"]
"""A member, or that its path of the layers below is hidden, or all in it."""

_CHANGES: Final[tuple[Change, ...]] = ("file", "folder", "link", "hard link", "other", "hides", "hides below")
_CODES: Final = dict(zip(_CHANGES, b"fdlhowb", strict=True))
_BY_CODE: Final = {code: change for change, code in _CODES.items()}
_HIDES = ".wh."
_OF_WHITEOUTS = ".wh..wh."
_OPAQUE = ".wh..wh..opq"


@dataclass(frozen=True, slots=True)
class LayerChange:
    """One entry of a listing."""

    change: Change
    path: str
    mode: int = 0
    size: int = 0
    target: str = ""
    content: bytes | None = None


class Listing:
    """The changes of a layer in their order: about 100 bytes for each, and the bytes of the files that were kept."""

    __slots__ = ("_changes", "_contents", "_modes", "_names", "_room", "_sizes", "_targets")

    def __init__(self) -> None:
        self._names = bytearray()
        self._changes = bytearray()
        self._modes = array("H")
        self._sizes = array("Q")
        self._targets: dict[int, str] = {}
        self._contents: dict[int, bytes] = {}
        self._room = MOST_NAME_BYTES

    def __len__(self) -> int:
        return len(self._changes)

    def __iter__(self) -> Iterator[LayerChange]:
        start = 0
        for index, code in enumerate(self._changes):
            end = self._names.index(b"\0", start)
            yield LayerChange(
                _BY_CODE[code],
                self._names[start:end].decode("utf-8", "surrogateescape"),
                self._modes[index],
                self._sizes[index],
                self._targets.get(index, ""),
                self._contents.get(index),
            )
            start = end + 1

    @property
    def hides(self) -> bool:
        """True if anything of the layers below is hidden by name."""
        return _CODES["hides"] in self._changes or _CODES["hides below"] in self._changes

    def add(self, change: LayerChange) -> None:
        """One further. Raises Malformed when there are too many."""
        index = len(self._changes)
        name = change.path.encode("utf-8", "surrogateescape")
        self._room -= len(name) + len(change.target)
        if index >= MOST_ENTRIES or self._room < 0:
            raise Malformed(f"a layer has more than {MOST_ENTRIES} files, or {MOST_NAME_BYTES} bytes of names")
        self._names += name + b"\0"
        self._changes.append(_CODES[change.change])
        self._modes.append(change.mode)
        self._sizes.append(change.size)
        if change.target:
            self._targets[index] = change.target
        if change.content is not None:
            self._contents[index] = change.content

    def to_json(self) -> dict[str, Any]:
        """A document; `from_json` gives the listing again."""
        return {
            "names": self._names.decode("utf-8", "surrogateescape"),
            "changes": self._changes.decode("ascii"),
            "modes": self._modes.tolist(),
            "sizes": self._sizes.tolist(),
            "targets": {str(index): target for index, target in self._targets.items()},
            "contents": {str(index): base64.b64encode(held).decode() for index, held in self._contents.items()},
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Listing:
        """Raises ValueError, KeyError, TypeError, AttributeError or OverflowError for anything else than `to_json`
        writes."""
        listing = cls()
        listing._names = bytearray(document["names"].encode("utf-8", "surrogateescape"))
        listing._changes = bytearray(document["changes"].encode("ascii"))
        listing._modes = array("H", document["modes"])
        listing._sizes = array("Q", document["sizes"])
        listing._targets = {int(index): str(target) for index, target in document["targets"].items()}
        listing._contents = {
            int(index): base64.b64decode(held, validate=True) for index, held in document["contents"].items()
        }
        lengths = {len(listing._changes), len(listing._modes), len(listing._sizes), listing._names.count(b"\0")}
        if len(lengths) != 1 or not set(listing._changes) <= _BY_CODE.keys():
            raise ValueError("the parts of a listing do not fit together")
        return listing


def read_listing(layer: Callable[[], BinaryIO], keep: Keep, cancel: CancelToken) -> Listing:
    """Listing of a layer's changes, with the bytes of the files that `keep` takes.

    Raises Malformed, ScoredockError `cancelled`, and the OSError of whatever holds the layer.
    """
    listing = Listing()
    with layer() as stream:
        for member in members(LayerStream(stream, cancel), keep):
            change = change_of(member)
            if change is not None:
                listing.add(change)
    return listing


def change_of(member: Member) -> LayerChange | None:
    """Change that a member of a layer makes; None if it makes none. Raises Malformed."""
    folder, _, name = member.path.rpartition("/")
    if name != _OPAQUE and f"/{_OF_WHITEOUTS}" in f"/{member.path}":
        return None  # what aufs wrote for itself
    if not name.startswith(_HIDES):
        if not name and member.kind != "folder":
            raise Malformed("a layer replaces the root by something else than a folder")
        return LayerChange(member.kind, member.path, member.mode, member.size, member.target, member.content)
    if name == _OPAQUE:
        return LayerChange("hides below", folder)
    hidden = name.removeprefix(_HIDES)
    if hidden in ("", ".", ".."):
        raise Malformed(f"a layer hides a file without a name in `{folder[:80]}`")
    return LayerChange("hides", f"{folder}/{hidden}" if folder else hidden)
