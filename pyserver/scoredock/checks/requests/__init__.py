"""init() and run() as the server calls them: request, schemas, samples, answers. Rules SD10x to SD14x, SD18x.

May import `analysis`, `checks.script` and the names that inference configurations allow. Doors: the function
`check_…` of each module.
"""
