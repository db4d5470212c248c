"""Configurations of training runs, of which there are none; sections of environments under their older place."""

from __future__ import annotations

from azureml._scoredock.absent import TRAINING, names_of
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.container_registry import ContainerRegistry
from azureml.core.environment import DEFAULT_CPU_IMAGE, DEFAULT_GPU_IMAGE

__all__ = ["CondaDependencies", "ContainerRegistry", "DEFAULT_CPU_IMAGE", "DEFAULT_GPU_IMAGE"]
__getattr__ = names_of(
    __name__,
    dict.fromkeys(("DockerConfiguration", "MpiConfiguration", "RunConfiguration", "TensorflowConfiguration"), TRAINING),
)
