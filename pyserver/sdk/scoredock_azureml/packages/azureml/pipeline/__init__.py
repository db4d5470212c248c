"""Pipelines are not run here.

May import: the standard library and `azureml`. Door: `core`, `steps`.
"""
