"""Runs: what scripts logged, in the workspace and in tracking stores of MLflow, and models to and from its registries.

`domain` keeps and reads runs, `verbs` lists, logs and registers them, `terminal` prints. May import what the core's
folders of these names may.
Door: `contribution`, and `api` for other contributions.
"""
