"""`scoredock drift …`."""
