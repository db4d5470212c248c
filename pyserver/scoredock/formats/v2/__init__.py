"""YAML of Azure ML v2: its kinds of files, and the keys that each of them has.

May import `analysis` and `formats`. Doors: `kinds.v2_kind` and `tables`.
"""
