"""A script against the environment, the folder and the machine that it will run in. Rules SD15x to SD17x.

May import `analysis`, `checks.script`, `checks.packages` and the repairs of conda files in `checks.configs`. Doors:
the functions `check_…` of its modules, and `edits` for repairs of the environment's file.
"""
