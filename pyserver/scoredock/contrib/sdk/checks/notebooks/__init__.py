"""Notebooks: cells in order, magics, and cells that write files.

May import `analysis`, `formats` and the other checks, as a cell may hold any of our files. Door:
`notebook.check_notebook`.
"""
