"""What is there for a while, and goes with the next command when its process was killed.

May import: `scoredock_runtime.contract_owner`, which says how a name tells whose it is. Doors: `folders.py`, and
`fresh_files.py` for what lies beside its target in a folder of the person's.
"""
