"""Verbs that fetch from a workspace in Azure into a workspace here: account, names, models, environments, files of
services, endpoints and runs.

May import what features may. Doors: the verbs of `listing` and `pulling`.
"""
