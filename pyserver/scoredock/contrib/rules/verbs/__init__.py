"""Deployment rules: how they are made, carried out and shown.

May import what features may, and `api` of profiling and of request_tests. Door: the verbs of `rules`, `running` and
`installing`.
"""
