"""Collection of model data, for an entry script that is run by hand; in a service the scoring runtime answers.

May import: the standard library and `azureml`. Door: `ModelDataCollector`.
"""

from __future__ import annotations

from azureml.monitoring.modeldatacollector import ModelDataCollector

__all__ = ["ModelDataCollector"]
