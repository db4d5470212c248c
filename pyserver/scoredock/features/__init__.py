"""Verbs of the server and the command line, in folders by noun, over messages of the protocol.

A verb is declared above its function (`verb.py`). A folder has the name of its noun here, in `cli` and in
`extension/commands`, and imports none of another noun: what two of them need is domain, or lies beside the folders
(`model_messages`) where it makes messages of records.
May import the domain (`services`, `registry`, `environments`, `images`, `checks`, …) and `protocol`; nothing of LSP.
Doors: `table.PLACES`, where the function of each method is; `verbs`, all declarations.
"""
