"""Whether an environment's image can import its packages and load a model: tried in a container that goes at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from scoredock.containers.connection import Docker
from scoredock.containers.image_calls import Layer
from scoredock.environments.trial import PROGRAM, Trouble, trouble_in
from scoredock.images.built import BuiltImage
from scoredock.images.members import LayerMember, stream
from scoredock.progress import CancelToken, Silent

_FOLDER = "tmp/scoredock-trial"


def trouble_in_image(
    docker: Docker, image: BuiltImage, names: Sequence[str], models: Sequence[Path], cancel: CancelToken
) -> Trouble | None:
    """As `environments.trial.trouble`, in a container without a network. Raises ScoredockError `docker-unavailable`,
    `cancelled`.
    """
    placed = {f"{_FOLDER}/{number}/{path.name}": path for number, path in enumerate(models)}
    document = json.dumps([list(names), [f"/{place}" for place in placed]])
    with Layer(
        docker, image.id, f"trial-{image.key}", command=[image.python, "-I", "-c", PROGRAM, document]
    ) as container:
        container.put(stream([LayerMember(place, path, path.stat().st_size) for place, path in placed.items()], cancel))
        code, lines = container.run(Silent(), cancel)
    return trouble_in(lines, code, names)
