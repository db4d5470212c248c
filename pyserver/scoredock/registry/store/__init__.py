"""The store of a workspace: the SQLite file and its rows, written so that nothing is lost.

May import the registry's records and grammar, and errors. Doors: `store.Store`, `rows`.
"""
