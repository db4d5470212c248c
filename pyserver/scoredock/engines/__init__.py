"""Where services run: one protocol (`base.py`), one folder for each engine."""
