"""The same under the name that it had until 2020."""

from __future__ import annotations

from azureml.data.tabular_dataset import AbstractDataset as _Dataset

__all__ = ["_Dataset"]
