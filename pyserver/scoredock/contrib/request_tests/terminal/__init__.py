"""`scoredock test`.

May import what the command line may.
"""
