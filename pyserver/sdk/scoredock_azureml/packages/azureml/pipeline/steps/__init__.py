"""The steps of pipelines that are here: batch scoring, and scripts.

May import: the standard library and `azureml`. Door: the classes.
"""

from __future__ import annotations

from azureml._scoredock.absent import every_name
from azureml._scoredock.pipeline_values import STEPS
from azureml.pipeline.steps.parallel_run_config import ParallelRunConfig
from azureml.pipeline.steps.parallel_run_step import ParallelRunStep
from azureml.pipeline.steps.python_script_step import CommandStep, EstimatorStep, PythonScriptStep

__all__ = ["CommandStep", "EstimatorStep", "ParallelRunConfig", "ParallelRunStep", "PythonScriptStep"]
__all__ += ["AutoMLStep", "DataTransferStep", "DatabricksStep", "HyperDriveStep"]
__all__ += ["ModuleStep", "MpiStep", "RScriptStep", "SynapseSparkStep"]
__getattr__ = every_name(__name__, STEPS)
