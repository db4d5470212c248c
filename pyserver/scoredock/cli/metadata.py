"""JSON files that another command wrote, such as `model register --output-metadata-file`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.errors import Place, ScoredockError

_BYTES = 1_000_000


def metadata_in(path: Path) -> dict[str, Any]:
    """The object in a file. Raises ScoredockError `file-not-found`, `file-unreadable`."""
    place = Place(str(path.absolute()))
    try:
        if path.exists() and not path.is_file():
            raise OSError(l10n.t("it is not a regular file"))
        document = json.loads(path.read_bytes()[:_BYTES])
    except FileNotFoundError:
        raise ScoredockError("file-not-found", l10n.t("{path} does not exist.", path=path), place=place) from None
    except (OSError, ValueError, RecursionError) as error:
        raise ScoredockError(
            "file-unreadable", l10n.t("{path} cannot be read: {error}.", path=path, error=error), place=place
        ) from error
    return document if isinstance(document, dict) else {}


def is_of_v2(path: Path) -> bool:
    """True if a file is what -f of `az ml online-deployment create` takes."""
    return path.suffix.lower() in (".yml", ".yaml")


def model_id_in(path: Path) -> str:
    """The id that `model register` wrote. Raises as `metadata_in` does, also for a file of v2, where -f is --file."""
    if is_of_v2(path):
        raise ScoredockError(
            "file-unreadable",
            l10n.t("-f is a file that `model register -t` wrote, and {path} is YAML.", path=path),
            l10n.t(
                "A deployment of Azure ML v2 is deployed with `{command}`.",
                command=f"scoredock service deploy NAME --file {path}",
            ),
            Place(str(path.absolute())),
        )
    model = metadata_in(path).get("modelId")
    if isinstance(model, str) and model:
        return model
    raise ScoredockError(
        "file-unreadable",
        l10n.t("{path} has no modelId.", path=path),
        l10n.t("Create it with `scoredock model register -t`."),
        Place(str(path.absolute())),
    )
