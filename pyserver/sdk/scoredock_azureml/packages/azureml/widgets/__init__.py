"""Views of runs in notebooks.

May import: the standard library and `azureml`. Door: `RunDetails`, which says what to do instead.
"""

from __future__ import annotations

from azureml._scoredock.absent import names_of

__getattr__ = names_of(__name__, {"RunDetails": "Open the run in MLflow, or in the Models view of Scoredock."})
