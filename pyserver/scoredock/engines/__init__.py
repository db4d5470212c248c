"""Where services run: one protocol (`base.py`), one module per engine."""
