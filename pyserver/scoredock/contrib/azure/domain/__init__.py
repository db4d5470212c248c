"""A workspace in Azure, while it is there: what is fetched from it, the plan and journal of that, files of v2 of
endpoints, and files of v1 of services.

`azure_process` runs in a Python that has azure-ai-ml, of which nothing is imported here; `process` starts it.
`choice`, `documents`, `service_files` and `report` are pure; `pull_folder` keeps the plan. Doors:
`process.shelf_events`, `pull_folder.PullFolder`. May import `run`, `progress`, `data_folder` and what is for all;
nothing of services, environments and the registry: `features/azure` puts what came into a workspace.
"""
