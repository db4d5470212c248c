"""The file that hands a registered model to `service deploy -f`."""

from __future__ import annotations

import json
from pathlib import Path

from scoredock import l10n
from scoredock.errors import Place, ScoredockError


def write_metadata(path: Path, model_id: str) -> None:
    """Writes {"modelId": "name:version"}. Raises io-failed, which says that the model is there all the same."""
    try:
        path.write_text(json.dumps({"modelId": model_id}) + "\n", encoding="utf-8")
    except OSError as error:
        raise ScoredockError(
            "io-failed",
            l10n.t(
                "{id} was registered, but {path} could not be written: {error}.",
                id=model_id,
                path=path,
                error=error.strerror,
            ),
            l10n.t("Write the id to the file yourself."),
            place=Place(str(path)),
        ) from error
