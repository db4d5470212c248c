"""YAML of Azure ML v2: rules SD6xx and what finds them. Doors: `check.check_v2` and `scoring.scorings_of`.

May import `analysis`, `formats` and the conda files that deployments name.
"""
