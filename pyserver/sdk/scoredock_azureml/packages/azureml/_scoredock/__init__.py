"""Connects the classes of the SDK with Scoredock's server.

May import: the standard library and `azureml.exceptions`. Door: `server.request`, `failures`, `absent`.
"""
