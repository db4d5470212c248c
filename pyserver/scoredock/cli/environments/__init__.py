"""`scoredock environment …` and `scoredock docker show`."""
