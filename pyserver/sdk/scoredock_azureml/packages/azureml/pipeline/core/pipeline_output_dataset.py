"""Output of a step as a dataset, at the place where v1 has it as well."""

from __future__ import annotations

from azureml._scoredock.absent import these_names
from azureml._scoredock.pipeline_values import STEPS, PipelineOutputFileDataset

__all__ = ["PipelineOutputFileDataset"]
__getattr__ = these_names(__name__, ("PipelineOutputTabularDataset",), STEPS)
