"""What of files, scripts and command lines for Azure ML v1 changes in v2: rules SD7xx. Door: `check.check_migration`.

May import `analysis`, `formats` and `checks.configs`.
"""
