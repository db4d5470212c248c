"""Deployment rules: which version of a model goes into which service by itself.

`domain` carries a rule out step by step, `verbs` asks its conditions and says what has become of it, `terminal` prints.
May import what the core's folders of these names may, and `api` of profiling.
Door: `contribution`.
"""
