"""What of files, scripts and command lines for Azure ML v1 changes in v2: rules SD7xx.

May import `analysis`, `formats` and `checks.configs`. Doors: `contribution`, `check.check_migration`.
"""
