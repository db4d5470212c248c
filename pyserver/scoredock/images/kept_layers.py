"""An image without its making: what it would be, where all that takes long was made before."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from scoredock.images.content_environment import FORM, Layers
from scoredock.images.members import LayerMember
from scoredock.oci.content_store import ContentStore
from scoredock.oci.layers import StoredLayer


class NotMadeYet(Exception):
    """A layer that nobody has kept."""


class _BesideStore(ContentStore):
    """Has what another store has, and takes what is new into a folder of its own."""

    def __init__(self, root: Path, other: ContentStore) -> None:
        super().__init__(root)
        self._other = other

    def open(self, digest: str) -> BinaryIO:
        try:
            return super().open(digest)
        except FileNotFoundError:
            return self._other.open(digest)


@dataclass(frozen=True, slots=True)
class KeptLayers(Layers):
    """The layers that were made before, and none besides. What an image has of its own, the code and its documents,
    lasts as long as whoever looks."""

    @classmethod
    def of(cls, layers: Layers, folder: Path) -> KeptLayers:
        """Those of `layers`; what is new goes below `folder`."""
        store = _BesideStore(folder, layers.store)
        return cls(store, layers.records, layers.scratch, layers.compression, layers.progress, layers.cancel)

    def layer(self, parts: object, step: str, members: Callable[[Path], list[LayerMember]]) -> StoredLayer:  # noqa: ARG002 (nothing is made)
        """Raises NotMadeYet."""
        layer = self.records.get(json.dumps([FORM, self.compression, parts], sort_keys=True), self.store)
        if layer is None:
            raise NotMadeYet
        return layer
