"""Azure: models, environments, endpoints and runs that are fetched from a workspace, while it is there.

`domain` speaks to Azure by a process of its own and keeps the plan of a pull, `verbs` puts what came into a workspace
here, `terminal` prints. May import what the core's folders of these names may.
Door: `contribution`.
"""
