"""Drift: data that is compared with a baseline, now or again and again.

`domain` compares and keeps records, `verbs` says which files and which Python are meant, `terminal` prints. May import
what the core's folders of these names may.
Door: `contribution`.
"""
