"""Names of values and outputs of steps, at the place where v1 has them as well."""

from __future__ import annotations

from azureml._scoredock.absent import these_names
from azureml._scoredock.pipeline_values import STEPS, PipelineData, PipelineParameter, PortDataReference

__all__ = ["PipelineData", "PipelineParameter", "PortDataReference"]
__getattr__ = these_names(__name__, ("Graph", "Module", "Node", "StoredProcedureParameter"), STEPS)
