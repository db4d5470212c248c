"""`scoredock image …` and `scoredock package …`."""
