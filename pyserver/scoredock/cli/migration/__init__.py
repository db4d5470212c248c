"""`scoredock migrate`."""
