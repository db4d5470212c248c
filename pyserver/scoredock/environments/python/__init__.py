"""Pythons that are there: which one an environment is made from, and one that the person manages.

Nothing is imported here, as in `scoredock.environments`.
"""
