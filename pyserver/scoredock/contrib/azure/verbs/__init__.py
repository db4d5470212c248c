"""What is fetched from a workspace in Azure, and put into a workspace here: which account is meant, names, models,
environments, files of services, endpoints and runs.

May import what features may. Doors: the verbs of `listing` and `pulling`.
"""
