"""Runs of automated machine learning.

May import: the standard library and `azureml`. Door: `run`.
"""

from __future__ import annotations

from azureml._scoredock.absent import TRAINING, every_name

__getattr__ = every_name(__name__, TRAINING)
