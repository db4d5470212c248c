"""`scoredock pipeline`."""
