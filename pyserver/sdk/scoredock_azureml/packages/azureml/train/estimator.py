"""Training runs are not submitted here."""

from __future__ import annotations

from azureml._scoredock.absent import TRAINING, names_of

__getattr__ = names_of(__name__, {"Estimator": TRAINING, "MMLBase": TRAINING})
