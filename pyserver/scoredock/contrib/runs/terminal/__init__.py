"""`scoredock run …`, and what `scoredock model …` does with registries of MLflow."""
