"""Pipelines with steps of batch scoring.

May import: the standard library and `azureml`. Door: `azureml.pipeline.core` and `azureml.pipeline.steps`.
"""

from __future__ import annotations

from azureml._scoredock.absent import PACKAGES, every_name

__getattr__ = every_name(__name__, PACKAGES[__name__])
