"""`scoredock workspace …`."""
