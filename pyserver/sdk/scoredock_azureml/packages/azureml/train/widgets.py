"""`RunDetails` at its place of 2018."""

from __future__ import annotations

from azureml.widgets import RunDetails

__all__ = ["RunDetails"]
