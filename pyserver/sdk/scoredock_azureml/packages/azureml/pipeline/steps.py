"""Pipelines are not run here."""

from __future__ import annotations

from azureml._scoredock.absent import TRAINING, names_of

__getattr__ = names_of(
    __name__,
    dict.fromkeys(
        (
            "AutoMLStep",
            "CommandStep",
            "DataTransferStep",
            "EstimatorStep",
            "HyperDriveStep",
            "ModuleStep",
            "ParallelRunConfig",
            "ParallelRunStep",
            "PythonScriptStep",
        ),
        TRAINING,
    ),
)
