"""Datasets and their settings.

May import: the standard library and `azureml`. Door: the modules of the SDK, and `OutputFileDatasetConfig`.
"""

from __future__ import annotations

from azureml.data.output_dataset_config import OutputFileDatasetConfig

__all__ = ["OutputFileDatasetConfig"]
