"""Runs that scripts of the SDK v1 log: a folder each below `runs`, with a journal that is only appended to, and the
files that were uploaded. `mlflow` reads those of MLflow.

May import the registry and what that may. Door: `journal.RunJournals`.
"""
