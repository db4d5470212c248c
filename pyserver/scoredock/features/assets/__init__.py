"""Datasets, and the records of environments and images.

May import the domain, `protocol`, and what lies beside the folders of `features`.
Door: `assets`, whose functions are the verbs.
"""
