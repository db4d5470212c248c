"""The step of pipelines that is here: batch scoring.

May import: the standard library and `azureml`. Door: the classes.
"""

from __future__ import annotations

from azureml._scoredock.absent import every_name
from azureml.pipeline.steps.parallel_run_config import ParallelRunConfig
from azureml.pipeline.steps.parallel_run_step import ParallelRunStep

__all__ = ["ParallelRunConfig", "ParallelRunStep"]
__all__ += ["AutoMLStep", "CommandStep", "DataTransferStep", "DatabricksStep", "EstimatorStep", "HyperDriveStep"]
__all__ += ["ModuleStep", "MpiStep", "PythonScriptStep", "RScriptStep", "SynapseSparkStep"]
__getattr__ = every_name(
    __name__, "Only steps of batch scoring run here; run scripts with Experiment.submit(ScriptRunConfig(...))."
)
