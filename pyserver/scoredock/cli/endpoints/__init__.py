"""`scoredock endpoint …`."""
