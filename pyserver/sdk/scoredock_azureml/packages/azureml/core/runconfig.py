"""Configurations of training runs, of which there are none; sections of environments under their older place."""

from __future__ import annotations

from azureml._scoredock.absent import TRAINING, these_names
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.container_registry import ContainerRegistry
from azureml.core.environment import DEFAULT_CPU_IMAGE, DEFAULT_GPU_IMAGE, DockerSection, PythonSection

__all__ = [
    "CondaDependencies",
    "ContainerRegistry",
    "DEFAULT_CPU_IMAGE",
    "DEFAULT_GPU_IMAGE",
    "DockerSection",
    "PythonSection",
]
__getattr__ = these_names(
    __name__,
    (
        "DataReferenceConfiguration",
        "DockerConfiguration",
        "MpiConfiguration",
        "ParallelTaskConfiguration",
        "PyTorchConfiguration",
        "RunConfiguration",
        "TensorflowConfiguration",
    ),
    TRAINING,
)
