"""Pipelines: a file for GitHub Actions, Azure Pipelines or GitLab CI is written for a project; one that is there is
read, run on this machine step by step, or written anew.

May import the domain, `protocol`, and the other folders of `features`.
Door: the functions that are verbs.
"""
