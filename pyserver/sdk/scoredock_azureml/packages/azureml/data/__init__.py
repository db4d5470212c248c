"""Datasets and their settings.

May import: the standard library and `azureml`. Door: the modules of the SDK.
"""

from __future__ import annotations

from azureml._scoredock.absent import DATA, every_name

__getattr__ = every_name(__name__, DATA)
