"""`scoredock service …`."""
