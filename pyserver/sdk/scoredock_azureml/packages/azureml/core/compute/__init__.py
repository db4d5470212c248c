"""Compute targets under the names of the SDK: each stands for this machine.

May import: the standard library and `azureml`. Door: the classes.
"""

from __future__ import annotations

from azureml.core.compute.compute import AksCompute, AmlCompute, ComputeInstance, ComputeTarget

__all__ = ["AksCompute", "AmlCompute", "ComputeInstance", "ComputeTarget"]
