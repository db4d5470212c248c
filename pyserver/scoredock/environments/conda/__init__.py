"""Conda packages without conda: where channels are, what is solved, installed and locked.

Nothing is imported here, as in `scoredock.environments`.
"""
