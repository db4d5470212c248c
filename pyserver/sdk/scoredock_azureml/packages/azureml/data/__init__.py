"""Datasets and their settings.

May import: the standard library and `azureml`. Door: the modules of the SDK.
"""
