"""Versions that install together: on which Python, what old pins were used with, and the nearest set.

Nothing is imported here, as in `scoredock.environments`.
"""
