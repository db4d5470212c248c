"""Base of datasets of tables and of files, at the place it has in v1."""

from __future__ import annotations

from azureml.data.tabular_dataset import AbstractDataset

__all__ = ["AbstractDataset"]
