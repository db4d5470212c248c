"""`scoredock model …`."""
