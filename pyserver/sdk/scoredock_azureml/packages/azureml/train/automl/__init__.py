"""Runs of automated machine learning.

May import: the standard library and `azureml`. Door: `run`.
"""

from __future__ import annotations

from azureml._scoredock.absent import TRAINING, names_of

__getattr__ = names_of(__name__, {"AutoMLConfig": TRAINING, "AutoMLStep": TRAINING})
