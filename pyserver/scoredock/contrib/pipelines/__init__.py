"""Pipelines of GitHub Actions, Azure Pipelines and GitLab CI: written, run on this machine, rewritten.

`domain` reads and words them, `verbs` runs their steps, `terminal` prints. May import what the core's folders of these
names may.
Door: `contribution`.
"""
