"""Scripts and notebooks of the Azure ML SDK v1 outside of services: checks of them, and what runs them so that
`azureml.core` is answered by Scoredock (the distribution scoredock-azureml).

`checks` are pure, `domain` is what a process gets and leaves, `verbs` is what the editor asks, `terminal` runs. May
import what the core's folders of these names may.
Doors: `contribution`, `checks.contribution`, and `api` for other contributions.
"""
