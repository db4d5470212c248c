"""The older place of compute targets: `azureml.core.compute_target`."""

from __future__ import annotations

from azureml.core.compute import AksCompute, AmlCompute, ComputeTarget
from azureml.exceptions import ComputeTargetException

__all__ = ["AksCompute", "AmlCompute", "ComputeTarget", "ComputeTargetException"]
