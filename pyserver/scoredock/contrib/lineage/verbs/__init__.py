"""Lineage and the audit log: what was made of what, by whom, when, from which commit, with which files.

May import what features may. Door: the verbs of `lineage`; `sources` reads the workspace into a graph.
"""
