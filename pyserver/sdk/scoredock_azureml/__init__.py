"""Folder of the modules of the SDK v1 that Scoredock provides.

May import: the standard library. Door: `FOLDER`.
"""

from __future__ import annotations

import os

__version__ = "0.1.0"

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "packages")
"""What a path of Python has to have at its front for `azureml.core` to be ours."""
