"""Answers about a position in a file: lenses, actions, hovers, completions, definitions. Pure functions.

No types of the Language Server Protocol in here. May import `checks`, `formats`, `analysis` and the names of
packages. Doors: the function that each module is named after.
"""
