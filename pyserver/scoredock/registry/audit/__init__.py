"""The audit log of a workspace: who changed what, when, by which door, from which commit, with which files.

`WORKSPACE/audit` has segments of lines that are only ever appended; each line holds the SHA-256 of the one before.
What SQLite has comes through the notes of its transactions (`store.outbox`), what lies in files through a promise that
is written before the fact (`promises`). May import `store`, `records`, `grammar`.
Door: `AuditLog`, and `following`, which brings it in step with its workspace.
"""
