"""Runs in the environments themselves: a model becomes plain state in one, and a model again in another.

Python 3.6 and newer, the standard library, and what the model brings; nothing of the server is imported. Door: `main`.
"""
