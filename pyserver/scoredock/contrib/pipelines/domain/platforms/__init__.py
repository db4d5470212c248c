"""Files of GitHub Actions, Azure Pipelines and GitLab CI as jobs and steps, with what stands here for the steps of the
platforms.

May import what `pipelines` may. Doors: `reading.read`, `reading.platform_of`.
"""
