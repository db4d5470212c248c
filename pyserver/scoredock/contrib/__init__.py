"""Contributions: nouns that the core works without, a folder each, of which `table` has the names.

Nothing outside imports from here but the table. A contribution may import the core, and of another one its `api.py`.
Door: each one's `contribution.py`, which the core loads when it is used.
"""
