"""Profiling: what a service needs, by requests that are sent to it and measured.

`domain` sends and measures, `verbs` says what is measured, `terminal` and `az` print. May import what the core's
folders of these names may.
Door: `contribution`; for other contributions `api`.
"""
