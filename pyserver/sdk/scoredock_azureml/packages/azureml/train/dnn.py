"""Scripts that train neural networks."""

from __future__ import annotations

from azureml._scoredock.absent import absent
from azureml.train.estimator import REMOTE, Estimator

__all__ = ["Chainer", "Gloo", "Mpi", "Nccl", "ParameterServer", "PyTorch", "TensorFlow"]


class TensorFlow(Estimator):
    """An estimator whose environment has TensorFlow."""

    _always = ["tensorflow"]


class PyTorch(Estimator):
    """An estimator whose environment has PyTorch."""

    _always = ["torch", "torchvision"]


class Chainer(Estimator):
    """An estimator whose environment has Chainer."""

    _always = ["chainer"]


Gloo = absent("Gloo", REMOTE)
Mpi = absent("Mpi", REMOTE)
Nccl = absent("Nccl", REMOTE)
ParameterServer = absent("ParameterServer", REMOTE)
