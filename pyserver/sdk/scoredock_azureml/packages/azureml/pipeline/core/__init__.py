"""Pipelines, what they are given and what they make.

May import: the standard library and `azureml`. Door: the classes.
"""

from __future__ import annotations

from azureml._scoredock.absent import every_name
from azureml._scoredock.pipeline_values import (
    STEPS,
    PipelineData,
    PipelineOutputFileDataset,
    PipelineParameter,
    PortDataReference,
    TrainingOutput,
)
from azureml._scoredock.steps import PipelineStep, StepSequence
from azureml.pipeline.core.pipeline import Pipeline
from azureml.pipeline.core.published import PipelineEndpoint, PublishedPipeline
from azureml.pipeline.core.run import PipelineRun, StepRun
from azureml.pipeline.core.schedule import Schedule, ScheduleRecurrence

__all__ = [
    "Pipeline",
    "PipelineData",
    "PipelineEndpoint",
    "PipelineOutputFileDataset",
    "PipelineParameter",
    "PipelineRun",
    "PipelineStep",
    "PortDataReference",
    "PublishedPipeline",
    "Schedule",
    "ScheduleRecurrence",
    "StepRun",
    "StepSequence",
    "TrainingOutput",
]
__getattr__ = every_name(__name__, STEPS)
