"""Training runs are not submitted here."""

from __future__ import annotations

from azureml._scoredock.absent import TRAINING, absent

ScriptRunConfig = absent("ScriptRunConfig", TRAINING)
