"""`scoredock doctor` and `scoredock project …`."""
