"""What a run of a pipeline knows, as its platform would: variables, conditions, and the commands that steps print.

May import what `pipelines` may. Doors: `github.GithubRun`, `azure.AzureRun`, `gitlab.GitlabRun`. Nothing is run here;
`features/pipelines` does.
"""
