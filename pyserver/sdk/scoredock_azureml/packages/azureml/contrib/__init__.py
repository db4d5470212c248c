"""Packages that v1 had for a while under this name.

May import: the standard library and `azureml`. Door: `azureml.contrib.pipeline.steps`.
"""

from __future__ import annotations

from azureml._scoredock.absent import PREVIEW, every_name

__getattr__ = every_name(__name__, PREVIEW)
