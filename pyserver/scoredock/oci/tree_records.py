"""Records of what layers hold, on this machine by their digests: a base of gigabytes is read once."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import secrets
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from scoredock.data_folder import make_private
from scoredock.oci.content import require_digest
from scoredock.oci.listing import Listing, read_listing
from scoredock.oci.tar_members import Keep
from scoredock.oci.tree import ImageTree, merged
from scoredock.progress import CancelToken

_FORM = 1
"""Raised when what is written changes."""


class TreeRecords:
    """Listings of layers in a folder, a file for each layer, which may be deleted at any time."""

    def __init__(self, folder: Path, keep: Keep, rule: str) -> None:
        """`rule` is the name of what `keep` keeps: letters, digits and `-`, another one whenever `keep` changes."""
        self._folder = folder
        self._keep = keep
        self._rule = rule

    def read_tree(self, layers: Sequence[tuple[str, Callable[[], BinaryIO]]], cancel: CancelToken) -> ImageTree:
        """Same as `tree.read_tree`; each layer with its digest, `sha256:…`. One that is recorded is not opened.

        Whoever hands a layer over answers for it having that digest. Raises Malformed, ScoredockError `cancelled`, and
        the OSError of whatever holds a layer; never for what is wrong with the records.
        """
        return merged(self._listings(layers, cancel), cancel)

    def _listings(self, layers: Sequence[tuple[str, Callable[[], BinaryIO]]], cancel: CancelToken) -> Iterator[Listing]:
        for digest, layer in layers:
            require_digest(digest)
            file = self._folder / f"{digest.removeprefix('sha256:')}-{self._rule}-{_FORM}.json.gz"
            listing = _recorded(file)
            if listing is None:
                listing = read_listing(layer, self._keep, cancel)
                _record(file, listing)
            yield listing


def _recorded(file: Path) -> Listing | None:
    try:
        return Listing.from_json(json.loads(gzip.decompress(file.read_bytes())))
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return None


def _record(file: Path, listing: Listing) -> None:
    # Only a shortcut: without it the layer is read again.
    temporary = file.with_name(f"{file.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    with contextlib.suppress(OSError):
        make_private(file.parent)
        try:
            document = json.dumps(listing.to_json(), separators=(",", ":")).encode()
            temporary.touch(mode=0o600)
            temporary.write_bytes(gzip.compress(document, 3, mtime=0))
            temporary.replace(file)
        finally:
            temporary.unlink(missing_ok=True)
