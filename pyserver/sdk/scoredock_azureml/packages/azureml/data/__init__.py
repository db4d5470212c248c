"""Datasets and their settings.

May import: the standard library and `azureml`. Doors: the modules of the SDK.
"""
