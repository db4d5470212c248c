"""Runs of MLflow's tracking stores, and those that a workspace keeps itself; models in registries of MLflow.

May import what features may. Doors: the verbs of `runs`, `logged_runs` and `registered_models`.
"""
