"""An image without its making: what it would be, where all that takes long was made before."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scoredock.images.content_environment import FORM, Layers
from scoredock.images.members import LayerMember
from scoredock.oci.content_store import ContentStore
from scoredock.oci.layers import StoredLayer


class NotMadeYet(Exception):
    """A layer that nobody has kept."""


@dataclass(frozen=True, slots=True)
class KeptLayers(Layers):
    """The layers that were made before, and none besides. What an image has of its own, the code and its documents,
    goes into `store`, which lasts as long as whoever looks."""

    kept: ContentStore
    """Where the layers are that were made before."""

    def layer(self, parts: object, step: str, members: Callable[[Path], list[LayerMember]]) -> StoredLayer:  # noqa: ARG002 (nothing is made)
        """Raises NotMadeYet."""
        layer = self.records.get(json.dumps([FORM, self.compression, parts], sort_keys=True), self.kept)
        if layer is None:
            raise NotMadeYet
        return layer

    @classmethod
    def of(cls, layers: Layers, folder: Path) -> KeptLayers:
        """Those of `layers`; what belongs to one image goes below `folder`."""
        own = ContentStore(folder)
        return cls(
            own, layers.records, layers.scratch, layers.compression, layers.progress, layers.cancel, layers.store
        )
