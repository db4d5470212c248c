"""Temporary files, which the next command removes if their process was killed.

May import: `data_folder`, and `scoredock_runtime.contract_owner`, which says how a name tells whose it is. Doors:
`folders.py`, with `places.py` for where else than in the folder of the system; `fresh_files.py` for what lies beside
its target in a folder of the person's.
"""
