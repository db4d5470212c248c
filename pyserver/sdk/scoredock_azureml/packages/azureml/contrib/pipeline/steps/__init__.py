"""ParallelRunStep under its older name.

May import: the standard library and `azureml`. Door: the classes.
"""

from __future__ import annotations

from azureml._scoredock.absent import PREVIEW, every_name
from azureml.pipeline.steps import ParallelRunConfig, ParallelRunStep

__all__ = ["ParallelRunConfig", "ParallelRunStep"]
__getattr__ = every_name(__name__, PREVIEW)
