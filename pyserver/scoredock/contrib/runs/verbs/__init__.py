"""Runs of MLflow's tracking stores, and those that a workspace keeps itself.

May import the domain, `protocol`, and the other folders of `features`.
Door: `runs` and `logged_runs`, whose functions are the verbs.
"""
