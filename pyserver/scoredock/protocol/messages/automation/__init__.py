"""Records of what goes on without a person: rules of deployment, events, the audit log, lineage, Azure pulls."""
