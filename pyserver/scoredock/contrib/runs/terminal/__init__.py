"""`scoredock run …`, and what `scoredock model …` does with runs and with registries of MLflow.

May import what the command line may.
"""
