"""Where everything that Scoredock keeps of an account lies."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def data_home() -> Path:
    """The data folder of this user, or `SCOREDOCK_HOME`. It need not exist yet."""
    chosen = os.environ.get("SCOREDOCK_HOME", "")
    if not chosen:
        return Path(platformdirs.user_data_dir("scoredock", appauthor=False))
    # Raises nothing where nobody's home is meant; resolve() would follow links.
    return Path(os.path.abspath(os.path.expanduser(chosen)))  # noqa: PTH100, PTH111
