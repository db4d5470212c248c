"""Models for FPGAs: there are none on this machine.

May import: the standard library and `azureml`. Door: the names, which say so.
"""

from __future__ import annotations

from azureml._scoredock.absent import CLOUD, names_of

__getattr__ = names_of(
    __name__,
    dict.fromkeys(
        ("AccelContainerImage", "AccelImageConfiguration", "AccelOnnxConverter", "AccelWebservice", "PredictionClient"),
        CLOUD,
    ),
)
