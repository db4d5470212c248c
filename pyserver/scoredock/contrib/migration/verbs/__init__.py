"""Migration to Azure ML v2: what lies in a folder or a workspace is read, and the files of v2 are written.

May import the domain, `protocol`, and the other folders of `features`.
Door: the functions that are verbs.
"""
