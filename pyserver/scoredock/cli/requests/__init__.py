"""`scoredock test`."""
