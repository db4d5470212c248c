"""Verbs of tests: which requests are tests, what they are sent to, and their results.

May import what features may. Door: the verbs of `tests`.
"""
