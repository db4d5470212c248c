"""`scoredock check`, `try` and `lsp`."""
