"""State of a pipeline's run, as its platform would keep it: variables, conditions, and the commands that steps print.

May import what `pipelines` may. Doors: `github.GithubRun`, `azure.AzureRun`, `gitlab.GitlabRun`. Nothing is run here;
`features/pipelines` does.
"""
