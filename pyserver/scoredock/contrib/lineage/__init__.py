"""Lineage: what was made of what, by whom, when, from which commit; and the audit log.

`domain` is the graph and OpenLineage's events, `verbs` reads the workspace into it, `terminal` prints. May import what
the core's folders of these names may.
Door: `contribution`.
"""
