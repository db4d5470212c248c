"""Scripts of a person's folder, unsaved texts first: the configurations that name them, the models and environments
that they run with, and what of all this the checks are to know.

May import `context` and what lies below it; knows no messages. Doors: `facts` for whoever checks, `project_files` for
what can be deployed, `proposal` for what a deployment would be made of, `request_files` for files of requests.
"""
