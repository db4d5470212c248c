"""`azureml.contrib.services` itself, which names one thing of its modules."""

from __future__ import annotations

from scoredock_runtime.shims.aml_request import rawhttp

__all__ = ["rawhttp"]
