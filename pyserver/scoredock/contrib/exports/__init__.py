"""Exports: a service or a package as files of the tools that are to run it.

`domain` makes the files, `verbs` says of what, `terminal` prints. May import what the core's folders of these names
may.
Door: `contribution`.
"""
