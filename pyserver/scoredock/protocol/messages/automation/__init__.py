"""Records of what goes on without a person: rules of deployment, events, the audit log, lineage, Azure pulls, models in
step with a registry of MLflow.

May import `late_dataclass` and other messages. Door: `scoredock.protocol.messages`, which has them all.
"""
