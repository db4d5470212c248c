"""Compute targets under the names of the SDK: each stands for this machine.

May import: the standard library and `azureml`. Door: the classes.
"""

from __future__ import annotations

from azureml.core.compute.compute import AksCompute, AmlCompute, ComputeInstance, ComputeTarget
from azureml.core.compute.remote import (
    AdlaCompute,
    BatchCompute,
    DatabricksCompute,
    DataFactoryCompute,
    DsvmCompute,
    HDInsightCompute,
    KubernetesCompute,
    KustoCompute,
    RemoteCompute,
    SynapseCompute,
)

__all__ = [
    "AdlaCompute",
    "AksCompute",
    "AmlCompute",
    "BatchCompute",
    "ComputeInstance",
    "ComputeTarget",
    "DataFactoryCompute",
    "DatabricksCompute",
    "DsvmCompute",
    "HDInsightCompute",
    "KubernetesCompute",
    "KustoCompute",
    "RemoteCompute",
    "SynapseCompute",
]
