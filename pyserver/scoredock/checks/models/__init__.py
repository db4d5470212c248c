"""Models and files that a script opens: names, paths below AZUREML_MODEL_DIR, files beside the script. Rules SD5xx.

May import `analysis`, `checks.script` and rules of `checks.requests`. Doors: the function `check_…` of each module;
`path_value.Evaluator` reads a path.
"""
