"""`scoredock azure …`."""
