"""Compute targets under the names of the SDK: each stands for this machine.

May import: the standard library and `azureml`. Door: the classes.
"""

from __future__ import annotations

from azureml._scoredock.absent import TRAINING, absent
from azureml.core.compute.compute import AksCompute, AmlCompute, ComputeInstance, ComputeTarget

AdlaCompute = absent("AdlaCompute", TRAINING)
BatchCompute = absent("BatchCompute", TRAINING)
DataFactoryCompute = absent("DataFactoryCompute", TRAINING)
DatabricksCompute = absent("DatabricksCompute", TRAINING)
DsvmCompute = absent("DsvmCompute", TRAINING)
HDInsightCompute = absent("HDInsightCompute", TRAINING)
KubernetesCompute = absent("KubernetesCompute", TRAINING)
KustoCompute = absent("KustoCompute", TRAINING)
RemoteCompute = absent("RemoteCompute", TRAINING)
SynapseCompute = absent("SynapseCompute", TRAINING)

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
