"""Migration: a project or a workspace of v1 becomes files of Azure ML v2.

`domain` is values in and texts out, `verbs` reads and writes, `terminal` prints. May import what the core's folders of
these names may.
Doors: `contribution`, and `api` for other contributions.
"""
