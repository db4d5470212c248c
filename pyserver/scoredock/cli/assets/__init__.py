"""`scoredock dataset …`, and records of environments and images."""
