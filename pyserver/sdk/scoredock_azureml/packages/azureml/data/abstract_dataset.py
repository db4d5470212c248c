"""What datasets of tables and of files have in common, where v1 has it."""

from __future__ import annotations

from azureml.data.tabular_dataset import AbstractDataset

__all__ = ["AbstractDataset"]
