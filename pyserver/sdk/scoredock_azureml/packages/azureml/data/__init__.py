"""Datasets and their settings.

May import: the standard library and `azureml`. Door: the modules of the SDK, and `OutputFileDatasetConfig`.
"""

from __future__ import annotations

from azureml._scoredock.absent import DATA, every_name
from azureml.data.output_dataset_config import OutputFileDatasetConfig

__all__ = ["OutputFileDatasetConfig"]
__getattr__ = every_name(__name__, DATA)
