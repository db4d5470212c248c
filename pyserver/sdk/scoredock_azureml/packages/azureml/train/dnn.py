"""Estimators of TensorFlow, PyTorch and Chainer: scripts that train neural networks."""

from __future__ import annotations

from azureml.train.estimator import Estimator, Gloo, Mpi, Nccl, ParameterServer

__all__ = ["Chainer", "Gloo", "Mpi", "Nccl", "ParameterServer", "PyTorch", "TensorFlow"]


_TENSORBOARD = "tensorboard==1.14.0 future==0.17.1"

# Without horovod and mpi4py, which need an MPI and are for several machines.


class TensorFlow(Estimator):
    """An estimator whose environment has TensorFlow."""

    _usual_version = "1.13"
    _releases = {
        "1.10": "tensorflow==1.10.0 pandas",
        "1.12": "tensorflow==1.12.0 pandas",
        "1.13": "tensorflow==1.13.1 pandas",
        "2.0": "tensorflow==2.0.0 pandas",
        "2.1": "tensorflow==2.1.0",
        "2.2": "tensorflow==2.2.0",
        "2.3": "tensorflow==2.3.0",
    }


class PyTorch(Estimator):
    """An estimator whose environment has PyTorch."""

    _usual_version = "1.4"
    _releases = {
        "1.0": "torch==1.0 torchvision==0.4.1",
        "1.1": f"torch==1.1 torchvision==0.4.1 {_TENSORBOARD}",
        "1.2": f"torch==1.2 torchvision==0.4.1 {_TENSORBOARD}",
        "1.3": f"torch==1.3.1 torchvision==0.4.1 {_TENSORBOARD}",
        "1.4": f"torch==1.4.0 torchvision==0.5.0 {_TENSORBOARD}",
        "1.5": f"torch==1.5.0 torchvision==0.5.0 {_TENSORBOARD}",
        "1.6": f"torch==1.6.0 torchvision==0.5.0 {_TENSORBOARD}",
    }


class Chainer(Estimator):
    """An estimator whose environment has Chainer."""

    _usual_version = "5.1.0"
    _releases = {"5.1.0": "chainer==5.1.0", "7.0.0": "chainer==7.0.0"}
