"""Findings of `az ml` command lines in shell scripts, pipelines and cells. Rules SD850 to SD869.

May import `analysis`, `formats` and `checks`. Doors: `contribution`, `commands.check_commands`.
"""
