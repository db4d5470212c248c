"""Records of what goes on without a person: rules of deployment, events, the audit log, lineage, Azure pulls.

May import `late_dataclass` and other records.
Door: `messages`, which lists the modules here.
"""
