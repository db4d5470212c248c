"""Scoredock: deploy and serve Azure ML v1 style entry scripts on this machine."""

__version__ = "0.1.0"
