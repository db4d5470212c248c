"""Lines of the Azure CLI for Azure ML v1 (azure-cli-ml), carried out here.

`lines` carries them out, `words` completes them, `verbs` lays an `az` in front of PATH, `terminal` prints. May import
what the core's folders of these names may.
Door: `contribution`, `lines.main`, which the command line starts by its name, and `api` for other contributions.
"""
