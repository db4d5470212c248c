"""The files that Scoredock understands: which a text is, the tables of their keys, and text to typed values.

No findings in here: what is wrong with a file is said by `checks.configs`. May import `analysis` (trees, edits,
facts), but neither findings nor rules. Doors: `document_kind.kind_of`, `deployment.read_deployment`, and the tables
of keys.
"""
