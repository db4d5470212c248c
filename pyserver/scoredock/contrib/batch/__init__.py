"""Batch jobs: files and rows of tables scored by a script, each once.

`domain` plans and works off, `verbs` starts and shows jobs, `terminal` prints. May import what the core's folders of
these names may.
Door: `contribution`, and the program `domain.driving`, which works a job off.
"""
