"""Workspaces: which there are, which one a folder means, their upkeep, and what moves from one into another.

May import the domain, `protocol`, and what lies beside the folders of `features`.
Door: `workspaces` and `upkeep`, whose functions are the verbs.
"""
