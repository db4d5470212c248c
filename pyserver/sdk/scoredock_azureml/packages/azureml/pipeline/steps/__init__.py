"""The steps of pipelines that are here: batch scoring, and scripts.

May import: the standard library and `azureml`. Door: the classes.
"""

from __future__ import annotations

from typing import Any

from azureml._scoredock.absent import every_name
from azureml._scoredock.pipeline_values import STEPS
from azureml.pipeline.steps.data_transfer_step import DataTransferStep
from azureml.pipeline.steps.hyper_drive_step import HyperDriveStep
from azureml.pipeline.steps.parallel_run_config import ParallelRunConfig
from azureml.pipeline.steps.parallel_run_step import ParallelRunStep
from azureml.pipeline.steps.python_script_step import CommandStep, EstimatorStep, PythonScriptStep

__all__ = ["CommandStep", "DataTransferStep", "EstimatorStep", "HyperDriveStep", "ParallelRunConfig"]
__all__ += ["ParallelRunStep", "PythonScriptStep", "AutoMLStep", "DatabricksStep", "HyperDriveStepRun"]
__all__ += ["ModuleStep", "MpiStep", "RScriptStep", "SynapseSparkStep"]


def __getattr__(name: str) -> Any:
    """Class that needs the runs of pipelines, which need the steps."""
    if name == "HyperDriveStepRun":
        from azureml.pipeline.core.run import HyperDriveStepRun

        return HyperDriveStepRun
    return _absent_name(name)


_absent_name = every_name(__name__, STEPS)
