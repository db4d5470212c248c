"""`scoredock batch …`."""
