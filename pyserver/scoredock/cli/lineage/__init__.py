"""`scoredock lineage …`."""
