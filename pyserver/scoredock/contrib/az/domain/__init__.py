"""What becomes of a line of `az ml` here, and what to write in its place. No I/O.

May import `checks` and what that may. Doors: `here`, `v2_equivalents`, `corrections`.
"""
