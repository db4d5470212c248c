"""`scoredock event …`."""
