"""What stands between the classes of the SDK and Scoredock's server.

May import: the standard library and `azureml.exceptions`. Door: `server.request`, `failures`, `absent`.
"""
