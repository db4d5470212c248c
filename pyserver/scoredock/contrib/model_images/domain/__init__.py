"""A model as an image with its files below `/models`, or as an artifact with each file as a blob, and back.

May import `packaging` and what that may. Door: `model_transfer`.
"""
