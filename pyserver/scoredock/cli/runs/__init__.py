"""`scoredock run …`."""
