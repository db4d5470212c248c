"""Tells which lines of `az ml` are carried out here, and what to write in place of others. No I/O.

May import `checks` and what that may. Doors: `here`, `v2_equivalents`, `corrections`.
"""
