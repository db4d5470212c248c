"""`scoredock compute …`."""
