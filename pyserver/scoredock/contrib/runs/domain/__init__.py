"""Runs that scripts of the SDK v1 log: a folder each below `runs`, with a journal that is only appended to, and the
files that were uploaded.

May import: `registry.store`, `registry.grammar` and what these may. Door: `journal.RunJournals`.
"""
