"""Datasets under the name that their module had until 2020 (`azureml.data._dataset`)."""

from __future__ import annotations

from azureml.data.tabular_dataset import AbstractDataset as _Dataset

__all__ = ["_Dataset"]
