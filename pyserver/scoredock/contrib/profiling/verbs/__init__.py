"""Measuring a service, searching the size that it needs, measuring models without a service, and one request sent
again and again.

May import what features may. Doors: the verbs of `services`, `sizing`, `models` and `loads`.
"""
