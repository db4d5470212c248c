"""`scoredock check`, `try`, `sdk` and `lsp`."""
