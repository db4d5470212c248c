"""Records of what goes on without a person: rules of deployment, events, the audit log, lineage, pulls, pipelines.

May import what `protocol` may. Door: `protocol.messages`, which has them all.
"""
