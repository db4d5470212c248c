"""Packages of pip by uv: what is resolved, downloaded and locked, where it is refused and why, and the wheel of the
runtime.

Nothing is imported here, as in `scoredock.environments`.
"""
