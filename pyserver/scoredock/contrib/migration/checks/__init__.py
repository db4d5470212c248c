"""Rules SD7xx: what changes in v2 for files, scripts and command lines of Azure ML v1.

May import `analysis`, `formats` and `checks.configs`. Doors: `contribution`, `check.check_migration`.
"""
