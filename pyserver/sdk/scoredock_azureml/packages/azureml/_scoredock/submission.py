"""Reads which workspace the run of a submitted script is in, in the script's process."""

from __future__ import annotations

import json
import os

SUBMITTED = "SCOREDOCK_SDK_RUN"
"""Variable with workspace, store and id of the run whose script this process is, as JSON."""


def workspace_of_the_run() -> str:
    """The id of the workspace of the script that submitted this one; empty in any other."""
    text = os.environ.get(SUBMITTED)
    return str(json.loads(text)["workspace"]) if text else ""
