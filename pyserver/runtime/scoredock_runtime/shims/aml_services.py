"""`azureml.contrib.services` itself, which names one thing of its modules."""

from scoredock_runtime.shims.aml_request import rawhttp

__all__ = ["rawhttp"]
