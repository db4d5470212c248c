"""Batch jobs: run one, see how far it is, cancel it, go on with it, read its output and its log.

May import the domain, `protocol`, and the other folders of `features`.
Doors: `running` and `jobs`, whose functions are the verbs.
"""
