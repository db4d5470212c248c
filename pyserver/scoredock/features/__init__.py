"""What the server and the command line can do, one module per noun, over messages of the protocol.

May import the domain (`deploy`, `registry`, `environments`, `images`, `checks`, …) and `protocol`; nothing of LSP.
Door: `table.ENTRIES`, the list of methods and the functions that answer them.
"""
