"""Checks of configuration files: inference, deployment, environments, workspace, Swagger, v2.

May import `analysis`, `formats` and `checks.packages`. `shape` compares any object with the table of its keys. Doors:
the function `check_…` or `parse_…` of each format.
"""
