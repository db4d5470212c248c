"""Batch jobs: run one, see how far it is, cancel it, go on with it, read its output and its log; try a script.

May import what features may. Doors: `running` and `jobs`, whose functions are the verbs, and `trial`.
"""
