"""`scoredock rule …`."""
