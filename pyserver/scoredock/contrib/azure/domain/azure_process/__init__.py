"""Talks to Azure, in a Python that has azure-ai-ml: lists what a workspace has, and fetches files.

Services of v1 are read over the REST API of model management, which azure-ai-ml does not know. Python 3.6 and newer
syntax, the standard library, azure-ai-ml and azure-identity; nothing of the server is imported.
Only requests that read are sent. Door: `main`.
"""
