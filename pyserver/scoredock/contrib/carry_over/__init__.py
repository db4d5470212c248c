"""Carrying over: a pickle of an old scikit-learn becomes a version that newer ones load.

`domain` converts and compares, `verbs` says which model and which samples are meant, `terminal` prints. May import what
the core's folders of these names may.
Door: `contribution`.
"""
