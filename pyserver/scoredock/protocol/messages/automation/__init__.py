"""Records of what goes on without a person: rules of deployment, events, the audit log, lineage, pipelines, pulls from
Azure, models in step with a registry of MLflow.

May import `late_dataclass` and the records of `messages`. Door: `scoredock.protocol.messages`, which has them all.
"""
