"""Pipelines of GitHub Actions, Azure Pipelines and GitLab CI: those that are written for a project, and those that
others wrote, read into jobs and steps that can run on this machine.

May import `checks`, `formats` and `analysis`. Doors: the modules of `written` and `running`,
`platforms.reading`, `rewriting`. No I/O: `features/pipelines` reads files, runs the steps and writes what comes out.
"""
