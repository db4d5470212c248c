"""OCI image layouts: folders that hold images by their content, and name them in an `index.json`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final

from scoredock.file_locks import hold_lock
from scoredock.oci.content import (
    INDEXES,
    LARGEST_DOCUMENT,
    Descriptor,
    Index,
    Malformed,
    Manifest,
    Platform,
    from_bytes,
)
from scoredock.oci.content_store import ContentStore
from scoredock.oci.durable_files import make_folder, open_plain, replace_file, storing
from scoredock.oci.sources import REFERENCE_NAME, CheckedStream, ContentStream, ImageDocuments, choose
from scoredock.progress import CancelToken, Silent
from scoredock.temporary.fresh_files import sweep_quietly

LAYOUT_FILE: Final = "oci-layout"
INDEX_FILE: Final = "index.json"
LAYOUT_CONTENT: Final = b'{"imageLayoutVersion":"1.0.0"}'
_MODE: Final = 0o644


class ImageLayout:
    """One layout, an `ImageSource` that can be added to. `open` and `create` give one."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.store = ContentStore(root)
        """Its content; what an image is made of is put here before `add`."""

    @classmethod
    def open(cls, path: Path) -> ImageLayout:
        """A layout that is there. Raises Malformed for what is none, ScoredockError `io-failed`."""
        require_version(_document(path, LAYOUT_FILE))
        layout = cls(path)
        layout.index()
        return layout

    @classmethod
    def create(cls, path: Path) -> ImageLayout:
        """The layout of a folder, made with the folder where there is none. Raises as `open`, and ScoredockError
        `disk-full`."""
        with storing(path):
            sweep_quietly(path)
            make_folder(path / "blobs" / "sha256", 0o777)  # the person's own, as their umask has it
            if not (path / INDEX_FILE).exists():
                replace_file(path / INDEX_FILE, Index(()).to_bytes(), mode=_MODE)
            if not (path / LAYOUT_FILE).exists():  # last: a folder with it is a whole layout
                replace_file(path / LAYOUT_FILE, LAYOUT_CONTENT, mode=_MODE)
        return cls.open(path)

    def index(self) -> Index:
        """Present index of the layout. Raises Malformed, ScoredockError `io-failed`."""
        return Index.from_bytes(_document(self._root, INDEX_FILE))

    def resolve(self, name: str, platform: Platform | None) -> ImageDocuments:
        """See `ImageSource`."""
        return choose(self, self.index(), name, platform)

    @contextlib.contextmanager
    def content(self, descriptor: Descriptor) -> Iterator[ContentStream]:
        """See `ImageSource`."""
        with self._stream(descriptor) as stream:
            yield CheckedStream(stream, descriptor)

    def _stream(self, descriptor: Descriptor) -> BinaryIO:
        try:
            with storing(self._root):
                return self.store.open(descriptor.digest)
        except Exception as error:
            if isinstance(error.__cause__, (FileNotFoundError, NotADirectoryError)):
                raise Malformed(f"the content of {descriptor.digest} is missing") from None
            raise

    def add(self, name: str, descriptor: Descriptor) -> None:
        """Give a name to an image, or to an index of several, whose content lies in `store`. What had the name loses
        it; all other names stay, whoever adds at the same time.

        Raises Malformed for an image of which something is missing, ScoredockError `disk-full`, `io-failed`.
        """
        self._require_whole(descriptor)
        annotations = {**descriptor.annotations, **({REFERENCE_NAME: name} if name else {})}
        entry = replace(descriptor, annotations=annotations)
        self._change(lambda entries: [*(each for each in entries if not _is_replaced(each, entry)), entry])

    def named(self, name: str) -> list[Descriptor]:
        """Descriptors that have a name now. Raises as `index`."""
        return [each for each in self.index().manifests if each.annotations.get(REFERENCE_NAME) == name]

    def put_back(self, name: str, former: Sequence[Descriptor]) -> None:
        """Give a name to what had it before, or to nothing. Raises as `add`."""
        self._change(
            lambda entries: [*(each for each in entries if each.annotations.get(REFERENCE_NAME) != name), *former]
        )

    def _change(self, change: Callable[[Sequence[Descriptor]], Sequence[Descriptor]]) -> None:
        with hold_lock(self._root / f".{INDEX_FILE}.lock", "image", Silent(), CancelToken()):
            index = self.index()
            content = Index(tuple(change(index.manifests)), index.annotations).to_bytes()
            if len(content) > LARGEST_DOCUMENT:
                raise Malformed(f"the index of the layout would have {len(content)} bytes")
            with storing(self._root / INDEX_FILE):
                replace_file(self._root / INDEX_FILE, content, mode=_MODE)

    def _require_whole(self, descriptor: Descriptor) -> None:
        content = self.store.read(descriptor)
        if descriptor.media_type in INDEXES:
            for entry in Index.from_bytes(content).manifests:
                if entry.media_type in INDEXES:
                    raise Malformed("an index of platforms holds another index")
                self._require_whole(entry)
            return
        manifest = Manifest.from_bytes(content)
        for each in (manifest.config, *manifest.layers):
            if not self.store.has(each):
                raise Malformed(f"the content of {each.digest} is missing")


def require_version(content: bytes) -> None:
    """Raises Malformed for another version of the file `oci-layout` than ours."""
    if from_bytes(content).get("imageLayoutVersion") != "1.0.0":
        raise Malformed("the layout is of another version than 1.0.0")


def _is_replaced(entry: Descriptor, fresh: Descriptor) -> bool:
    name = fresh.annotations.get(REFERENCE_NAME)
    if name is None:
        return entry.digest == fresh.digest and REFERENCE_NAME not in entry.annotations
    return entry.annotations.get(REFERENCE_NAME) == name


def _document(root: Path, name: str) -> bytes:
    path = root / name
    try:
        with open_plain(path) as stream:
            return stream.read(LARGEST_DOCUMENT + 1)  # one more, so that reading it tells that it is too large
    except (FileNotFoundError, NotADirectoryError):
        raise Malformed(f"the folder has no file `{name}`") from None
    except OSError as error:
        with storing(path):
            raise error
