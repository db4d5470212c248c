"""Which requests are tests, what they are sent to, and what came of them.

May import what features may. Door: the verbs of `tests`.
"""
