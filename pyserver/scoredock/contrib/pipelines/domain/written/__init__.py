"""Pipelines that are written for a project: the same steps for GitHub Actions, Azure Pipelines and GitLab CI.

May import what `pipelines` may. Doors: `github.lines`, `azure.lines`, `gitlab.lines`.
"""
