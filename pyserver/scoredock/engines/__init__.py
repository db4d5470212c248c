"""Engines that run services: one protocol (`base.py`), one folder for each engine."""
